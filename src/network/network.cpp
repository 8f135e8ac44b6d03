#include "thalweg/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/memory.h"
#include "core/random.h"

namespace thalweg {
namespace {

/// More parameters than any machine holds (4 TiB in float32): a slip of the keyboard, not a network.
constexpr double kMaxParameters = 0x1.0p40;

/// Parameters of layer i; in double, which has no overflow.
double layer_parameters(const NetworkShape& shape, std::size_t layer) {
    return static_cast<double>(shape.widths[layer]) * (static_cast<double>(shape.fan_in(layer)) + 1.0);
}

[[noreturn]] void throw_too_large(const NetworkShape& shape, std::size_t layer) {
    const double bytes = layer_parameters(shape, layer) * sizeof(float);
    throw Error(ErrorKind::usage,
                fmt::format("layer {}: {} neurons above {} need {} of memory for their weights in float32; "
                            "make the layers narrower",
                            layer, shape.widths[layer], shape.fan_in(layer), memory_text(bytes)));
}

/// Widths of an embedding beyond this are a slip of the keyboard; below it no product of them overflows.
constexpr std::size_t kMostEmbeddingWidth = 1 << 16;

void check_embedding(const PeriodicEmbedding& embedding, std::size_t inputs) {
    if (embedding.inputs.empty()) return;
    for (const std::size_t width : {embedding.frequencies, embedding.outputs})
        if (width == 0 || width > kMostEmbeddingWidth)
            throw Error(ErrorKind::usage,
                        fmt::format("an embedding's frequencies and outputs must be between 1 and {}: got {}",
                                    kMostEmbeddingWidth, width));
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        if (embedding.inputs[j] >= inputs)
            throw Error(ErrorKind::usage,
                        fmt::format("input {} cannot be embedded: the network has {} inputs",
                                    embedding.inputs[j], inputs));
        if (j > 0 && embedding.inputs[j] <= embedding.inputs[j - 1])
            throw Error(ErrorKind::usage, "the inputs to embed must be given once each, in ascending order");
    }
}

/// Of the embedding and the scale, as they lie in theta.
std::size_t input_stage_parameters(const NetworkShape& shape) {
    const PeriodicEmbedding& embedding = shape.embedding;
    return embedding.angles() * (2 + embedding.outputs) + embedding.width() +
           (shape.input_scale ? shape.fan_in(1) : 0);
}

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

/// As RealMLP starts its embeddings (Holzmueller et al. 2024).
template <class Scalar>
void initialise_input_stage(Network<Scalar>& network, std::uint64_t seed, double frequency_scale) {
    const InputStage<Scalar> stage = network.input_stage();
    const Random random(seed, RandomStream::initialise, 0);
    const double bound = 1.0 / std::sqrt(static_cast<double>(network.shape().embedding.frequencies));
    std::uint64_t draw = 0;
    const auto fill = [&](std::span<Scalar> values, const auto& draw_value) {
        for (Scalar& value : values) value = static_cast<Scalar>(draw_value(draw++));
    };
    const auto all = [](const MatrixView<Scalar>& matrix) {
        return std::span<Scalar>(matrix.data, matrix.rows * matrix.cols);
    };
    const auto within_bound = [&](std::uint64_t index) { return bound * draw_symmetric(random, index); };
    fill(all(stage.frequencies), [&](std::uint64_t index) { return frequency_scale * random.normal(index); });
    fill(all(stage.phases),
         [&](std::uint64_t index) { return std::numbers::pi * draw_symmetric(random, index); });
    fill(all(stage.projections), within_bound);
    fill(stage.offsets, within_bound);
    std::ranges::fill(stage.scale, Scalar{1});
}

}  // namespace

std::size_t NetworkShape::fan_in(std::size_t layer) const {
    return widths[layer - 1] + (layer == 1 ? embedding.width() : 0);
}

std::size_t NetworkShape::offset(std::size_t layer) const {
    std::size_t parameters_before = input_stage_parameters(*this);
    for (std::size_t i = 1; i < layer; ++i) parameters_before += widths[i] * (fan_in(i) + 1);
    return parameters_before;
}

