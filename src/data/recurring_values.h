#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// The values, ascending, that occur in `least_rows` rows or more of a column of numbers in which most rows
/// share theirs exactly with a few others (three rows in all, ten in large tables), although it has room for
/// far more values than occur: prices, fares, amounts of a law. Such a value is a name too (the same fare is
/// mostly the same ticket), which a smooth function of the number cannot learn. Nothing for measurements,
/// whose values are shared by rounding alone. `values` are finite.
std::vector<double> recurring_values(std::span<const double> values, std::size_t least_rows,
                                     std::size_t most_values);

/// The code of a number among recurring values, or Dataset::kNoInput.
std::uint32_t recurring_code(std::span<const double> recurring, double number);

}  // namespace thalweg
