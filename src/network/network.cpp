#include "thalweg/network.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "core/memory.h"
#include "core/random.h"

namespace thalweg {
namespace {

/// More parameters than any machine holds (4 TiB in float32): a slip of the keyboard, not a network.
constexpr double kMaxParameters = 0x1.0p40;

/// Parameters of layer i; in double, which has no overflow.
double layer_parameters(const std::vector<std::size_t>& widths, std::size_t layer) {
    return static_cast<double>(widths[layer]) * (static_cast<double>(widths[layer - 1]) + 1.0);
}

[[noreturn]] void throw_too_large(const std::vector<std::size_t>& widths, std::size_t layer) {
    const double bytes = layer_parameters(widths, layer) * sizeof(float);
    throw Error(ErrorKind::usage,
                fmt::format("layer {}: {} neurons above {} need {} of memory for their weights in float32; "
                            "make the layers narrower",
                            layer, widths[layer], widths[layer - 1], memory_text(bytes)));
}

/// How a layer's weights are drawn. `deviation` is that of the weights.
struct Draw {
    bool normal;
    double deviation;
};

/// He et al. 2015 for activations that lose the left half of their input; Glorot and Bengio 2010 (uniform)
/// for those that are linear around 0; LeCun et al. 1998 for selu (Klambauer et al. 2017) and the output.
Draw draw_of(const NetworkShape& shape, std::size_t layer) {
    const auto fan_in = static_cast<double>(shape.widths[layer - 1]);
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

/// Element `index` of a layer's weights. A uniform number on (-1, 1) has deviation 1/sqrt(3).
double draw_weight(const Draw& draw, const Random& random, std::uint64_t index) {
    if (draw.normal) return draw.deviation * random.normal(index);
    return draw.deviation * std::sqrt(3.0) * (2.0 * random.uniform(index) - 1.0);
}

}  // namespace

std::size_t NetworkShape::offset(std::size_t layer) const {
    std::size_t parameters_before = 0;
    for (std::size_t i = 1; i < layer; ++i) parameters_before += widths[i] * (widths[i - 1] + 1);
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
    double parameters_so_far = 0.0;
    for (std::size_t i = 1; i < widths.size(); ++i) {
        parameters_so_far += layer_parameters(widths, i);
        if (parameters_so_far > kMaxParameters) throw_too_large(widths, i);
    }
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
    return {theta_.data() + shape_.offset(layer), shape_.widths[layer], shape_.widths[layer - 1]};
}

template <class Scalar>
MatrixView<const Scalar> Network<Scalar>::weights(std::size_t layer) const {
    return {theta_.data() + shape_.offset(layer), shape_.widths[layer], shape_.widths[layer - 1]};
}

template <class Scalar>
std::span<Scalar> Network<Scalar>::bias(std::size_t layer) {
    const std::size_t width = shape_.widths[layer];
    return theta().subspan(shape_.offset(layer) + width * shape_.widths[layer - 1], width);
}

template <class Scalar>
std::span<const Scalar> Network<Scalar>::bias(std::size_t layer) const {
    const std::size_t width = shape_.widths[layer];
    return theta().subspan(shape_.offset(layer) + width * shape_.widths[layer - 1], width);
}

template <class Scalar>
void initialise(Network<Scalar>& network, std::uint64_t seed) {
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const Random random(seed, RandomStream::initialise, static_cast<std::uint32_t>(i));
        const Draw draw = draw_of(network.shape(), i);
        const MatrixView<Scalar> weights = network.weights(i);
        for (std::size_t element = 0; element < weights.rows * weights.cols; ++element)
            weights.data[element] = static_cast<Scalar>(draw_weight(draw, random, element));
        for (Scalar& bias : network.bias(i)) bias = 0;
    }
}

template class Network<float>;
template class Network<double>;
template void initialise(Network<float>&, std::uint64_t);
template void initialise(Network<double>&, std::uint64_t);

}  // namespace thalweg
