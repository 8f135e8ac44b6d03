#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// In how many of `rows` each code of a category stands.
std::vector<std::size_t> code_counts(const Table& table, std::span<const std::uint32_t> rows,
                                     const ColumnPlan& column);

/// Fills what the columns' other fields do not tell of the mean training row: ColumnPlan::code_shares and
/// time_means.
void note_training_means(const Table& table, std::span<const std::uint32_t> rows,
                         std::vector<ColumnPlan>& columns);

}  // namespace thalweg
