#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"
#include "thalweg/network.hpp"

namespace thalweg {
namespace {

/// How a layer's weights are drawn. `deviation` is that of the weights.
struct Draw {
    bool normal;
    double deviation;
};

/// He et al. 2015 for activations that lose the left half of their input; Glorot and Bengio 2010 (uniform)
/// for those that are linear around 0; LeCun et al. 1998 for selu (Klambauer et al. 2017) and the output.
Draw draw_of(const NetworkShape& shape, std::size_t layer) {
    const auto fan_in = static_cast<double>(shape.fan_in(layer));
    const auto fan_out = static_cast<double>(shape.widths[layer]);
    const Draw lecun = {true, std::sqrt(1.0 / fan_in)};
    if (layer == shape.layers()) return lecun;
    switch (shape.activation) {
        case Activation::relu:
        case Activation::leaky_relu:
        case Activation::elu:
        case Activation::silu:
        case Activation::gelu:
        case Activation::mish:
        case Activation::softplus:
            return {true, std::sqrt(2.0 / fan_in)};
        case Activation::logistic:
        case Activation::tanh:
        case Activation::linear:
        case Activation::sine:
            return {false, std::sqrt(2.0 / (fan_in + fan_out))};
        case Activation::selu:
            return lecun;
    }
    return lecun;
}

/// A number uniform on (-1, 1).
double draw_symmetric(const Random& random, std::uint64_t index) {
    return 2.0 * random.uniform(index) - 1.0;
}

/// Element `index` of a layer's weights. A uniform number on (-1, 1) has deviation 1/sqrt(3).
double draw_weight(const Draw& draw, const Random& random, std::uint64_t index) {
    if (draw.normal) return draw.deviation * random.normal(index);
    return draw.deviation * std::sqrt(3.0) * draw_symmetric(random, index);
}

/// As RealMLP starts its periodic embeddings (Holzmueller et al. 2024) and TabM its piecewise-linear ones
/// (Gorishniy et al. 2025): their bins do nothing at first, and so every curve starts as a line.
template <class Scalar>
void initialise_input_stage(Network<Scalar>& network, std::uint64_t seed, double frequency_scale) {
    const NetworkShape& shape = network.shape();
    const InputStage<Scalar> stage = network.input_stage();
    const Random random(seed, RandomStream::initialise, 0);
    std::uint64_t draw = 0;
    const auto fill = [&](std::span<Scalar> values, const auto& draw_value) {
        for (Scalar& value : values) value = static_cast<Scalar>(draw_value(draw++));
    };
    const auto all = [](const MatrixView<Scalar>& matrix) {
        return std::span<Scalar>(matrix.data, matrix.rows * matrix.cols);
    };
    const auto within_root_of = [&](std::size_t count) {
        const double bound = 1.0 / std::sqrt(static_cast<double>(count));
        return [&random, bound](std::uint64_t index) { return bound * draw_symmetric(random, index); };
    };
    fill(all(stage.frequencies), [&](std::uint64_t index) { return frequency_scale * random.normal(index); });
    fill(all(stage.phases),
         [&](std::uint64_t index) { return std::numbers::pi * draw_symmetric(random, index); });
    fill(all(stage.projections), within_root_of(shape.periodic.frequencies));
    fill(stage.offsets, within_root_of(shape.periodic.frequencies));
    fill(all(stage.slopes), within_root_of(shape.piecewise.outputs));
    fill(all(stage.intercepts), within_root_of(shape.piecewise.outputs));
    std::ranges::fill(all(stage.bin_vectors), Scalar{0});
    fill(all(stage.category_vectors), [&](std::uint64_t index) { return random.normal(index); });
    std::ranges::fill(stage.scale, Scalar{1});
}

template <class Scalar>
void initialise_layer(Network<Scalar>& network, std::size_t layer, std::uint64_t seed) {
    const Random random(seed, RandomStream::initialise, static_cast<std::uint32_t>(layer));
    const Draw draw = draw_of(network.shape(), layer);
    const MatrixView<Scalar> weights = network.weights(layer);
    for (std::size_t element = 0; element < weights.rows * weights.cols; ++element)
        weights.data[element] = static_cast<Scalar>(draw_weight(draw, random, element));
    std::ranges::fill(network.bias(layer), Scalar{0});
}

/// W and b of all members, as TabM starts them: like those of one network in PyTorch, and a hidden layer's b
/// the same for everyone.
template <class Scalar>
void initialise_shared_layer(Network<Scalar>& network, std::size_t layer, std::uint64_t seed) {
    const NetworkShape& shape = network.shape();
    const Random random(seed, RandomStream::initialise, static_cast<std::uint32_t>(layer));
    const double bound = 1.0 / std::sqrt(static_cast<double>(shape.fan_in(layer)));
    std::uint64_t draw = 0;
    const auto fill = [&](std::span<Scalar> values) {
        for (Scalar& value : values) value = static_cast<Scalar>(bound * draw_symmetric(random, draw++));
    };
    const MatrixView<Scalar> weights = network.weights(layer);
    fill({weights.data, weights.rows * weights.cols});
    const std::span<Scalar> bias = network.bias(layer);
    const std::size_t drawn = layer == shape.layers() ? bias.size() : shape.widths[layer];
    fill(bias.first(drawn));
    for (std::size_t j = drawn; j < bias.size(); ++j) bias[j] = bias[j - drawn];
    for (const MatrixView<Scalar> adapter :
         {network.layer(layer).input_adapter, network.layer(layer).output_adapter})
        std::fill_n(adapter.data, adapter.rows * adapter.cols, Scalar{1});
}

/// The feature from which each input of layer 1 comes, which may be embedded.
std::vector<std::size_t> features_of_layer_1(const NetworkShape& shape,
                                             std::span<const std::size_t> features) {
    std::vector<std::size_t> result;
    const auto add = [&](const std::vector<std::size_t>& inputs, std::size_t copies) {
        for (const std::size_t input : inputs)
            result.insert(result.end(), copies, features.empty() ? input : features[input]);
    };
    add(shape.kept_inputs(), 1);
    add(shape.periodic.inputs, shape.periodic.outputs);
    add(shape.piecewise.inputs, shape.piecewise.outputs);
    add(shape.categories.inputs, shape.categories.outputs);
    return result;
}

/// r_1 of every member: a draw for each feature.
template <class Scalar>
void set_members_apart(Network<Scalar>& network, std::uint64_t seed, std::span<const std::size_t> features) {
    const bool embedded = network.shape().embeds_numbers();
    const std::vector<std::size_t> feature_of = features_of_layer_1(network.shape(), features);
    const Random random(seed, RandomStream::members);
    const MatrixView<Scalar> adapter = network.layer(1).input_adapter;
    const std::size_t draws = std::ranges::max(feature_of) + 1;
    for (std::size_t m = 0; m < adapter.rows; ++m)
        for (std::size_t q = 0; q < adapter.cols; ++q) {
            const std::uint64_t draw = m * draws + feature_of[q];
            adapter(m, q) = embedded ? static_cast<Scalar>(random.normal(draw))
                                     : static_cast<Scalar>(random.below(draw, 2) == 0 ? -1 : 1);
        }
}

}  // namespace

template <class Scalar>
void initialise(Network<Scalar>& network, std::uint64_t seed, double frequency_scale,
                std::span<const std::size_t> features) {
    initialise_input_stage(network, seed, frequency_scale);
    const bool ensemble = network.shape().is_ensemble();
    for (std::size_t i = 1; i <= network.layers(); ++i)
        ensemble ? initialise_shared_layer(network, i, seed) : initialise_layer(network, i, seed);
    for (std::size_t i = 1; i < network.layers(); ++i) std::ranges::fill(network.layer(i).bend, Scalar{1});
    if (ensemble) set_members_apart(network, seed, features);
}

template <class Scalar>
void initialise_normal(Network<Scalar>& network, std::uint64_t seed, double frequency_scale) {
    if (network.shape().is_ensemble())
        throw Error(ErrorKind::usage,
                    "an ensemble that shares its weights starts as its recipe says: call initialise");
    initialise_input_stage(network, seed, frequency_scale);
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const Random random(seed, RandomStream::initialise, static_cast<std::uint32_t>(i));
        const MatrixView<Scalar> weights = network.weights(i);
        const std::span<Scalar> bias = network.bias(i);
        const std::size_t size = weights.rows * weights.cols;
        const bool last = i == network.layers();
        const double deviation = last ? 0.0 : 1.0 / std::sqrt(static_cast<double>(weights.cols));
        for (std::size_t j = 0; j < size; ++j)
            weights.data[j] = static_cast<Scalar>(deviation * random.normal(j));
        for (std::size_t p = 0; p < bias.size(); ++p)
            bias[p] = last ? Scalar{0} : static_cast<Scalar>(random.normal(size + p));
    }
}

template void initialise(Network<float>&, std::uint64_t, double, std::span<const std::size_t>);
template void initialise(Network<double>&, std::uint64_t, double, std::span<const std::size_t>);
template void initialise_normal(Network<float>&, std::uint64_t, double);
template void initialise_normal(Network<double>&, std::uint64_t, double);

}  // namespace thalweg
