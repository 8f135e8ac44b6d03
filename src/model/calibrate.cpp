#include "model/calibrate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/elementary.h"
#include "model/metrics.h"

namespace thalweg {
namespace {

constexpr double kLeastSharpness = 0.1, kMostSharpness = 10.0;

/// Of k classes none comes out of undone smoothing below this over k. A hundredth of the default smoothing:
/// small beside what is undone, and a class that comes true against it costs 7 nats and not hundreds.
constexpr double kLeastUnsmoothed = 0.001;

/// log p, held finite at the least normal double.
double log_of(double p) {
    return -surprise(p);
}

/// p^s / (p^s + (1-p)^s)
double sharpened(double p, double sharpness) {
    const double gap = sharpness * (log_of(p) - std::max(elementary::log_one_plus(-p), log_of(0.0)));
    return 1.0 / (1.0 + elementary::exp(-gap));
}

/// p_j^s over the sum of all of them, from the largest so that none is lost.
void sharpen(double sharpness, std::span<double> probabilities) {
    const double most = log_of(*std::ranges::max_element(probabilities));
    double sum = 0.0;
    for (double& p : probabilities) {
        p = elementary::exp(sharpness * (log_of(p) - most));
        sum += p;
    }
    for (double& p : probabilities) p /= sum;
}

void unsmooth(double smoothing, std::span<double> probabilities) {
    const auto classes = static_cast<double>(probabilities.size());
    const double spread = smoothing / classes, least = kLeastUnsmoothed / classes;
    double sum = 0.0;
    for (double& p : probabilities) {
        p = std::max((p - spread) / (1.0 - smoothing), least);
        sum += p;
    }
    for (double& p : probabilities) p /= sum;
}

void bend(const std::vector<RisingCurve>& curves, Task task, std::span<double> probabilities) {
    if (task == Task::binary) {
        probabilities[1] = curves.front()(probabilities[1]);
        probabilities[0] = 1.0 - probabilities[1];
        return;
    }
    for (std::size_t j = 0; j < probabilities.size(); ++j) probabilities[j] = curves[j](probabilities[j]);
    if (task == Task::multilabel) return;
    const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    for (double& p : probabilities) p /= sum;
}

/// Held-out rows of a target whose class is known.
struct Known {
    Matrix<double> probabilities;
    std::vector<std::uint32_t> classes;
};

Known known_rows(const TargetCoder& coder, MatrixView<const double> values, const Truth::Target& target,
                 std::size_t j) {
    const bool labels = coder.task() == Task::multilabel;
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < target.classes.size(); ++row)
        if (target.classes[row] != kUnknownClass) rows.push_back(row);
    if (rows.empty()) throw Error(ErrorKind::data, "--calibrate: no held-out row has a class that is known");
    Known known{Matrix<double>(rows.size(), labels ? 2 : values.cols), {}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        known.classes.push_back(target.classes[rows[i]]);
        if (labels) {
            known.probabilities(i, 1) = values(rows[i], j);
            known.probabilities(i, 0) = 1.0 - values(rows[i], j);
        } else {
            std::ranges::copy(values.row(rows[i]), known.probabilities.row(i).begin());
        }
    }
    return known;
}

/// How the log loss changes with the sharpness: of each row the mean of log p under the sharpened
/// probabilities, less log p of the truth. It only grows with the sharpness.
double slope(const Known& known, double sharpness) {
    std::vector<double> sharp(known.probabilities.cols());
    double total = 0.0;
    for (std::size_t row = 0; row < known.classes.size(); ++row) {
        const std::span<const double> p = known.probabilities.row(row);
        std::ranges::copy(p, sharp.begin());
        sharpen(sharpness, sharp);
        for (std::size_t j = 0; j < p.size(); ++j) total += sharp[j] * log_of(p[j]);
        total -= log_of(p[known.classes[row]]);
    }
    return total;
}

double best_sharpness(const Known& known) {
    double low = kLeastSharpness, high = kMostSharpness;
    for (int halving = 0; halving < 50; ++halving) {
        const double middle = std::sqrt(low * high);
        (slope(known, middle) < 0.0 ? low : high) = middle;
    }
    return std::sqrt(low * high);
}

/// Rows of like predictions, whose share of hits is told.
struct Pool {
    double first, last;  ///< the probabilities that it reaches over
    double hits = 0.0;
    double rows = 0.0;
    double share() const { return hits / rows; }
};

/// Pools neighbours until none has a greater share than the next.
std::vector<Pool> rising_pools(std::vector<std::pair<double, bool>> predictions) {
    std::ranges::sort(predictions, {}, &std::pair<double, bool>::first);
    std::vector<Pool> pools;
    for (const auto& [p, hit] : predictions) {
        const bool same = !pools.empty() && pools.back().last == p && pools.back().first == p;
        if (!same) pools.push_back({p, p});
        pools.back().hits += hit;
        pools.back().rows += 1.0;
    }
    std::vector<Pool> rising;
    for (Pool pool : pools) {
        while (!rising.empty() && rising.back().share() >= pool.share()) {
            pool.first = rising.back().first;
            pool.hits += rising.back().hits;
            pool.rows += rising.back().rows;
            rising.pop_back();
        }
        rising.push_back(pool);
    }
    return rising;
}

RisingCurve rising_curve(const Known& known, std::uint32_t of_class) {
    std::vector<std::pair<double, bool>> predictions;
    for (std::size_t row = 0; row < known.classes.size(); ++row)
        predictions.emplace_back(known.probabilities(row, of_class), known.classes[row] == of_class);
    const double least = 1.0 / (static_cast<double>(predictions.size()) + 2.0);
    RisingCurve curve;
    for (const Pool& pool : rising_pools(std::move(predictions))) {
        const double share = std::clamp(pool.share(), least, 1.0 - least);
        for (const double end : {pool.first, pool.last}) {
            if (!curve.from.empty() && curve.from.back() == end) continue;
            curve.from.push_back(end);
            curve.to.push_back(share);
        }
    }
    return curve;
}

}  // namespace

