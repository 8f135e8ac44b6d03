#include "thalweg/network.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/memory.h"
#include "network/behind.h"
#include "network/input_stage_shape.h"

namespace thalweg {
namespace {

/// More parameters than any machine holds (4 TiB in float32): a slip of the keyboard, not a network.
constexpr double kMaxParameters = 0x1.0p40;

/// Parameters of layer i; in double, which has no overflow.
double layer_parameters(const NetworkShape& shape, std::size_t layer) {
    const auto width = static_cast<double>(shape.widths[layer]);
    const auto fan_in = static_cast<double>(shape.fan_in(layer));
    const auto members = static_cast<double>(shape.members.count);
    return width * (static_cast<double>(shape.weight_copies(layer)) * fan_in +
                    static_cast<double>(shape.bias_copies(layer))) +
           (shape.adapts_inputs(layer) ? members * fan_in : 0.0) +
           (shape.adapts_outputs(layer) ? members * width : 0.0) + (shape.bends(layer) ? width : 0.0);
}

[[noreturn]] void throw_too_large(const NetworkShape& shape, std::size_t layer) {
    const double bytes = layer_parameters(shape, layer) * sizeof(float);
    throw Error(ErrorKind::usage,
                fmt::format("layer {}: {} neurons above {} need {} of memory for their weights in float32; "
                            "make the layers narrower",
                            layer, shape.widths[layer], shape.fan_in(layer), memory_text(bytes)));
}

/// More members than this are a slip of the keyboard.
constexpr std::size_t kMostMembers = 4096;

void check_members(const Members& members, std::size_t layers) {
    if (members.count == 0 || members.count > kMostMembers)
        throw Error(ErrorKind::usage,
                    fmt::format("a network has between 1 and {} members: got {}; lower --members",
                                kMostMembers, members.count));
    if (members.count > 1 && layers < 2)
        throw Error(ErrorKind::usage,
                    "members share the weights of hidden layers, and this network has none: give it some "
                    "(--hidden), or leave --members out");
}

}  // namespace

std::size_t NetworkShape::fan_in(std::size_t layer) const {
    return layer == 1 ? kept() + periodic.width() + piecewise.width() + categories.width()
                      : widths[layer - 1];
}

bool NetworkShape::adapts_inputs(std::size_t layer) const {
    return is_ensemble() && layer < layers() && (members.adapters == Adapters::all || layer == 1);
}

bool NetworkShape::adapts_outputs(std::size_t layer) const {
    return is_ensemble() && layer < layers() && members.adapters == Adapters::all;
}

std::size_t NetworkShape::bias_copies(std::size_t layer) const {
    return layer == layers() || adapts_outputs(layer) ? members.count : 1;
}

std::size_t NetworkShape::weight_size(std::size_t layer) const {
    return weight_copies(layer) * widths[layer] * fan_in(layer);
}

std::size_t NetworkShape::offset(std::size_t layer) const {
    std::size_t parameters_before = input_stage_parameters(*this);
    for (std::size_t i = 1; i < layer; ++i) {
        parameters_before += weight_size(i) + bias_size(i);
        if (adapts_inputs(i)) parameters_before += members.count * fan_in(i);
        if (adapts_outputs(i)) parameters_before += members.count * widths[i];
        if (bends(i)) parameters_before += widths[i];
    }
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
    check_input_stage(*this);
    check_members(members, layers());
    auto parameters_so_far = static_cast<double>(input_stage_parameters(*this));
    for (std::size_t i = 1; i < widths.size(); ++i) {
        parameters_so_far += layer_parameters(*this, i);
        if (parameters_so_far > kMaxParameters) throw_too_large(*this, i);
    }
}

template <class Scalar>
LayerParameters<Scalar>::LayerParameters(const NetworkShape& shape, std::size_t layer, Scalar* theta) {
    const std::size_t width = shape.widths[layer], fan_in = shape.fan_in(layer);
    weights = {behind(theta, shape.offset(layer)), shape.weight_copies(layer) * width, fan_in};
    bias = {behind(weights.data, shape.weight_size(layer)), shape.bias_size(layer)};
    input_adapter = {behind(bias.data(), bias.size()), shape.adapts_inputs(layer) ? shape.members.count : 0,
                     fan_in};
    output_adapter = {behind(input_adapter.data, input_adapter.rows * fan_in),
                      shape.adapts_outputs(layer) ? shape.members.count : 0, width};
    bend = {behind(output_adapter.data, output_adapter.rows * width), shape.bends(layer) ? width : 0};
}

template <class Scalar>
Network<Scalar>::Network(NetworkShape shape) : shape_(std::move(shape)) {
    shape_.check();
    const std::size_t parameters = shape_.parameters();
    theta_ = with_memory(fmt::format("a network of {} parameters", parameters),
                         static_cast<double>(parameters) * sizeof(Scalar),
                         [&] { return AlignedVector<Scalar>(parameters); });
}

template struct LayerParameters<float>;
template struct LayerParameters<const float>;
template struct LayerParameters<double>;
template struct LayerParameters<const double>;
template class Network<float>;
template class Network<double>;

}  // namespace thalweg
