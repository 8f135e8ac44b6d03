#include "insight/column_importance.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "core/random.h"
#include "data/numbers.h"
#include "engine/packed_network.h"
#include "insight/diagnosis.h"
#include "insight/examples.h"
#include "model/calibrate.h"
#include "model/evaluate.h"
#include "model/forward.h"

namespace thalweg {
namespace {

constexpr std::size_t kDeals = 3;
constexpr std::size_t kMostRows = 1000;
constexpr std::size_t kLeastRows = 50;

std::string error_metric(const Model& model) {
    return model.target_coder().task() == Task::regression ? "rmse" : "log_loss";
}

/// From 0; of a network that learnt from all parts nothing.
std::optional<std::uint32_t> fold_of(const ModelNetwork& network) {
    const auto found = network.training.find("fold");
    if (found == network.training.end()) return std::nullopt;
    return static_cast<std::uint32_t>(parse_number(found->second).value_or(1.0)) - 1;
}

/// Networks, each with the rows that it judges.
class Jury {
  public:
    /// Row n is of fold folds[n].
    Jury(const Model& model, std::size_t rows, std::span<const std::uint32_t> folds) : model_(model) {
        for (const ModelNetwork& one : model.networks()) {
            const std::optional<std::uint32_t> fold = fold_of(one);
            std::vector<std::uint32_t> judged;
            for (std::uint32_t n = 0; n < rows; ++n)
                if (folds.empty() || !fold || folds[n] == *fold) judged.push_back(n);
            if (!judged.empty())
                jurors_.push_back({PackedNetwork(one.network), static_cast<double>(one.weight), judged});
        }
    }

    /// Of the mean of those networks that judge a row. On the calling thread: other programs may want theirs.
    double error(const Dataset& rows, const Truth& truth, const std::string& metric) const {
        MeanPrediction mean(model_.target_coder(), model_.network().shape().output, rows.rows);
        for (const Juror& one : jurors_)
            mean.add(one.rows, dataset_logits(one.network, Examples(rows, one.rows), 1), one.weight);
        PredictedValues predicted = mean.mean();
        calibrate(model_.held_out().calibration, model_.target_coder().task(), predicted);
        const Metrics metrics =
            evaluate_predictions(model_.target_coder(), model_.loss(), predicted, truth).metrics;
        const auto found = std::ranges::find(metrics, metric, &Metrics::value_type::first);
        return found == metrics.end() ? 0.0 : found->second;
    }

  private:
    struct Juror {
        PackedNetwork network;
        double weight;
        std::vector<std::uint32_t> rows;
    };

    const Model& model_;
    std::vector<Juror> jurors_;
};

/// Labelled rows that a network may judge.
std::vector<std::uint32_t> rows_with_a_judge(const Model& model, const RowsToJudgeBy& rows) {
    std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(rows.table);
    if (rows.folds.empty()) return labelled;
    std::set<std::uint32_t> judged;
    for (const ModelNetwork& one : model.networks()) {
        const std::optional<std::uint32_t> fold = fold_of(one);
        if (!fold) return labelled;
        judged.insert(*fold);
    }
    std::erase_if(labelled, [&](std::uint32_t row) { return !judged.contains(rows.folds[row]); });
    return labelled;
}

/// Multiplications for a row.
double work_of_row(const Model& model, const RowsToJudgeBy& rows) {
    double parameters = 0.0;
    std::set<std::optional<std::uint32_t>> folds;
    for (const ModelNetwork& one : model.networks()) {
        parameters += static_cast<double>(one.network.theta().size() * one.network.shape().members.count);
        folds.insert(fold_of(one));
    }
    return rows.folds.empty() ? parameters : parameters / static_cast<double>(folds.size());
}

/// Fisher and Yates.
std::vector<std::uint32_t> deal(std::size_t count, std::uint64_t seed, std::size_t which) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    const Random random(seed, RandomStream::sample, static_cast<std::uint32_t>(which));
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i, i)]);
    return order;
}

/// Each row has the cells of another in these columns of a matrix.
template <class Element>
void take_from(const Matrix<Element>& from, std::span<const std::uint32_t> order, std::size_t first,
               std::size_t last, Matrix<Element>& to) {
    for (std::size_t n = 0; n < order.size(); ++n)
        for (std::size_t j = first; j < last; ++j) to(n, j) = from(order[n], j);
}

/// The inputs that a column became, dealt to the rows in this order. Every cell is encoded for itself, so
/// this is what encoding the dealt cells would give.
void deal_column(const Dataset& from, const std::string& column, const std::vector<InputRange>& ranges,
                 std::span<const std::uint32_t> order, Dataset& to) {
    for (const InputRange& range : ranges) {
        if (range.column != column) continue;
        if (range.first < from.dense.cols()) {
            take_from(from.dense, order, range.first, range.first + range.count, to.dense);
            continue;
        }
        for (std::size_t b = 0; b < from.blocks.size(); ++b)
            if (from.blocks[b].first_input >= range.first &&
                from.blocks[b].first_input < range.first + range.count)
                take_from(from.codes, order, b, b + 1, to.codes);
    }
}

}  // namespace

ColumnImportance permutation_importance(const Model& model, const RowsToJudgeBy& rows,
                                        const std::vector<std::string>& in_order, std::uint64_t seed,
                                        double work) {
    ColumnImportance result;
    result.metric = error_metric(model);
    const std::vector<std::uint32_t> usable = rows_with_a_judge(model, rows);
    if (usable.empty() || in_order.empty()) return result;
    const double passes = std::min(work, kMostWorkOfImportance) / work_of_row(model, rows) / kDeals;
    const auto affordable = static_cast<std::size_t>(passes / static_cast<double>(in_order.size()));
    std::vector<std::uint32_t> chosen, folds;
    for (const std::uint32_t at :
         rows_at_even_distances(usable.size(), std::clamp(affordable, kLeastRows, kMostRows))) {
        chosen.push_back(usable[at]);
        if (!rows.folds.empty()) folds.push_back(rows.folds[usable[at]]);
    }
    const Truth truth = read_truth(rows.table, chosen, model.target_coder());
    const Dataset encoded = model.preprocessor().transform(rows.table, chosen);
    const Jury jury(model, chosen.size(), folds);
    result.rows = chosen.size();
    result.with_all = jury.error(encoded, truth, result.metric);
    const auto columns = std::min(
        in_order.size(), static_cast<std::size_t>(std::max(1.0, passes / static_cast<double>(result.rows))));
    const std::vector<InputRange> ranges = input_ranges(model.preprocessor());
    std::vector<std::uint32_t> as_they_were(chosen.size());
    std::iota(as_they_were.begin(), as_they_were.end(), 0U);
    Dataset dealt = encoded;
    for (std::size_t c = 0; c < columns; ++c) {
        double rise = 0.0;
        for (std::size_t which = 0; which < kDeals; ++which) {
            deal_column(encoded, in_order[c], ranges, deal(result.rows, seed, which), dealt);
            rise += jury.error(dealt, truth, result.metric) - result.with_all;
        }
        deal_column(encoded, in_order[c], ranges, as_they_were, dealt);
        result.by_column[in_order[c]] = rise / kDeals;
    }
    return result;
}

}  // namespace thalweg
