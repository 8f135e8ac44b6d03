#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Scales numbers, and the one-hot inputs of categories, anew by their rows: z = (value - median) / d with
/// the distance d of the quartiles, or half the range where they are equal, clipped smoothly. Missing numbers
/// count as the median. Source: Holzmueller et al. 2024, "Better by default" (RealMLP).
void scale_robustly(const Table& table, std::span<const std::uint32_t> rows,
                    std::vector<ColumnPlan>& columns);

}  // namespace thalweg
