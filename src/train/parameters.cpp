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
    std::ranges::fill(std::span(mask).first(shape.offset(1)), 0.0f);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::size_t biases = shape.offset(layer) + shape.weight_size(layer);
        std::ranges::fill(std::span(mask).subspan(biases, shape.bias_size(layer)), 0.0f);
        if (shape.bends(layer))
            std::ranges::fill(
                std::span(mask).subspan(shape.offset(layer + 1) - shape.widths[layer], shape.widths[layer]),
                0.0f);
    }
    return mask;
}

std::vector<ParameterGroup> parameter_groups(const NetworkShape& shape, const RateFactors& rates) {
    std::vector<ParameterGroup> groups;
    const auto add = [&](std::size_t first, std::size_t last, double rate) {
        if (rate != 1.0 && last > first) groups.push_back({first, last, rate});
    };
    const std::size_t scales = shape.offset(1) - shape.scaled();
    const std::size_t categories = scales - shape.categories.vectors() * shape.categories.outputs;
    add(0, categories, rates.embedding);
    add(scales, shape.offset(1), rates.input_scale);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::size_t biases = shape.offset(layer) + shape.weight_size(layer);
        const double ratio = static_cast<double>(rates.fan_in) / static_cast<double>(shape.fan_in(layer));
        add(shape.offset(layer), biases, rates.fan_in == 0 ? 1.0 : std::sqrt(ratio));
        add(biases, biases + shape.bias_size(layer), rates.biases);
        const std::size_t end = shape.offset(layer + 1);
        if (shape.bends(layer)) add(end - shape.widths[layer], end, rates.bends);
    }
    return groups;
}

}  // namespace thalweg
