#include "insight/weight_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace thalweg {
namespace {

/// The error of a central difference is h^2 times a third derivative, and 1e-16/h by rounding.
constexpr double kStep = 1e-5;

void check_place(const NetworkShape& shape, const WeightPlace& place) {
    if (place.layer < 1 || place.layer > shape.layers())
        throw Error(ErrorKind::usage, fmt::format("--weight {},{},{}: the network has layers 1 to {}",
                                                  place.layer, place.p, place.q, shape.layers()));
    const std::size_t width = shape.widths[place.layer], fan_in = shape.fan_in(place.layer);
    if (place.p < 1 || place.p > width || place.q > fan_in)
        throw Error(ErrorKind::usage,
                    fmt::format("--weight {},{},{}: W_{} is {} x {}, so p is 1 to {} and q is 1 to {} "
                                "(0: the bias)",
                                place.layer, place.p, place.q, place.layer, width, fan_in, width, fan_in));
}

double& parameter_at(Network<double>& network, const WeightPlace& place) {
    if (place.q == 0) return network.bias(place.layer)[place.p - 1];
    return network.weights(place.layer)(place.p - 1, place.q - 1);
}

double loss_of(const Explanation& explanation, const Network<double>& network) {
    const Trace<double> trace = forward_propagation<double>(network, explanation.example.inputs);
    return mean_loss<double>(network.shape().output, explanation.loss, trace.logits(),
                             explanation.example.targets());
}

double central_difference(const Explanation& explanation, const WeightPlace& place) {
    Network<double> moved = explanation.network;
    double& weight = parameter_at(moved, place);
    const double here = weight;
    weight = here + kStep;
    const double above = loss_of(explanation, moved);
    weight = here - kStep;
    return (above - loss_of(explanation, moved)) / (2.0 * kStep);
}

double derivative_at(const Explanation& explanation, std::size_t layer, std::size_t neuron) {
    const double slope = activation_derivative(explanation.shape().activation,
                                               explanation.trace.pre_activations[layer - 1](0, neuron - 1));
    if (!explanation.shape().bends(layer)) return slope;
    return 1.0 + explanation.network.layer(layer).bend[neuron - 1] * (slope - 1.0);
}

/// Walks from the outputs down to neuron p of the weight's layer and keeps every path.
class PathFinder {
  public:
    PathFinder(const Explanation& explanation, WeightStory& story)
        : explanation_(explanation), story_(story) {}

    void find() {
        const Matrix<double>& grad = explanation_.gradient->pre_activations.back();
        for (std::size_t output = 1; output <= explanation_.shape().outputs(); ++output) {
            if (story_.place.layer == explanation_.layers() && output != story_.place.p) continue;
            descend({{output}, {grad(0, output - 1)}, 1.0}, explanation_.layers());
        }
    }

  private:
    void descend(const WeightPath& path, std::size_t layer) {
        if (layer == story_.place.layer) return end(path);
        const std::size_t above = path.neurons.back();
        for (std::size_t below = 1; below <= explanation_.shape().widths[layer - 1]; ++below) {
            if (layer - 1 == story_.place.layer && below != story_.place.p) continue;
            WeightPath longer = path;
            longer.neurons.push_back(below);
            longer.factors.push_back(explanation_.network.weights(layer)(above - 1, below - 1));
            longer.factors.push_back(derivative_at(explanation_, layer - 1, below));
            descend(longer, layer - 1);
        }
    }

    void end(WeightPath path) {
        path.factors.push_back(story_.input);
        for (const double factor : path.factors) path.product *= factor;
        story_.paths.push_back(std::move(path));
    }

    const Explanation& explanation_;
    WeightStory& story_;
};

/// The product of the widths from the layer above the weight's to the output.
double count_paths(const NetworkShape& shape, std::size_t layer) {
    double count = 1.0;
    for (std::size_t i = layer + 1; i <= shape.layers(); ++i) count *= static_cast<double>(shape.widths[i]);
    return count;
}

std::vector<WeightTerm> terms_above(const Explanation& explanation, const WeightPlace& place) {
    std::vector<WeightTerm> terms;
    if (place.layer == explanation.layers()) return terms;
    const Matrix<double>& grad = explanation.gradient->pre_activations[place.layer];
    for (std::size_t r = 0; r < grad.cols(); ++r)
        terms.push_back({r + 1, explanation.network.weights(place.layer + 1)(r, place.p - 1), grad(0, r)});
    std::ranges::stable_sort(terms, std::ranges::greater{},
                             [](const WeightTerm& term) { return std::abs(term.product()); });
    return terms;
}

}  // namespace

WeightPlace parse_weight_place(std::string_view text) {
    std::size_t numbers[3] = {};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < 3; ++i) {
        const auto [next, error] = std::from_chars(at, end, numbers[i]);
        const bool followed = i < 2 ? next != end && *next == ',' : next == end;
        if (error != std::errc{} || !followed)
            throw Error(ErrorKind::usage,
                        fmt::format("--weight must be a layer, the neuron in it and the neuron below it, as "
                                    "in 2,1,3; not '{}'",
                                    text));
        at = next + 1;
    }
    return {numbers[0], numbers[1], numbers[2]};
}

std::string WeightStory::name() const {
    return is_bias() ? fmt::format("b_{},{}", place.layer, place.p)
                     : fmt::format("w_{},{},{}", place.layer, place.p, place.q);
}

WeightStory tell_weight(const Explanation& explanation, const WeightPlace& place) {
    check_place(explanation.shape(), place);
    if (!explanation.gradient)
        throw Error(ErrorKind::usage,
                    "--weight tells of the loss, which needs the row's target, and the data has none");
    WeightStory story;
    story.place = place;
    Network<double> parameters = explanation.network, gradients = explanation.gradient->parameters;
    story.value = parameter_at(parameters, place);
    story.gradient = parameter_at(gradients, place);
    if (!story.is_bias()) story.input = explanation.trace.activations[place.layer - 1](0, place.q - 1);
    story.grad_a = explanation.gradient->pre_activations[place.layer - 1](0, place.p - 1);
    if (place.layer < explanation.layers())
        story.derivative = derivative_at(explanation, place.layer, place.p);
    story.step = kStep;
    story.difference = central_difference(explanation, place);
    story.path_count = count_paths(explanation.shape(), place.layer);
    story.terms = terms_above(explanation, place);
    if (story.path_count <= kMostPaths) PathFinder(explanation, story).find();
    return story;
}

}  // namespace thalweg
