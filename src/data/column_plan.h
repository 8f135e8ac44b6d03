#pragma once

#include <cstdint>
#include <span>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// What the user said of a column.
enum class Wish { none, category, number };

/// Decides what is done with a column, and fits it to `rows`. Throws Error{data}: text among numbers.
ColumnPlan plan_column(const Table& table, const Column& column, std::span<const std::uint32_t> rows,
                       Wish wish);

/// Is this column of whole numbers a name for each row, not a measurement? All values must be different; then
/// either the name says so ("id", "customer_id", "index"), or they fill a run that begins at 0 or 1, as only
/// row numbers do, and the name is none of a clock or a rank ("t", "day", "rank").
bool looks_like_identifier(std::string_view name, std::span<const double> values);

/// Does the name say that the column names rows ("id", "customer_id", "index", pandas' "Unnamed: 0")?
bool names_an_identifier(std::string_view name);

/// Is this text one in which nearly every value is different, so that nothing learnt of one value would ever
/// be used again? `counts`: how often each value occurs.
bool nearly_all_different(std::span<const std::size_t> counts);

}  // namespace thalweg
