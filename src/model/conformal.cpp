#include "model/conformal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

float rounded_up(double value) {
    const auto nearest = static_cast<float>(value);
    return static_cast<double>(nearest) >= value
               ? nearest
               : std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

/// The smallest number of scores for which the level has one: ceil((n+1) level) <= n.
std::size_t least_scores(double level) {
    return static_cast<std::size_t>(std::ceil(level / (1.0 - level) * (1.0 - 1e-12)));
}

}  // namespace

std::vector<std::vector<float>> conformity_scores(const TargetCoder& coder, MatrixView<const double> values,
                                                  const Truth& truth) {
    std::vector<std::vector<float>> scores;
    std::size_t first = 0;
    for (std::size_t j = 0; j < coder.targets().size(); ++j) {
        const std::size_t last = first + coder.targets()[j].outputs() - 1;
        std::vector<float>& of_target = scores.emplace_back();
        for (std::size_t row = 0; row < values.rows; ++row) {
            const double y = truth.targets[j].values[row];
            of_target.push_back(rounded_up(std::max(values(row, first) - y, y - values(row, last))));
        }
        std::ranges::sort(of_target);
        first = last + 1;
    }
    return scores;
}

double margin(std::span<const float> scores, double level) {
    if (!(level > 0.0 && level < 1.0))
        throw Error(ErrorKind::usage, fmt::format("an interval must be between 0 and 1: got {}", level));
    // A level like 0.7 is a little more than it says: what is whole but for that counts as whole.
    const double rank = std::ceil((static_cast<double>(scores.size()) + 1.0) * level * (1.0 - 1e-12));
    if (rank > static_cast<double>(scores.size()))
        throw Error(
            ErrorKind::usage,
            fmt::format("an interval of {} needs at least {} held-out rows, and the model was trained "
                        "with {}; ask for less, or train with more of them (--validation)",
                        level, least_scores(level), scores.size()));
    return static_cast<double>(scores[static_cast<std::size_t>(rank) - 1]);
}

Interval interval_around(std::span<const double> values, double margin) {
    const Interval interval{values.front() - margin, values.back() + margin};
    if (interval.lower <= interval.upper) return interval;
    const double middle = 0.5 * (values.front() + values.back());
    return {middle, middle};
}

}  // namespace thalweg
