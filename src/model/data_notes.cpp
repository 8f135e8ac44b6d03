#include "model/data_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "model/checksum.h"

namespace thalweg {
namespace {

/// Two missing values are the same.
bool same_values(const Column& a, const Column& b) {
    if (a.type != b.type || a.rows() != b.rows()) return false;
    if (a.type == ColumnType::text) return a.codes == b.codes && a.dictionary == b.dictionary;
    for (std::size_t row = 0; row < a.rows(); ++row) {
        const double x = a.value(row), y = b.value(row);
        if (x != y && !(std::isnan(x) && std::isnan(y))) return false;
    }
    return true;
}

/// Of the first rows, which tell most columns apart.
std::uint64_t first_rows(const Column& column) {
    constexpr std::size_t kRows = 1000;
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < std::min(kRows, column.rows()); ++row) {
        const double value = column.type == ColumnType::text ? column.codes[row] : column.value(row);
        const double one_missing = std::isnan(value) ? 0.5 : value + 0.0;  // nor are there two zeros
        sum = checksum({reinterpret_cast<const char*>(&one_missing), sizeof(double)}, sum);
    }
    return sum;
}

/// The share of the sum of squares that the largest hundredth of the values has.
double share_of_largest(std::vector<double> values) {
    const double mean =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    for (double& value : values) value = (value - mean) * (value - mean);
    const auto largest = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 100);
    std::nth_element(values.begin(), largest, values.end(), std::greater<>());
    const double all = std::accumulate(values.begin(), values.end(), 0.0);
    return all > 0.0 ? std::accumulate(values.begin(), largest, 0.0) / all : 0.0;
}

}  // namespace

void note_same_columns(const Table& table, const Preprocessor& preprocessor,
                       std::vector<std::string>& notes) {
    constexpr std::size_t kNamed = 5;
    std::map<std::uint64_t, std::vector<const Column*>> alike;
    std::vector<std::string> pairs;
    for (const ColumnPlan& plan : preprocessor.columns()) {
        if (plan.treatment == Treatment::dropped) continue;
        const auto column = std::ranges::find(table.columns(), plan.name, &Column::name);
        if (column == table.columns().end()) continue;
        std::vector<const Column*>& others = alike[first_rows(*column)];
        const auto same =
            std::ranges::find_if(others, [&](const Column* other) { return same_values(*other, *column); });
        if (same == others.end()) {
            others.push_back(&*column);
        } else {
            pairs.push_back(fmt::format("'{}' as '{}'", column->name, (*same)->name));
        }
    }
    if (pairs.empty()) return;
    const std::size_t more = pairs.size() - std::min(pairs.size(), kNamed);
    pairs.resize(pairs.size() - more);
    notes.push_back(
        fmt::format("columns with the same value in every row as another one: {}{}; they say "
                    "nothing new, and --ignore leaves them out",
                    fmt::join(pairs, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
}

void note_heavy_tails(const Prepared& prepared, std::vector<std::string>& notes) {
    constexpr std::size_t kLeastRows = 100;
    constexpr double kMost = 0.5;  // of a normal distribution it is a twelfth
    const Matrix<float>& values = prepared.training.values;
    const std::vector<TargetPlan>& targets = prepared.coder.targets();
    if (prepared.coder.task() != Task::regression || prepared.pair.loss.loss != Loss::squared_error ||
        values.rows() < kLeastRows || values.cols() != targets.size())
        return;
    for (std::size_t target = 0; target < targets.size(); ++target) {
        std::vector<double> column(values.rows());
        for (std::size_t row = 0; row < values.rows(); ++row) column[row] = values(row, target);
        const double share = share_of_largest(std::move(column));
        if (share > kMost)
            notes.push_back(fmt::format(
                "'{}' has a heavy tail: one value in a hundred makes up {:.0f}% of its variance, and the "
                "squared error looks at little else; try --loss huber or absolute_error, or learn its "
                "logarithm",
                targets[target].name, 100.0 * share));
    }
}

}  // namespace thalweg
