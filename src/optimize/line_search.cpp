#include "optimize/line_search.h"

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

/// The constants that Nocedal and Wright advise for quasi-Newton methods.
constexpr double kSufficientDecrease = 1e-4;
constexpr double kCurvature = 0.9;
constexpr int kMaxEvaluations = 25;
/// How far a trial goes beyond the last one at most while no bracket is found.
constexpr double kExtrapolation = 10.0;
/// A trial stays this share of the bracket away from its ends, so that the bracket shrinks.
constexpr double kMargin = 0.1;

bool is_finite(const LinePoint& point) {
    return std::isfinite(point.loss) && std::isfinite(point.slope);
}

/// The minimiser of the cubic through two points and their slopes (Nocedal and Wright, equation 3.59); the
/// middle of the two where there is none.
double cubic_minimiser(const LinePoint& a, const LinePoint& b) {
    const double middle = 0.5 * (a.step + b.step);
    if (!is_finite(a) || !is_finite(b)) return middle;
    const double d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.step - b.step);
    const double square = d1 * d1 - a.slope * b.slope;
    if (!(square >= 0.0)) return middle;
    const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
    const double step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    return std::isfinite(step) ? step : middle;
}

class Search {
  public:
    Search(const LinePoint& start, const std::function<LinePoint(double)>& evaluate)
        : start_(start), best_(start), evaluate_(evaluate) {}

    LinePoint run(double first_step) {
        LinePoint last = start_;
        LinePoint trial = visit(first_step);
        while (!done_) {
            if (too_high(trial) || (last.step > 0.0 && trial.loss >= last.loss)) return zoom(last, trial);
            if (flat(trial)) return trial;
            if (trial.slope >= 0.0) return zoom(trial, last);
            const double farthest = kExtrapolation * trial.step;
            const double nearest = trial.step + 0.1 * (trial.step - last.step);
            const double guess = cubic_minimiser(last, trial);
            last = trial;
            trial = visit(guess > trial.step ? std::clamp(guess, nearest, farthest) : farthest);
        }
        return best_;
    }

  private:
    /// `low` has the least loss of those that decrease sufficiently; a good step lies between the two.
    LinePoint zoom(LinePoint low, LinePoint high) {
        while (!done_) {
            const double margin = kMargin * std::abs(high.step - low.step);
            const auto [left, right] = std::minmax(low.step, high.step);
            const LinePoint trial =
                visit(std::clamp(cubic_minimiser(low, high), left + margin, right - margin));
            if (too_high(trial) || trial.loss >= low.loss) {
                high = trial;
                continue;
            }
            if (flat(trial)) return trial;
            if (trial.slope * (high.step - low.step) >= 0.0) high = low;
            low = trial;
        }
        return best_;
    }

    bool too_high(const LinePoint& point) const {
        return !is_finite(point) ||
               point.loss > start_.loss + kSufficientDecrease * point.step * start_.slope;
    }
    bool flat(const LinePoint& point) const { return std::abs(point.slope) <= -kCurvature * start_.slope; }

    LinePoint visit(double step) {
        const LinePoint point = evaluate_(step);
        if (is_finite(point) && point.loss < best_.loss) best_ = point;
        done_ = ++evaluations_ >= kMaxEvaluations;
        return point;
    }

    LinePoint start_;
    LinePoint best_;
    const std::function<LinePoint(double)>& evaluate_;
    int evaluations_ = 0;
    bool done_ = false;
};

}  // namespace

LinePoint strong_wolfe(const LinePoint& start, double first_step,
                       const std::function<LinePoint(double step)>& evaluate) {
    return Search(start, evaluate).run(first_step);
}

}  // namespace thalweg
