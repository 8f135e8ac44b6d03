#include "network/monotone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Bound {
    float least = -kInfinity;
    float most = kInfinity;
};

/// The others either fall somewhere or are polynomials whose last bit may fall where they hardly rise.
bool never_falls(Activation activation) {
    return activation == Activation::relu || activation == Activation::leaky_relu ||
           activation == Activation::linear;
}

/// From a neuron (or input) below to one above. A free neuron must not see what has a direction; one that
/// rises gains from what rises and loses from what falls, and one that falls the other way round.
Bound bound_between(Direction below, Direction above) {
    if (below == Direction::free) return {};
    if (above == Direction::free) return {0.0F, 0.0F};
    return below == above ? Bound{0.0F, kInfinity} : Bound{-kInfinity, 0.0F};
}

/// Half of a layer is free where there is something free to see. Of the rest half rises and half falls: with
/// relu the first are convex in the constrained inputs and the second, which the next layer takes with a
/// minus, concave, so that together they follow curves of any monotone shape.
std::vector<Direction> directions_of_layer(std::size_t width, bool sees_free) {
    const std::size_t free = sees_free ? width / 2 : 0;
    const std::size_t falling = (width - free) / 2;
    std::vector<Direction> directions(width, Direction::rising);
    std::fill_n(directions.begin(), free, Direction::free);
    std::fill_n(directions.end() - static_cast<std::ptrdiff_t>(falling), falling, Direction::falling);
    return directions;
}

bool any_free(std::span<const Direction> directions) {
    return std::ranges::find(directions, Direction::free) != directions.end();
}

/// Weights first .. first + count - 1 of a neuron: those of one sign pull together, where drawn signs would
/// cancel, and layer by layer the output would follow the constrained inputs ever more steeply. So at the
/// start they add up to `kPull` at most; half of the neurons below are active.
void calm(const ParameterBounds& bounds, std::span<float> theta, std::size_t first, std::size_t count) {
    constexpr float kPull = 2.0F;
    const auto has_sign = [&](std::size_t j) { return bounds.least[j] == 0.0F || bounds.most[j] == 0.0F; };
    float pull = 0.0F;
    for (std::size_t j = first; j < first + count; ++j)
        if (has_sign(j)) pull += std::abs(theta[j]);
    for (std::size_t j = first; pull > kPull && j < first + count; ++j)
        if (has_sign(j)) theta[j] *= kPull / pull;
}

void check(const NetworkShape& shape, std::span<const Direction> inputs) {
    if (inputs.size() != shape.inputs())
        throw Error(ErrorKind::usage,
                    fmt::format("{} directions were given for {} inputs of a monotone network", inputs.size(),
                                shape.inputs()));
    if (shape.layers() > 1 && !never_falls(shape.activation))
        throw Error(
            ErrorKind::usage,
            fmt::format("--monotone needs an activation that never falls, in any bit: {} may; one of: {}",
                        name_of(shape.activation), monotone_activations()));
    if (shape.output == Output::softmax)
        throw Error(ErrorKind::usage,
                    "--monotone cannot hold for the output softmax, where one output rises at the cost of "
                    "the others");
    if (shape.is_ensemble())
        throw Error(ErrorKind::usage,
                    "--monotone holds for single networks, not for members that share weights");
    if (shape.parametric)
        throw Error(
            ErrorKind::usage,
            "--monotone needs an activation that never falls, and with --parametric it learns to bend "
            "either way");
    for (const auto* embedded : {&shape.periodic.inputs, &shape.piecewise.inputs})
        for (const std::size_t input : *embedded)
            if (inputs[input] != Direction::free)
                throw Error(ErrorKind::usage,
                            fmt::format("input {} is both monotone and embedded", input + 1));
}

}  // namespace

void ParameterBounds::project(std::span<float> theta, std::size_t first, std::size_t last) const {
    for (std::size_t j = first; j < last; ++j) theta[j] = std::clamp(theta[j], least[j], most[j]);
}

void start_within(const ParameterBounds& bounds, Network<float>& network) {
    const std::span<float> theta = network.theta();
    for (std::size_t j = 0; j < theta.size(); ++j)
        if (theta[j] < bounds.least[j] || theta[j] > bounds.most[j]) theta[j] = -theta[j];
    bounds.project(theta, 0, theta.size());
    for (std::size_t layer = 1; layer <= network.layers(); ++layer) {
        const std::size_t fan_in = network.shape().fan_in(layer);
        for (std::size_t neuron = 0; neuron < network.shape().widths[layer]; ++neuron)
            calm(bounds, theta, network.shape().offset(layer) + neuron * fan_in, fan_in);
    }
}

ParameterBounds monotone_bounds(const NetworkShape& shape, std::span<const Direction> inputs) {
    check(shape, inputs);
    ParameterBounds bounds{std::vector<float>(shape.parameters(), -kInfinity),
                           std::vector<float>(shape.parameters(), kInfinity)};
    std::vector<Direction> below;
    for (const std::size_t input : shape.kept_inputs()) below.push_back(inputs[input]);
    below.resize(shape.fan_in(1), Direction::free);  // what is embedded of free inputs
    if (shape.input_scale)
        for (std::size_t input = 0; input < shape.scaled(); ++input)
            if (below[input] != Direction::free)
                bounds.least[shape.offset(1) - shape.scaled() + input] = 0.0F;
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        const std::vector<Direction> above = layer == shape.layers()
                                                 ? std::vector(shape.outputs(), Direction::rising)
                                                 : directions_of_layer(shape.widths[layer], any_free(below));
        std::size_t weight = shape.offset(layer);
        for (const Direction neuron : above)
            for (const Direction source : below) {
                const Bound bound = bound_between(source, neuron);
                bounds.least[weight] = bound.least;
                bounds.most[weight++] = bound.most;
            }
        below = above;
    }
    return bounds;
}

std::string monotone_activations() {
    std::string names;
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries)
        if (never_falls(activation)) names += (names.empty() ? "" : ", ") + std::string(name);
    return names;
}

}  // namespace thalweg
