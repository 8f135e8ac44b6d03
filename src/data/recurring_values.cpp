#include "data/recurring_values.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "thalweg/dataset.hpp"

namespace thalweg {
namespace {

/// Recurring values must cover this share of the rows. Below it they are chance or a few heaps: a third of
/// the weights of adult's rows (fnlwgt) are shared by three rows or more, and mean nothing.
constexpr double kLeastCovered = 0.5;
/// What covers rows is a value in this share of them, within these bounds: a few rows of a large table may
/// come of one visit or one job, whose outcome is not that of the next. With inputs for hpc_data's counts of
/// fields, most of which stand in fewer rows, five networks had a third more log loss on test rows (0.583 and
/// 0.433, two splits), with those for cells' sizes an AUC of 0.910 in place of 0.916.
constexpr double kCoveringShare = 0.005;
constexpr std::size_t kLeastCovering = 3, kMostCovering = 10;
/// Of the places of the grid that a column lies on, at most this share may be taken, or values are shared
/// because they were rounded: ages and sizes to the centimetre fill their places, fares take one in 10,000.
constexpr double kMostTaken = 0.1;
/// The share of the rows that must lie on a grid, the most frequent value aside: budgets are mostly multiples
/// of 100,000 (97%), which makes them rounded, and no names.
constexpr double kOnGrid = 0.95;
/// How far from a place of the grid, in steps: values that were scaled, in float32 perhaps, are not exact.
constexpr double kOffGrid = 0.02;
/// Steps between neighbouring values that may be that of the grid: these shares of them are smaller.
constexpr double kStepsTried[] = {0.0, 0.02, 0.1, 0.25, 0.5};
constexpr int kMostDigits = 9;
/// So many rows tell whether a large column can be one of these, which spares sorting the others.
constexpr std::size_t kSample = 4096;

struct Counted {
    double value;
    std::size_t rows;
};

/// Distinct values, ascending.
std::vector<Counted> count_values(std::vector<double> values) {
    std::ranges::sort(values);
    std::vector<Counted> counted;
    for (const double value : values) {
        if (counted.empty() || counted.back().value != value) counted.push_back({value, 0});
        ++counted.back().rows;
    }
    return counted;
}

/// Every so many rows, `count` of them.
std::vector<double> sample(std::span<const double> values, std::size_t count) {
    std::vector<double> drawn;
    for (std::size_t i = 0; i < count; ++i) drawn.push_back(values[i * values.size() / count]);
    return drawn;
}

/// Do nearly all rows lie on a grid of this step?
bool is_grid(std::span<const Counted> counted, double step) {
    const Counted& origin = *std::ranges::max_element(counted, {}, &Counted::rows);
    std::size_t rows = 0, fitting = 0;
    for (const Counted& value : counted) {
        if (value.value == origin.value) continue;
        const double places = (value.value - origin.value) / step;
        rows += value.rows;
        if (std::abs(places - std::round(places)) <= kOffGrid) fitting += value.rows;
    }
    return static_cast<double>(fitting) >= kOnGrid * static_cast<double>(rows);
}

/// The widest grid that nearly all values lie on, as they do where they were rounded: to a decimal, or to a
/// step between neighbours, whatever they were scaled by after that.
double grid_step(std::span<const Counted> counted) {
    std::vector<double> steps;
    for (std::size_t i = 1; i < counted.size(); ++i) steps.push_back(counted[i].value - counted[i - 1].value);
    std::ranges::sort(steps);
    std::vector<double> tried;
    for (const double share : kStepsTried)
        if (!steps.empty())
            tried.push_back(steps[static_cast<std::size_t>(share * static_cast<double>(steps.size() - 1))]);
    double decimal = 1.0;
    for (int digits = 0; digits <= kMostDigits; ++digits, decimal /= 10.0) tried.push_back(decimal);
    std::ranges::sort(tried, std::greater());
    for (const double step : tried)
        if (is_grid(counted, step)) return step;
    return tried.back();
}

/// The value below which a share of the rows lies.
double value_at(std::span<const Counted> counted, double share) {
    double rows = 0.0;
    for (const Counted& value : counted) rows += static_cast<double>(value.rows);
    double below = 0.0;
    for (const Counted& value : counted) {
        below += static_cast<double>(value.rows);
        if (below >= share * rows) return value.value;
    }
    return counted.back().value;
}

/// Do the values, but for a hundredth of the rows at either end, lie on few of the places between them?
bool lie_thinly(std::span<const Counted> counted) {
    const double low = value_at(counted, 0.01);
    const double high = value_at(counted, 0.99);
    const auto inside = std::ranges::count_if(
        counted, [&](const Counted& value) { return value.value >= low && value.value <= high; });
    const double places = (high - low) / grid_step(counted) + 1.0;
    return static_cast<double>(inside) <= kMostTaken * places;
}

/// The most frequent of the values that occur in `least_rows` rows, none where they cover too few rows.
std::vector<double> frequent(std::vector<Counted> counted, std::size_t rows, std::size_t least_rows,
                             std::size_t most_values) {
    const auto share = static_cast<std::size_t>(kCoveringShare * static_cast<double>(rows));
    const std::size_t covering = std::clamp(share, kLeastCovering, kMostCovering);
    std::erase_if(counted, [&](const Counted& value) { return value.rows < least_rows; });
    std::ranges::stable_sort(counted, std::ranges::greater(), &Counted::rows);
    if (counted.size() > most_values) counted.resize(most_values);
    std::size_t covered = 0;
    std::vector<double> values;
    for (const Counted& value : counted) {
        if (value.rows >= covering) covered += value.rows;
        values.push_back(value.value);
    }
    if (static_cast<double>(covered) < kLeastCovered * static_cast<double>(rows)) return {};
    std::ranges::sort(values);
    return values;
}

}  // namespace

std::vector<double> recurring_values(std::span<const double> values, std::size_t least_rows,
                                     std::size_t most_values) {
    if (values.empty()) return {};
    if (values.size() > kSample) {
        // Half of the share, since in fewer rows fewer values occur twice.
        const std::vector<Counted> drawn = count_values(sample(values, kSample));
        std::size_t once = 0;
        for (const Counted& value : drawn) once += value.rows == 1 ? 1 : 0;
        const bool recur = static_cast<double>(kSample - once) >= 0.5 * kLeastCovered * kSample;
        if (!recur || !lie_thinly(drawn)) return {};
    }
    const std::vector<Counted> counted = count_values({values.begin(), values.end()});
    if (!lie_thinly(counted)) return {};
    return frequent(counted, values.size(), least_rows, most_values);
}

std::uint32_t recurring_code(std::span<const double> recurring, double number) {
    const auto found = std::ranges::lower_bound(recurring, number);
    if (found == recurring.end() || *found != number) return Dataset::kNoInput;
    return static_cast<std::uint32_t>(found - recurring.begin());
}

}  // namespace thalweg
