#include "data/robust_scaling.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "data/cells.h"
#include "data/column_encoder.h"
#include "data/numbers.h"
#include "data/quantiles.h"
#include "data/training_means.h"

namespace thalweg {
namespace {

/// `quantile(q)` of the values of training.
template <class Quantile>
NumberPlan robust_plan(const Quantile& quantile) {
    NumberPlan plan;
    plan.smooth_clip = true;
    plan.centre = plan.fill = quantile(0.5);
    plan.scale = quantile(0.75) - quantile(0.25);
    if (!(plan.scale > 0.0)) plan.scale = 0.5 * (quantile(1.0) - quantile(0.0));
    if (!(plan.scale > 0.0)) plan.scale = 1.0;
    return plan;
}

void scale_number(const Table& table, std::span<const std::uint32_t> rows, ColumnPlan& column) {
    std::vector<double> values = finite_values(dense_cells(column, table, rows).gather(rows));
    std::ranges::sort(values);
    column.number = robust_plan([&](double q) { return quantile(values, q); });
}

/// A value of a one-hot input and in how many rows it has it.
struct Counted {
    double value;
    std::size_t rows;
};

/// Of all rows, which `ascending` sums up.
double quantile(std::span<const Counted> ascending, std::size_t rows, double q) {
    const auto at = [&](std::size_t place) {
        for (const Counted& counted : ascending) {
            if (place < counted.rows) return counted.value;
            place -= counted.rows;
        }
        return ascending.back().value;
    };
    const double position = q * static_cast<double>(rows - 1);
    const auto below = static_cast<std::size_t>(position);
    return at(below) +
           (at(std::min(below + 1, rows - 1)) - at(below)) * (position - static_cast<double>(below));
}

/// The codes that set an input.
std::vector<std::size_t> codes_of(const OneHotValues& values, std::size_t input) {
    if (values.off.size() > 1) return {input};
    std::vector<std::size_t> codes(values.on.size());
    std::iota(codes.begin(), codes.end(), std::size_t{0});
    return codes;
}

/// The values that an input has over all rows. `counts`: of each code.
std::vector<Counted> values_of(const OneHotValues& values, std::size_t input,
                               const std::vector<std::size_t>& counts, std::size_t rows) {
    std::vector<Counted> counted;
    std::size_t rows_off = rows;
    for (const std::size_t code : codes_of(values, input)) {
        counted.push_back({values.on[code], counts[code]});
        rows_off -= counts[code];
    }
    counted.push_back({values.off[input], rows_off});
    std::erase_if(counted, [](const Counted& value) { return value.rows == 0; });
    std::ranges::sort(counted, {}, &Counted::value);
    return counted;
}

void scale_one_hot(const Table& table, std::span<const std::uint32_t> rows, ColumnPlan& column) {
    OneHotValues& values = column.one_hot;
    if (values.off.empty()) values = {std::vector(column.codes(), 1.0F), std::vector(column.codes(), 0.0F)};
    const std::vector<std::size_t> counts = code_counts(table, rows, column);
    for (std::size_t input = 0; input < values.off.size(); ++input) {
        const std::vector<Counted> counted = values_of(values, input, counts, rows.size());
        const NumberPlan plan = robust_plan([&](double q) { return quantile(counted, rows.size(), q); });
        for (const std::size_t code : codes_of(values, input)) values.on[code] = plan.encode(values.on[code]);
        values.off[input] = plan.encode(values.off[input]);
    }
}

}  // namespace

void scale_robustly(const Table& table, std::span<const std::uint32_t> rows,
                    std::vector<ColumnPlan>& columns) {
    for (ColumnPlan& column : columns) {
        if (is_dense(column)) scale_number(table, rows, column);
        if (column.treatment == Treatment::category && !column.embedded) scale_one_hot(table, rows, column);
    }
}

}  // namespace thalweg
