#include "train/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "optimize/update_loops.h"

namespace thalweg {
namespace {

/// A layer's squares are the difference of two sums, which spares a second pass over the gradient. Below this
/// share of all squares it is one of rounding too much: at it, eleven digits are right.
constexpr double kLeastLeft = 1e-4;

using Lanes = std::array<double, kSquareLanes>;

std::size_t whole_lanes(std::size_t size) {
    return size / kSquareLanes * kSquareLanes;
}

/// Of what the lanes have added up, and of what follows.
double sum_of_squares(const Lanes& sums, std::span<const float> rest) {
    double sum = 0.0;
    for (const double lane : sums) sum += lane;
    for (const float value : rest) sum += double{value} * value;
    return sum;
}

std::size_t category_parameters(const NetworkShape& shape) {
    return shape.categories.vectors() * shape.categories.outputs;
}

double of_layer(const NetworkShape& shape, std::size_t layer, const RateFactors& rates) {
    return layer == shape.layers() ? rates.output : 1.0;
}

/// The factor of the rate of a layer's weights.
double weight_rate(const NetworkShape& shape, std::size_t layer, const RateFactors& rates) {
    const double ratio = static_cast<double>(rates.fan_in) / static_cast<double>(shape.fan_in(layer));
    return (rates.fan_in == 0 ? 1.0 : std::sqrt(ratio)) * of_layer(shape, layer, rates);
}

}  // namespace

double norm(std::span<const float> vector) {
    Lanes sums{};
    const std::size_t whole = whole_lanes(vector.size());
    add_squares(whole, vector.data(), sums.data());
    return std::sqrt(sum_of_squares(sums, vector.subspan(whole)));
}

std::vector<std::size_t> layer_bounds(const NetworkShape& shape) {
    std::vector<std::size_t> bounds;
    for (std::size_t i = 1; i <= shape.layers() + 1; ++i) bounds.push_back(shape.offset(i));
    return bounds;
}

double layer_norms(std::span<const float> theta, std::span<const std::size_t> bounds,
                   std::span<double> norms) {
    Lanes sums{};
    std::size_t added = 0;
    double before = 0.0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const std::size_t whole = whole_lanes(bounds[i]);
        add_squares(whole - added, theta.data() + added, sums.data());
        added = whole;
        const double until = sum_of_squares(sums, theta.subspan(whole, bounds[i] - whole));
        if (i > 0) norms[i - 1] = until - before;
        before = until;
    }
    for (std::size_t i = 0; i < norms.size(); ++i)
        norms[i] = norms[i] >= kLeastLeft * before
                       ? std::sqrt(norms[i])
                       : norm(theta.subspan(bounds[i], bounds[i + 1] - bounds[i]));
    return std::sqrt(before);
}

bool all_finite(std::span<const float> vector) {
    return std::ranges::all_of(vector, [](float value) { return std::isfinite(value); });
}

void clip(std::span<float> gradient, double length, double longest) {
    if (longest == 0.0 || length <= longest) return;
    const auto factor = static_cast<float>(longest / length);
    for (float& component : gradient) component *= factor;
}

std::vector<float> decay_mask(const NetworkShape& shape, const RateFactors& rates, DecayOf decay_of) {
    const bool all = decay_of == DecayOf::all;
    std::vector<float> mask(shape.parameters(), 1.0f);
    const auto fill = [&](std::size_t first, std::size_t last, double value) {
        std::ranges::fill(std::span(mask).subspan(first, last - first), static_cast<float>(value));
    };
    const std::size_t scales = shape.offset(1) - shape.scaled();
    fill(0, scales - category_parameters(shape), all ? rates.embedding : 0.0);
    fill(scales - category_parameters(shape), scales, all ? 1.0 : 0.0);
    fill(scales, shape.offset(1), all ? rates.input_scale : 0.0);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::size_t biases = shape.offset(layer) + shape.weight_size(layer);
        fill(shape.offset(layer), biases, all ? 1.0 / weight_rate(shape, layer, rates) : 1.0);
        fill(biases, biases + shape.bias_size(layer), 0.0);
        const std::size_t end = shape.offset(layer + 1);
        if (shape.bends(layer)) fill(end - shape.widths[layer], end, all ? rates.bends : 0.0);
    }
    return mask;
}

std::vector<ParameterGroup> parameter_groups(const NetworkShape& shape, const RateFactors& rates) {
    std::vector<ParameterGroup> groups;
    const auto add = [&](std::size_t first, std::size_t last, double rate) {
        if (rate != 1.0 && last > first) groups.push_back({first, last, rate});
    };
    const std::size_t scales = shape.offset(1) - shape.scaled();
    add(0, scales - category_parameters(shape), rates.embedding);
    add(scales, shape.offset(1), rates.input_scale);
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::size_t biases = shape.offset(layer) + shape.weight_size(layer);
        add(shape.offset(layer), biases, weight_rate(shape, layer, rates));
        add(biases, biases + shape.bias_size(layer), rates.biases * of_layer(shape, layer, rates));
        const std::size_t end = shape.offset(layer + 1);
        if (shape.bends(layer)) add(end - shape.widths[layer], end, rates.bends);
    }
    return groups;
}

}  // namespace thalweg
