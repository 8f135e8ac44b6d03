#include "insight/plain_network.h"

#include <fmt/format.h>

#include <algorithm>

namespace thalweg {

Network<double> in_double(const Network<float>& network) {
    Network<double> result(network.shape());
    std::ranges::copy(network.theta(), result.theta().begin());
    return result;
}

Network<float> in_float(const Network<double>& network) {
    Network<float> result(network.shape());
    std::ranges::transform(network.theta(), result.theta().begin(),
                           [](double parameter) { return static_cast<float>(parameter); });
    return result;
}

Network<double> member_alone(const Network<float>& network, std::size_t m) {
    const NetworkShape& shape = network.shape();
    NetworkShape alone = shape;
    alone.members = {};
    Network<double> result(alone);
    std::ranges::copy(network.theta().first(shape.offset(1)), result.theta().begin());
    for (std::size_t i = 1; i <= shape.layers(); ++i) {
        const LayerParameters<const float> of_all = network.layer(i);
        const std::size_t width = shape.widths[i];
        const std::size_t first_weights = shape.weight_copies(i) == 1 ? 0 : m * width;
        const std::size_t first_bias = shape.bias_copies(i) == 1 ? 0 : m * width;
        for (std::size_t p = 0; p < width; ++p) {
            const double s = of_all.output_adapter.rows == 0 ? 1.0 : of_all.output_adapter(m, p);
            for (std::size_t q = 0; q < shape.fan_in(i); ++q) {
                const double r = of_all.input_adapter.rows == 0 ? 1.0 : of_all.input_adapter(m, q);
                result.weights(i)(p, q) = s * of_all.weights(first_weights + p, q) * r;
            }
            result.bias(i)[p] = of_all.bias[first_bias + p];
        }
        std::ranges::copy(of_all.bend, result.layer(i).bend.begin());
    }
    return result;
}

std::size_t count_networks(const Model& model) {
    std::size_t count = 0;
    for (const ModelNetwork& one : model.networks()) count += one.network.shape().members.count;
    return count;
}

std::string member_text(const Model& model, std::size_t number) {
    std::size_t before = 0;
    for (const ModelNetwork& one : model.networks()) {
        const std::size_t members = one.network.shape().members.count;
        if (number > before && number <= before + members)
            return members == 1
                       ? ""
                       : fmt::format("member {} of {}, its factors r and s in W", number - before, members);
        before += members;
    }
    return "";
}

Network<double> network_alone(const Model& model, std::size_t number) {
    std::size_t before = 0;
    for (const ModelNetwork& one : model.networks()) {
        const std::size_t members = one.network.shape().members.count;
        if (number > before && number <= before + members)
            return member_alone(one.network, number - before - 1);
        before += members;
    }
    throw Error(ErrorKind::usage, fmt::format("--network {}: the model has {} network{}, counted from 1",
                                              number, before, before == 1 ? "" : "s"));
}

}  // namespace thalweg