void NetworkShape::check() const {
    if (widths.size() < 2)
        throw Error(ErrorKind::usage, fmt::format("a network needs the widths of its input and its output "
                                                  "layer at least: got {} widths",
                                                  widths.size()));
    for (std::size_t i = 0; i < widths.size(); ++i)
        if (widths[i] == 0)
            throw Error(ErrorKind::usage, i == 0
                                              ? std::string("the network has no inputs: its first width is 0")
                                              : fmt::format("layer {}: a width must be above 0: got 0", i));
    check_embedding(embedding, widths.front());
    auto parameters_so_far = static_cast<double>(input_stage_parameters(*this));
    for (std::size_t i = 1; i < widths.size(); ++i) {
        parameters_so_far += layer_parameters(*this, i);
        if (parameters_so_far > kMaxParameters) throw_too_large(*this, i);
    }
}

template <class Scalar>
InputStage<Scalar>::InputStage(const NetworkShape& shape, Scalar* theta) {
    const PeriodicEmbedding& embedding = shape.embedding;
    const auto take = [&](std::size_t rows, std::size_t cols) {
        const MatrixView<Scalar> taken(theta, rows, cols);
        theta += rows * cols;
        return taken;
    };
    const auto take_span = [&](std::size_t size) { return std::span<Scalar>(take(1, size).data, size); };
    frequencies = take(embedding.inputs.size(), embedding.frequencies);
    phases = take(embedding.inputs.size(), embedding.frequencies);
    projections = take(embedding.width(), embedding.frequencies);
    offsets = take_span(embedding.width());
    scale = take_span(shape.input_scale ? shape.fan_in(1) : 0);
}

template <class Scalar>
Network<Scalar>::Network(NetworkShape shape) : shape_(std::move(shape)) {
    shape_.check();
    const std::size_t parameters = shape_.parameters();
    theta_ = with_memory(fmt::format("a network of {} parameters", parameters),
                         static_cast<double>(parameters) * sizeof(Scalar),
                         [&] { return AlignedVector<Scalar>(parameters); });
}

template <class Scalar>
MatrixView<Scalar> Network<Scalar>::weights(std::size_t layer) {
    return {theta_.data() + shape_.offset(layer), shape_.widths[layer], shape_.fan_in(layer)};
}

template <class Scalar>
MatrixView<const Scalar> Network<Scalar>::weights(std::size_t layer) const {
    return {theta_.data() + shape_.offset(layer), shape_.widths[layer], shape_.fan_in(layer)};
}

template <class Scalar>
std::span<Scalar> Network<Scalar>::bias(std::size_t layer) {
    const std::size_t width = shape_.widths[layer];
    return theta().subspan(shape_.offset(layer) + width * shape_.fan_in(layer), width);
}

template <class Scalar>
std::span<const Scalar> Network<Scalar>::bias(std::size_t layer) const {
    const std::size_t width = shape_.widths[layer];
    return theta().subspan(shape_.offset(layer) + width * shape_.fan_in(layer), width);
}

template <class Scalar>
void initialise(Network<Scalar>& network, std::uint64_t seed, double frequency_scale) {
    initialise_input_stage(network, seed, frequency_scale);
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const Random random(seed, RandomStream::initialise, static_cast<std::uint32_t>(i));
        const Draw draw = draw_of(network.shape(), i);
        const MatrixView<Scalar> weights = network.weights(i);
        for (std::size_t element = 0; element < weights.rows * weights.cols; ++element)
            weights.data[element] = static_cast<Scalar>(draw_weight(draw, random, element));
        for (Scalar& bias : network.bias(i)) bias = 0;
    }
}

template struct InputStage<float>;
template struct InputStage<const float>;
template struct InputStage<double>;
template struct InputStage<const double>;
template class Network<float>;
template class Network<double>;
template void initialise(Network<float>&, std::uint64_t, double);
template void initialise(Network<double>&, std::uint64_t, double);

}  // namespace thalweg