double RisingCurve::operator()(double x) const {
    const auto above = static_cast<std::size_t>(std::ranges::upper_bound(from, x) - from.begin());
    if (above == 0) return to.front();
    if (above == from.size()) return to.back();
    const double share = (x - from[above - 1]) / (from[above] - from[above - 1]);
    return to[above - 1] + share * (to[above] - to[above - 1]);
}

Calibration fit_calibration(CalibrationKind kind, const TargetCoder& coder, MatrixView<const double> values,
                            const Truth& truth) {
    if (coder.task() == Task::regression)
        throw Error(ErrorKind::usage,
                    "--calibrate is for probabilities of classes; the target holds real values");
    Calibration calibration{kind, {}, {}, {}};
    for (std::size_t j = 0; kind != CalibrationKind::none && j < truth.targets.size(); ++j) {
        const Known known = known_rows(coder, values, truth.targets[j], j);
        if (kind == CalibrationKind::temperature) {
            calibration.sharpness.push_back(best_sharpness(known));
            continue;
        }
        const bool every_class = coder.task() == Task::multiclass;
        for (std::uint32_t c = every_class ? 0 : 1; c < known.probabilities.cols(); ++c)
            calibration.curves.push_back(rising_curve(known, c));
    }
    return calibration;
}

Calibration undo_smoothing(double smoothing, const TargetCoder& coder, const PredictedValues& predicted,
                           const Truth& truth) {
    const Known known = known_rows(coder, predicted.values, truth.targets.front(), 0);
    Calibration calibration{CalibrationKind::smoothing, {}, {}, {smoothing}};
    Unsmoothing& undone = calibration.unsmoothing;
    std::vector<double> after(known.probabilities.cols());
    for (std::size_t row = 0; row < known.classes.size(); ++row) {
        const std::span<const double> before = known.probabilities.row(row);
        std::ranges::copy(before, after.begin());
        unsmooth(smoothing, after);
        undone.log_loss_before += surprise(before[known.classes[row]]);
        undone.log_loss_after += surprise(after[known.classes[row]]);
    }
    undone.log_loss_before /= static_cast<double>(known.classes.size());
    undone.log_loss_after /= static_cast<double>(known.classes.size());
    return calibration;
}

std::string calibration_text(const Calibration& calibration) {
    std::vector<std::string> temperatures;
    const Unsmoothing& undone = calibration.unsmoothing;
    switch (calibration.kind) {
        case CalibrationKind::none:
            break;
        case CalibrationKind::isotonic:
            return "by isotonic curves";
        case CalibrationKind::temperature:
            for (const double sharpness : calibration.sharpness)
                temperatures.push_back(fmt::format("{:.4g}", 1.0 / sharpness));
            return fmt::format("by temperature {}", fmt::join(temperatures, ", "));
        case CalibrationKind::smoothing:
            return fmt::format(
                "label smoothing of {:.6g} undone; held-out log loss {:.4g} before, {:.4g} after",
                undone.smoothing, undone.log_loss_before, undone.log_loss_after);
    }
    return "";
}

void calibrate(const Calibration& calibration, Task task, std::span<double> probabilities) {
    if (calibration.kind == CalibrationKind::isotonic) return bend(calibration.curves, task, probabilities);
    if (calibration.kind == CalibrationKind::none) return;
    if (calibration.kind == CalibrationKind::smoothing)
        return unsmooth(calibration.unsmoothing.smoothing, probabilities);
    if (task != Task::multilabel) return sharpen(calibration.sharpness.front(), probabilities);
    for (std::size_t j = 0; j < probabilities.size(); ++j)
        probabilities[j] = sharpened(probabilities[j], calibration.sharpness[j]);
}

void calibrate(const Calibration& calibration, Task task, PredictedValues& predicted) {
    for (std::size_t row = 0; row < predicted.values.rows(); ++row)
        calibrate(calibration, task, predicted.values.row(row));
    // Of labels the first class has a probability of its own, for its digits near 0.
    for (std::size_t row = 0; row < predicted.first_classes.rows(); ++row)
        for (std::size_t j = 0; j < predicted.first_classes.cols(); ++j) {
            double& first = predicted.first_classes(row, j);
            if (calibration.kind == CalibrationKind::isotonic) first = 1.0 - predicted.values(row, j);
            if (calibration.kind == CalibrationKind::temperature)
                first = sharpened(first, calibration.sharpness[j]);
        }
}

}  // namespace thalweg
