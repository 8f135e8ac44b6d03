#include "insight/constant_loss.h"

#include <algorithm>
#include <span>
#include <vector>

#include "core/elementary.h"

namespace thalweg {
namespace {

constexpr std::size_t kMostOutputs = 16;
/// Targets of real values are scaled, and e^20 is beyond any count.
constexpr double kFarthest = 20.0;
constexpr int kHalvings = 60;

/// The entropy of the classes, smoothed where the loss is.
double of_classes(std::span<const std::uint32_t> classes, std::size_t outputs, double smoothing) {
    std::vector<double> counts(outputs);
    for (const std::uint32_t of_example : classes) counts[of_example] += 1.0;
    double entropy = 0.0;
    for (const double count : counts) {
        const double share = (1.0 - smoothing) * count / static_cast<double>(classes.size()) +
                             smoothing / static_cast<double>(outputs);
        if (share > 0.0) entropy -= share * elementary::log(share);
    }
    return entropy;
}

/// Every loss falls and then rises with a logit, so the lowest point can be closed in on.
double of_output(const PlainExamples& examples, std::size_t j, Output output, const LossFunction& loss) {
    const std::size_t rows = examples.values.rows();
    Matrix<double> targets(rows, 1), logits(rows, 1);
    for (std::size_t n = 0; n < rows; ++n) targets(n, 0) = examples.values(n, j);
    const auto loss_at = [&](double logit) {
        std::ranges::fill(logits.elements(), logit);
        return mean_loss<double>(output, loss, logits.view(), {targets.view(), {}, {}});
    };
    double low = -kFarthest, high = kFarthest;
    for (int i = 0; i < kHalvings; ++i) {
        const double lower = low + (high - low) / 3.0, higher = high - (high - low) / 3.0;
        if (loss_at(lower) < loss_at(higher))
            high = higher;
        else
            low = lower;
    }
    return loss_at(low);
}

}  // namespace

std::optional<double> loss_of_constant(const PlainExamples& examples, const NetworkShape& shape,
                                       const LossFunction& loss) {
    const std::size_t outputs = examples.values.cols();
    if (loss.loss == Loss::cross_entropy && shape.output == Output::softmax && !examples.classes.empty())
        return of_classes(examples.classes, shape.outputs(), loss.label_smoothing);
    if (examples.values.rows() == 0 || shape.output == Output::softmax || outputs > kMostOutputs ||
        !loss.levels.empty())
        return std::nullopt;
    double total = 0.0;
    for (std::size_t j = 0; j < outputs; ++j) total += of_output(examples, j, shape.output, loss);
    return total;
}

}  // namespace thalweg
