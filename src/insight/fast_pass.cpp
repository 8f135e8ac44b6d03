#include "insight/fast_pass.h"

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

void forward_from_layer_1(const Network<float>& network, Trace<float>& trace) {
    trace.activations.push_back(network.shape().has_input_stage() ? scale_inputs(network, trace.embedded)
                                                                  : trace.embedded);
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        trace.pre_activations.push_back(pre_activations_of(network, i, trace.activations.back()));
        const Matrix<float>& a = trace.pre_activations.back();
        if (i < network.layers()) {
            trace.activations.push_back(activations_of(network, i, a));
        } else {
            trace.activations.emplace_back(a.rows(), a.cols());
            apply_output<float>(network.shape().output, a.view(), trace.activations.back().view());
        }
    }
}

Trace<float> fast_forward_propagation(const Network<float>& network, const Matrix<float>& inputs) {
    if (network.shape().is_ensemble()) return forward_propagation<float>(network, inputs);
    Trace<float> trace;
    trace.inputs = inputs;
    trace.embedded = network.shape().has_input_stage() ? embed(network, inputs) : inputs;
    forward_from_layer_1(network, trace);
    return trace;
}

std::vector<Matrix<float>> fast_back_propagation(const Network<float>& network, const Trace<float>& trace,
                                                 Matrix<float> grad_logits) {
    if (network.shape().is_ensemble()) {
        std::vector<Matrix<float>> grads =
            back_propagation(network, trace, std::move(grad_logits)).pre_activations;
        grads.emplace(grads.begin());
        return grads;
    }
    std::vector<Matrix<float>> grads(network.layers() + 1);
    grads.back() = std::move(grad_logits);
    for (std::size_t i = network.layers(); i >= 1; --i) {
        grads[i - 1] = back_through(network, i, grads[i]);
        if (i > 1)
            back_through_activations(network, i - 1, trace.pre_activations[i - 2], trace.activations[i - 1],
                                     grads[i - 1]);
    }
    return grads;
}

}  // namespace thalweg
