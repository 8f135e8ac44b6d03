#include "data/quantile_scaling.h"

#include <algorithm>

#include "core/normal_quantile.h"
#include "core/random.h"
#include "data/column_encoder.h"
#include "data/numbers.h"
#include "data/quantiles.h"

namespace thalweg {
namespace {

constexpr double kNoise = 1e-5;
constexpr double kLeastShare = 1e-7;

std::size_t landmark_count(std::size_t rows) {
    constexpr std::size_t kRowsEach = 30, kLeast = 10, kMost = 1000;
    return std::clamp(rows / kRowsEach, kLeast, kMost);
}

/// How far `value` is from `low` on the way to `high`. In halves, whose difference no range is too wide for;
/// 0 where they are nearer than numbers can tell.
double way(double low, double value, double high) {
    const double whole = high / 2 - low / 2;
    return whole > 0.0 ? (value / 2 - low / 2) / whole : 0.0;
}

/// The share of what lies below `value`, which is inside of the landmarks, by the last that is not above it.
double share_from_below(std::span<const double> landmarks, double value) {
    const auto above = std::ranges::upper_bound(landmarks, value);
    const auto place = static_cast<double>(above - landmarks.begin() - 1);
    return (place + way(above[-1], value, *above)) / static_cast<double>(landmarks.size() - 1);
}

/// The same, by the first that is not below it.
double share_from_above(std::span<const double> landmarks, double value) {
    const auto high = std::ranges::lower_bound(landmarks, value);
    const auto place = static_cast<double>(high - landmarks.begin() - 1);
    return (place + way(high[-1], value, *high)) / static_cast<double>(landmarks.size() - 1);
}

}  // namespace

std::vector<double> landmarks(std::span<const double> values, std::size_t count) {
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    std::vector<double> result(std::min(count, sorted.size()));
    const double last = std::max(1.0, static_cast<double>(result.size()) - 1.0);
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = quantile(sorted, static_cast<double>(i) / last);
    // Rounding may leave one a little above the next.
    for (std::size_t i = 1; i < result.size(); ++i) result[i] = std::max(result[i], result[i - 1]);
    return result;
}

double normal_score(std::span<const double> landmarks, double value) {
    const double share =
        value <= landmarks.front() ? 0.0
        : value >= landmarks.back()
            ? 1.0
            : 0.5 * (share_from_below(landmarks, value) + share_from_above(landmarks, value));
    return normal_quantile(std::clamp(share, kLeastShare, 1.0 - kLeastShare));
}

void scale_by_quantiles(const Table& table, std::span<const std::uint32_t> rows,
                        std::vector<ColumnPlan>& columns) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
        if (!is_dense(columns[j])) continue;
        std::vector<double> values = finite_values(dense_cells(columns[j], table, rows).gather(rows));
        const Random noise(0, RandomStream::quantile_noise, static_cast<std::uint32_t>(j));
        const double deviation = kNoise * columns[j].number.scale;
        for (std::size_t i = 0; i < values.size(); ++i) values[i] += deviation * noise.normal(i);
        columns[j].number.quantiles = landmarks(values, landmark_count(rows.size()));
    }
}

}  // namespace thalweg
