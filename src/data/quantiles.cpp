#include "data/quantiles.h"

#include <algorithm>
#include <limits>

namespace thalweg {

double quantile(std::span<const double> sorted, double q) {
    const double position = q * static_cast<double>(sorted.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(position), sorted.size() - 1);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (position - static_cast<double>(below));
}

std::vector<float> quantile_edges(std::span<const double> values, std::size_t bins) {
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    std::vector<float> edges;
    for (std::size_t t = 0; t <= bins; ++t) {
        const auto edge =
            static_cast<float>(quantile(sorted, static_cast<double>(t) / static_cast<double>(bins)));
        // What lies between two edges must not be taken for 0 where subnormal numbers are.
        if (edges.empty() || edge - edges.back() >= std::numeric_limits<float>::min()) edges.push_back(edge);
    }
    return edges;
}

}  // namespace thalweg
