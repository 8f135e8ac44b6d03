#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Quantiles of the values at `count` shares from 0 to 1, equally far apart: ascending; fewer where there are
/// fewer values. values: finite, not empty.
std::vector<double> landmarks(std::span<const double> values, std::size_t count);

/// Where `value` stands among ascending landmarks, as a standard normal number: that which as large a share
/// lies below. Between landmarks the share follows a line, on several that are equal it is that of their
/// middle, and from the first one down and the last one up it is 1e-7 from 0 and 1, so that the number is
/// between -5.2 and 5.2.
double normal_score(std::span<const double> landmarks, double value);

/// Numbers are scaled anew by their rows: they become normal_score among landmarks, of which there is one for
/// 30 rows, from 10 to 1000. Values are first set apart by normal noise of 1e-5 of their deviation, so that
/// a value of many rows has a share of its own. Missing numbers become 0. Source: Gorishniy et al. 2025
/// (TabM), after scikit-learn's QuantileTransformer; their noise is 1e-5 whatever the deviation.
void scale_by_quantiles(const Table& table, std::span<const std::uint32_t> rows,
                        std::vector<ColumnPlan>& columns);

}  // namespace thalweg
