#include "model/select_networks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "model/metrics.h"

namespace thalweg {
namespace {

/// P(true class) of a row; NaN where the model does not know the class.
double probability_of_truth(const TargetCoder& coder, const PredictedValues& predicted, const Truth& truth,
                            std::size_t row, std::size_t target) {
    const std::uint32_t true_class = truth.targets[target].classes[row];
    if (true_class == kUnknownClass) return std::numeric_limits<double>::quiet_NaN();
    if (coder.task() != Task::multilabel) return predicted.values(row, true_class);
    return true_class == 1 ? predicted.values(row, target) : predicted.first_classes(row, target);
}

/// The badness of the mean of what was picked (its sum is `sum`) and one more.
double badness_with(Task task, std::span<const double> sum, std::span<const double> one_more, double count,
                    std::vector<double>& mean) {
    mean.resize(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) mean[i] = (sum[i] + one_more[i]) / count;
    return badness(task, mean);
}

}  // namespace

Matrix<double> evidence(const TargetCoder& coder, const PredictedValues& predicted, const Truth& truth) {
    const std::size_t targets = coder.targets().size();
    Matrix<double> result(predicted.values.rows(), targets);
    for (std::size_t row = 0; row < result.rows(); ++row)
        for (std::size_t j = 0; j < targets; ++j)
            result(row, j) =
                coder.task() == Task::regression
                    ? (predicted.values(row, j) - truth.targets[j].values[row]) / coder.targets()[j].scale
                    : probability_of_truth(coder, predicted, truth, row, j);
    return result;
}

double badness(Task task, std::span<const double> evidence) {
    double sum = 0.0;
    std::size_t counted = 0;
    for (const double value : evidence) {
        if (std::isnan(value)) continue;
        sum += task == Task::regression ? value * value : surprise(value);
        ++counted;
    }
    return counted > 0 ? sum / static_cast<double>(counted) : 0.0;
}

bool selection_follows(Task task, Loss loss) {
    return task != Task::regression || loss == Loss::squared_error || loss == Loss::huber;
}

std::vector<std::size_t> select_greedily(Task task, std::span<const Matrix<double>> candidates,
                                         std::size_t picks) {
    std::vector<std::size_t> counts(candidates.size()), best_counts;
    std::vector<double> sum(candidates.front().elements().size()), mean;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t pick = 1; pick <= picks; ++pick) {
        std::vector<double> of_each;
        for (const Matrix<double>& candidate : candidates)
            of_each.push_back(badness_with(task, sum, candidate.elements(), static_cast<double>(pick), mean));
        const auto best = static_cast<std::size_t>(std::ranges::min_element(of_each) - of_each.begin());
        ++counts[best];
        const auto picked = candidates[best].elements();
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += picked[i];
        if (best_counts.empty() || of_each[best] < least) {
            least = of_each[best];
            best_counts = counts;
        }
    }
    // One network alone, picked again and again, may seem to do better by what is rounded.
    const std::size_t common = std::accumulate(best_counts.begin(), best_counts.end(), std::size_t{0},
                                               std::gcd<std::size_t, std::size_t>);
    if (common > 1)
        for (std::size_t& count : best_counts) count /= common;
    return best_counts;
}

}  // namespace thalweg
