#include "insight/layer_health.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "insight/fast_pass.h"

namespace thalweg {
namespace {

/// A neuron whose slope is below this on every row learns nothing.
constexpr double kFlat = 1e-3;

/// g'(a), or that of a neuron that bends.
double slope(const Network<float>& network, std::size_t layer, std::size_t neuron, double a) {
    const double of_activation = activation_derivative<double>(network.shape().activation, a);
    if (!network.shape().bends(layer)) return of_activation;
    return 1.0 + double{network.layer(layer).bend[neuron]} * (of_activation - 1.0);
}

/// The share of a layer's neurons, each member's for itself, that are flat on every row.
double share_of_flat(const Network<float>& network, std::size_t layer, const Matrix<float>& a) {
    const std::size_t members = network.shape().members.count;
    std::size_t flat = 0;
    for (std::size_t m = 0; m < members; ++m)
        for (std::size_t p = 0; p < a.cols(); ++p) {
            bool always = true;
            for (std::size_t n = m; always && n < a.rows(); n += members)
                always = std::abs(slope(network, layer, p, a(n, p))) < kFlat;
            flat += always;
        }
    return static_cast<double>(flat) / static_cast<double>(members * a.cols());
}

double root_mean_square(std::span<const float> values) {
    double squares = 0.0;
    for (const float value : values) squares += double{value} * value;
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(values.size(), 1)));
}

}  // namespace

bool can_die(Activation activation) {
    switch (activation) {
        case Activation::relu:
        case Activation::silu:
        case Activation::gelu:
        case Activation::mish:
        case Activation::softplus:
            return true;
        default:
            return false;
    }
}

bool can_saturate(Activation activation) {
    switch (activation) {
        case Activation::logistic:
        case Activation::tanh:
        case Activation::elu:
        case Activation::selu:
            return true;
        default:
            return false;
    }
}

std::vector<LayerHealth> flat_neurons(const Network<float>& network, const Trace<float>& trace) {
    const Activation activation = network.shape().activation;
    std::vector<LayerHealth> health;
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        LayerHealth& layer = health.emplace_back();
        layer.layer = i;
        if (i < network.layers() && (can_die(activation) || can_saturate(activation)))
            (can_die(activation) ? layer.dead : layer.saturated) =
                share_of_flat(network, i, trace.pre_activations[i - 1]);
    }
    return health;
}

std::vector<LayerHealth> layer_health(const Network<float>& network, const PlainExamples& rows,
                                      const LossFunction& loss) {
    const PlainExamples all = for_each_member(rows, network.shape().members.count);
    return layer_health(network, fast_forward_propagation(network, in_float(all.inputs)), rows, loss);
}

std::vector<LayerHealth> layer_health(const Network<float>& network, const Trace<float>& trace,
                                      const PlainExamples& rows, const LossFunction& loss) {
    const PlainExamples all = for_each_member(rows, network.shape().members.count);
    const Matrix<float> values = in_float(all.values);
    Matrix<float> grad_logits(trace.logits().rows(), trace.logits().cols());
    loss_gradient<float>(network.shape().output, loss, trace.logits(), {values.view(), all.classes, {}},
                         grad_logits.view());
    const std::vector<Matrix<float>> grad_a = fast_back_propagation(network, trace, std::move(grad_logits));
    std::vector<LayerHealth> health = flat_neurons(network, trace);
    for (LayerHealth& layer : health) layer.gradient = root_mean_square(grad_a[layer.layer].elements());
    return health;
}

}  // namespace thalweg
