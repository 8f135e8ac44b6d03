#include "insight/input_gradient.h"

#include <algorithm>
#include <utility>

#include "engine/elementwise.h"
#include "engine/product.h"
#include "network/input_stage.h"
#include "network/output.h"

namespace thalweg {
namespace {

/// b + h W^T
Matrix<float> pre_activations_of(const Network<float>& network, std::size_t layer,
                                 const Matrix<float>& below) {
    const MatrixView<const float> weights = network.weights(layer);
    Matrix<float> a(below.rows(), weights.rows);
    multiply({.rows = a.rows(),
              .depth = weights.cols,
              .cols = weights.rows,
              .a = below.elements().data(),
              .a_row = below.cols(),
              .a_col = 1,
              .b = weights.data,
              .b_row = 1,
              .b_col = weights.cols,
              .c = a.elements().data(),
              .c_stride = a.cols(),
              .bias = network.bias(layer).data()});
    return a;
}

/// grad_a W
Matrix<float> back_through(const Network<float>& network, std::size_t layer, const Matrix<float>& grad_a) {
    const MatrixView<const float> weights = network.weights(layer);
    Matrix<float> grad_h(grad_a.rows(), weights.cols);
    multiply({.rows = grad_a.rows(),
              .depth = weights.rows,
              .cols = weights.cols,
              .a = grad_a.elements().data(),
              .a_row = grad_a.cols(),
              .a_col = 1,
              .b = weights.data,
              .b_row = weights.cols,
              .b_col = 1,
              .c = grad_h.elements().data(),
              .c_stride = grad_h.cols()});
    return grad_h;
}

Matrix<float> activations_of(const Network<float>& network, std::size_t layer, const Matrix<float>& a) {
    Matrix<float> h(a.rows(), a.cols());
    const std::span<const float> bend = network.layer(layer).bend;
    if (bend.empty())
        engine::activate(network.shape().activation, a.elements(), h.elements());
    else
        engine::bend(network.shape().activation, a.view(), bend, h.view());
    return h;
}

/// From grad_h to grad_a, in its place.
void back_through_activations(const Network<float>& network, std::size_t layer, const Matrix<float>& a,
                              const Matrix<float>& h, Matrix<float>& grad) {
    const Activation activation = network.shape().activation;
    const std::span<const float> bend = network.layer(layer).bend;
    if (!bend.empty()) {
        std::vector<float> of_bends(bend.size());
        return engine::bend_backward(activation, a.view(), bend, grad.view(), of_bends);
    }
    const Matrix<float>& kept = engine::derivative_from_activation(activation) ? h : a;
    engine::multiply_by_derivative(activation, kept.elements(), grad.elements());
}

}  // namespace

Trace<float> InputGradient::forward(const Matrix<float>& inputs) const {
    Trace<float> trace;
    trace.inputs = inputs;
    trace.embedded = embedded(inputs);
    forward_layers(trace);
    return trace;
}

Matrix<float> InputGradient::embedded(const Matrix<float>& inputs) const {
    return network_.shape().has_input_stage() ? embed(network_, inputs) : inputs;
}

/// From what layer 1 reads.
void InputGradient::forward_layers(Trace<float>& trace) const {
    trace.activations.push_back(network_.shape().has_input_stage() ? scale_inputs(network_, trace.embedded)
                                                                   : trace.embedded);
    for (std::size_t i = 1; i <= network_.layers(); ++i) {
        trace.pre_activations.push_back(pre_activations_of(network_, i, trace.activations.back()));
        const Matrix<float>& a = trace.pre_activations.back();
        if (i < network_.layers()) {
            trace.activations.push_back(activations_of(network_, i, a));
        } else {
            trace.activations.emplace_back(a.rows(), a.cols());
            apply_output<float>(network_.shape().output, a.view(), trace.activations.back().view());
        }
    }
}

Matrix<float> InputGradient::y_hat(const Matrix<float>& inputs) const {
    return std::move(forward(inputs).activations.back());
}

/// grad_{h_0}
Matrix<float> InputGradient::back_to_layer_1(const Trace<float>& trace, std::size_t output) const {
    Matrix<float> grad(trace.embedded.rows(), network_.shape().outputs());
    std::vector<double> of_row(grad.cols()), logits(grad.cols()), y_hat(grad.cols());
    for (std::size_t n = 0; n < grad.rows(); ++n) {
        std::ranges::copy(trace.logits().row(n), logits.begin());
        std::ranges::copy(trace.y_hat().row(n), y_hat.begin());
        std::ranges::fill(of_row, 0.0);
        of_row[output] = 1.0;
        back_through_output(network_.shape().output, std::span<const double>(logits),
                            std::span<const double>(y_hat), std::span<double>(of_row));
        std::ranges::transform(of_row, grad.row(n).begin(), [](double g) { return static_cast<float>(g); });
    }
    for (std::size_t i = network_.layers(); i >= 1; --i) {
        grad = back_through(network_, i, grad);
        if (i > 1)
            back_through_activations(network_, i - 1, trace.pre_activations[i - 2], trace.activations[i - 1],
                                     grad);
    }
    return grad;
}

Matrix<float> InputGradient::of(const Matrix<float>& inputs, std::size_t output) const {
    const Trace<float> trace = forward(inputs);
    Matrix<float> grad = back_to_layer_1(trace, output);
    if (!network_.shape().has_input_stage()) return grad;
    Network<float> unused(network_.shape());
    return back_propagate_input_stage(network_, trace, grad, unused);
}

Matrix<float> InputGradient::of_embedded(const Matrix<float>& embedded, std::size_t output) const {
    Trace<float> trace;
    trace.embedded = embedded;
    forward_layers(trace);
    Matrix<float> grad = back_to_layer_1(trace, output);
    return network_.shape().has_input_stage() ? scale_inputs(network_, grad) : std::move(grad);
}

}  // namespace thalweg
