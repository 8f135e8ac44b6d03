#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace thalweg {

/// The value that the share `q` of the values lies below, by the line between its neighbours (numpy's
/// default). sorted: ascending, not empty; q: 0 .. 1.
double quantile(std::span<const double> sorted, double q);

/// Edges of up to `bins` bins that hold equally many of the values: their quantiles at 0, 1/bins, ..., 1,
/// each once. Values of which there is one alone have one edge. values: finite, not empty.
std::vector<float> quantile_edges(std::span<const double> values, std::size_t bins);

}  // namespace thalweg
