#include "model/judge.h"

#include <algorithm>

#include "model/forward.h"
#include "model/select_networks.h"

namespace thalweg {
namespace {

/// So many picks that the best network can outweigh others, and more gain nothing.
constexpr std::size_t kPicks = 50;

}  // namespace

Judge::Judge(const Prepared& prepared, const Choices& choices, std::size_t groups, int threads)
    : prepared_(prepared), output_(choices.shape.output), threads_(threads) {
    for (std::size_t i = 0; i < groups; ++i) groups_.emplace_back(prepared.coder, output_, rows());
}

std::size_t Judge::rows() const {
    return prepared_.fold_of_rows.empty() ? prepared_.validation.rows : prepared_.training.rows;
}

Evaluation Judge::of_network(const Network<float>& network, const std::optional<std::size_t>& fold,
                             std::size_t group) {
    std::vector<std::uint32_t> of_fold;
    if (fold) of_fold = split_fold(prepared_.fold_of_rows, *fold).validation;
    const Examples examples = fold ? Examples(prepared_.training, of_fold) : Examples(prepared_.validation);
    const Matrix<float> logits = dataset_logits(PackedNetwork(network), examples, threads_);
    std::vector<std::uint32_t> judged(examples.size());
    examples.copy_rows(0, judged);
    groups_[group].add(judged, logits);
    MeanPrediction alone(prepared_.coder, output_, examples.size());
    alone.add(logits);
    return evaluate_predictions(prepared_.coder, prepared_.pair.loss, alone.mean(),
                                thalweg::select(prepared_.validation_truth, judged));
}

std::vector<std::size_t> Judge::select() const {
    std::vector<Matrix<double>> candidates;
    std::vector<std::size_t> whole;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
        if (groups_[group].predicted_rows().size() < rows()) continue;
        whole.push_back(group);
        candidates.push_back(evidence(prepared_.coder, groups_[group].mean(), prepared_.validation_truth));
    }
    if (whole.empty()) return std::vector<std::size_t>(groups_.size(), 1);
    const std::vector<std::size_t> picked = select_greedily(prepared_.coder.task(), candidates, kPicks);
    std::vector<std::size_t> counts(groups_.size());
    for (std::size_t i = 0; i < whole.size(); ++i) counts[whole[i]] = picked[i];
    return counts;
}

Judged Judge::of_all(std::span<const std::size_t> counts) const {
    MeanPrediction mean(prepared_.coder, output_, rows());
    for (std::size_t group = 0; group < groups_.size(); ++group)
        if (counts[group] > 0)
            mean.add(groups_[group].predicted_rows(), groups_[group].mean(),
                     static_cast<double>(counts[group]));
    return {mean.mean(), thalweg::select(prepared_.validation_truth, mean.predicted_rows())};
}

}  // namespace thalweg
