#include "model/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/elementary.h"

namespace thalweg {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// numerator / denominator, undefined where nothing was counted.
double ratio(double numerator, double denominator) {
    return denominator == 0.0 ? kUndefined : numerator / denominator;
}

/// How often a class was right, claimed and missed.
struct ClassCounts {
    double hits = 0.0;
    double predicted = 0.0;
    double present = 0.0;

    /// 2 tp / (2 tp + fp + fn); 0 where the class is never met with.
    double f1() const {
        const double both = predicted + present;
        return both == 0.0 ? 0.0 : 2.0 * hits / both;
    }
};

bool says_positive(std::span<const double> probabilities) {
    return probabilities[1] > probabilities[0];
}

ClassCounts count_positive(std::span<const std::uint32_t> truth, MatrixView<const double> probabilities) {
    ClassCounts counts;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const bool predicted = says_positive(probabilities.row(row));
        counts.predicted += predicted;
        counts.present += truth[row] == 1;
        counts.hits += predicted && truth[row] == 1;
    }
    return counts;
}

double sum_of_squares_about_mean(std::span<const double> values) {
    // Differences from the first value: the mean of values around 1e9 keeps its last digits.
    const auto count = static_cast<double>(values.size());
    double mean = 0.0;
    for (const double value : values) mean += (value - values[0]) / count;
    double sum = 0.0;
    for (const double value : values) sum += (value - values[0] - mean) * (value - values[0] - mean);
    return sum;
}

}  // namespace

double surprise(double probability) {
    return -elementary::log(std::max(probability, std::numeric_limits<double>::min()));
}

Metrics regression_metrics(std::span<const double> truth, std::span<const double> prediction) {
    const auto count = static_cast<double>(truth.size());
    double squares = 0.0, absolutes = 0.0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const double error = prediction[row] - truth[row];
        squares += error * error;
        absolutes += std::abs(error);
    }
    return {{"rmse", std::sqrt(squares / count)},
            {"mae", absolutes / count},
            {"r2", 1.0 - ratio(squares, sum_of_squares_about_mean(truth))}};
}

double area_under_curve(std::span<const std::uint32_t> truth, std::span<const double> score) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t row = 0; row < truth.size(); ++row)
        if (truth[row] != kUnknownClass) order.push_back(row);
    std::ranges::sort(order, {}, [&](std::uint32_t row) { return score[row]; });
    // Twice the number of pairs in the right order, ties half: whole numbers, so nothing is rounded.
    double pairs = 0.0, below = 0.0, positives = 0.0;
    for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
        double tied_positives = 0.0;
        for (end = first; end < order.size() && score[order[end]] == score[order[first]]; ++end)
            tied_positives += truth[order[end]] == 1;
        const double tied_negatives = static_cast<double>(end - first) - tied_positives;
        pairs += tied_positives * (2.0 * below + tied_negatives);
        below += tied_negatives;
        positives += tied_positives;
    }
    return ratio(pairs, 2.0 * positives * below);
}

Metrics binary_metrics(std::span<const std::uint32_t> truth, MatrixView<const double> probabilities) {
    double right = 0.0, known = 0.0, surprises = 0.0, squares = 0.0;
    std::vector<double> positive(truth.size());
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const std::span<const double> of_row = probabilities.row(row);
        positive[row] = of_row[1];
        if (truth[row] == kUnknownClass) continue;
        right += says_positive(of_row) == (truth[row] == 1);
        surprises += surprise(of_row[truth[row]]);
        squares += of_row[1 - truth[row]] * of_row[1 - truth[row]];
        known += 1.0;
    }
    return {{"accuracy", ratio(right, static_cast<double>(truth.size()))},
            {"auc", area_under_curve(truth, positive)},
            {"log_loss", ratio(surprises, known)},
            {"f1", count_positive(truth, probabilities).f1()},
            {"brier", ratio(squares, known)}};
}

Metrics multiclass_metrics(std::span<const std::uint32_t> truth, MatrixView<const double> probabilities,
                           std::size_t unknown_classes) {
    std::vector<ClassCounts> classes(probabilities.cols);
    double known = 0.0, surprises = 0.0, right = 0.0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const std::span<const double> of_row = probabilities.row(row);
        const auto predicted = static_cast<std::size_t>(std::ranges::max_element(of_row) - of_row.begin());
        classes[predicted].predicted += 1.0;
        if (truth[row] == kUnknownClass) continue;
        classes[truth[row]].present += 1.0;
        classes[truth[row]].hits += predicted == truth[row];
        right += predicted == truth[row];
        surprises += surprise(of_row[truth[row]]);
        known += 1.0;
    }
    // As scikit-learn does: over the classes that are true or predicted somewhere.
    double f1 = 0.0, met = static_cast<double>(unknown_classes);
    for (const ClassCounts& counts : classes) {
        f1 += counts.f1();
        met += counts.present + counts.predicted > 0.0;
    }
    return {{"accuracy", ratio(right, static_cast<double>(truth.size()))},
            {"log_loss", ratio(surprises, known)},
            {"macro_f1", ratio(f1, met)}};
}

double expected_calibration_error(std::span<const std::uint32_t> truth,
                                  MatrixView<const double> probabilities) {
    constexpr std::size_t kBins = 15;
    std::array<double, kBins> surplus{};  // confidence less hits, summed
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const auto surest = std::ranges::max_element(probabilities.row(row));
        const auto predicted = static_cast<std::size_t>(surest - probabilities.row(row).begin());
        const auto bin = static_cast<std::size_t>(*surest * static_cast<double>(kBins));
        surplus[std::min(bin, kBins - 1)] += *surest - (predicted == truth[row] ? 1.0 : 0.0);
    }
    double error = 0.0;
    for (const double of_bin : surplus) error += std::abs(of_bin) / static_cast<double>(truth.size());
    return error;
}

Metrics mean_of(std::span<const Metrics> targets) {
    Metrics means;
    for (std::size_t metric = 0; metric < targets.front().size(); ++metric) {
        double sum = 0.0, defined = 0.0;
        for (const Metrics& target : targets) {
            const double value = target[metric].second;
            if (std::isnan(value)) continue;
            sum += value;
            defined += 1.0;
        }
        means.emplace_back(targets.front()[metric].first, ratio(sum, defined));
    }
    return means;
}

}  // namespace thalweg
