#include "train/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace thalweg {
namespace {

/// Sums that run side by side: one alone waits for each addition, and a large network would feel it.
constexpr std::size_t kLanes = 16;

}  // namespace

double norm(std::span<const float> vector) {
    std::array<double, kLanes> sums{};
    const std::size_t whole = vector.size() / kLanes * kLanes;
    for (std::size_t first = 0; first < whole; first += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const double value = vector[first + lane];
            sums[lane] += value * value;
        }
    double sum = 0.0;
    for (const double lane : sums) sum += lane;
    for (const float value : vector.subspan(whole)) sum += double{value} * value;
    return std::sqrt(sum);
}

bool all_finite(std::span<const float> vector) {
    return std::ranges::all_of(vector, [](float value) { return std::isfinite(value); });
}

void clip(std::span<float> gradient, double length, double longest) {
    if (longest == 0.0 || length <= longest) return;
    const auto factor = static_cast<float>(longest / length);
    for (float& component : gradient) component *= factor;
}

std::vector<float> decay_mask(const NetworkShape& shape) {
    std::vector<float> mask(shape.parameters(), 1.0f);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::size_t biases = shape.widths[layer];
        std::ranges::fill(std::span(mask).subspan(shape.offset(layer + 1) - biases, biases), 0.0f);
    }
    return mask;
}

}  // namespace thalweg
