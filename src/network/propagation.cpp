#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "network/dense_layer.h"
#include "network/input_stage.h"
#include "network/layer_matrix.h"
#include "network/members.h"
#include "thalweg/network.hpp"

namespace thalweg {
namespace {

// The plain pass: theory.md, sections 1 and 3, line by line.

template <class Scalar>
Matrix<Scalar> copy(MatrixView<const Scalar> from) {
    Matrix<Scalar> result = make_matrix<Scalar>(from.rows, from.cols);
    for (std::size_t n = 0; n < from.rows; ++n) std::ranges::copy(from.row(n), result.row(n).begin());
    return result;
}

/// h_i = g(a_i), or a_i + bend_i . (g(a_i) - a_i)
template <class Scalar>
Matrix<Scalar> activations_of(const Network<Scalar>& network, std::size_t layer,
                              const Matrix<Scalar>& pre_activations) {
    Matrix<Scalar> result = make_matrix<Scalar>(pre_activations.rows(), pre_activations.cols());
    activate<Scalar>(network.shape().activation, pre_activations.elements(), result.elements());
    const std::span<const Scalar> bend = network.layer(layer).bend;
    for (std::size_t n = 0; n < result.rows() && !bend.empty(); ++n)
        for (std::size_t p = 0; p < bend.size(); ++p) {
            const Scalar a = pre_activations(n, p);
            result(n, p) = a + bend[p] * (result(n, p) - a);
        }
    return result;
}

/// From grad_{h_i} to grad_{a_i} = grad_{h_i} . g'(a_i), in its place; where the neurons bend,
///     grad_bend = grad_{h_i} . (g(a_i) - a_i),  grad_{a_i} = grad_{h_i} . (1 + bend . (g'(a_i) - 1))
template <class Scalar>
void back_propagate_activations(const Network<Scalar>& network, std::size_t layer,
                                const Matrix<Scalar>& pre_activations, Matrix<Scalar>& grad,
                                std::span<Scalar> grad_bend) {
    const Activation g = network.shape().activation;
    if (grad_bend.empty())
        return multiply_by_derivative<Scalar>(g, pre_activations.elements(), grad.elements());
    const std::span<const Scalar> bend = network.layer(layer).bend;
    for (std::size_t p = 0; p < bend.size(); ++p) {
        double sum = 0.0;
        for (std::size_t n = 0; n < grad.rows(); ++n) {
            const Scalar a = pre_activations(n, p);
            sum += double{grad(n, p)} * (double{activate<Scalar>(g, a)} - double{a});
            grad(n, p) *= 1 + bend[p] * (activation_derivative<Scalar>(g, a) - 1);
        }
        grad_bend[p] = static_cast<Scalar>(sum);
    }
}

template <class Scalar>
Matrix<Scalar> output_of(Output output, const Matrix<Scalar>& logits) {
    Matrix<Scalar> result = make_matrix<Scalar>(logits.rows(), logits.cols());
    apply_output<Scalar>(output, logits.view(), result.view());
    return result;
}

/// a_i, for each example
template <class Scalar>
Matrix<Scalar> pre_activations_of(const Network<Scalar>& network, std::size_t layer,
                                  const Matrix<Scalar>& below) {
    if (network.shape().is_ensemble()) return member_pre_activations(network, layer, below);
    return affine<Scalar>(network.bias(layer), network.weights(layer), below);
}

/// From grad_{a_i} to the gradient of the layer's parameters, and grad_{h_{i-1}}, which is returned.
template <class Scalar>
Matrix<Scalar> back_propagate_layer(const Network<Scalar>& network, std::size_t layer,
                                    const Matrix<Scalar>& below, const Matrix<Scalar>& grad_a,
                                    Network<Scalar>& gradient) {
    if (network.shape().is_ensemble())
        return back_propagate_member_layer(network, layer, below, grad_a, gradient);
    sum_outer_products(grad_a, below, gradient.weights(layer));
    sum_rows(grad_a, gradient.bias(layer));
    return transposed_product(network.weights(layer), grad_a);
}

template <class Scalar>
void check_inputs(const Network<Scalar>& network, MatrixView<const Scalar> inputs) {
    if (network.shape().widths.empty())
        throw Error(ErrorKind::usage, "the network has no layers yet: give it a shape");
    if (inputs.cols != network.shape().inputs())
        throw Error(ErrorKind::data, fmt::format("the network has {} inputs, the examples have {}",
                                                 network.shape().inputs(), inputs.cols));
    if (inputs.rows % network.shape().members.count != 0)
        throw Error(ErrorKind::data, fmt::format("{} rows cannot be shared evenly by {} members", inputs.rows,
                                                 network.shape().members.count));
}

template <class Scalar>
void check_trace(const Network<Scalar>& network, const Trace<Scalar>& trace) {
    const std::size_t layers = network.shape().widths.empty() ? 0 : network.layers();
    bool fits =
        layers > 0 && trace.pre_activations.size() == layers && trace.activations.size() == layers + 1;
    for (std::size_t i = 0; fits && i <= layers; ++i)
        fits =
            trace.activations[i].cols() == (i == 0 ? network.shape().fan_in(1) : network.shape().widths[i]);
    if (fits && network.shape().has_input_stage())
        fits = trace.inputs.cols() == network.shape().inputs() &&
               trace.embedded.cols() == network.shape().fan_in(1);
    if (!fits)
        throw Error(ErrorKind::usage,
                    "the trace is not of this network: take the one that forward_propagation gave for it");
}

}  // namespace

template <class Scalar>
Trace<Scalar> forward_propagation(const Network<Scalar>& network, MatrixView<const Scalar> inputs) {
    check_inputs(network, inputs);
    const std::size_t L = network.layers();
    Trace<Scalar> trace;
    auto& a = trace.pre_activations;
    auto& h = trace.activations;

    if (network.shape().has_input_stage()) {
        trace.inputs = copy(inputs);
        trace.embedded = embed(network, trace.inputs);
        h.push_back(scale_inputs(network, trace.embedded));  // h_0 = s . [x; z]
    } else {
        h.push_back(copy(inputs));  // h_0 = x
    }
    for (std::size_t i = 1; i < L; ++i) {
        a.push_back(pre_activations_of(network, i, h[i - 1]));  // a_i = b_i + W_i h_{i-1}
        h.push_back(activations_of(network, i, a.back()));      // h_i = g(a_i)
    }
    a.push_back(pre_activations_of(network, L, h[L - 1]));     // a_L = b_L + W_L h_{L-1}
    h.push_back(output_of(network.shape().output, a.back()));  // y_hat = O(a_L)
    return trace;
}

template <class Scalar>
Gradient<Scalar> back_propagation(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                  const Targets<Scalar>& targets, const LossFunction& loss,
                                  bool with_input_gradient) {
    check_trace(network, trace);
    const Matrix<Scalar>& logits = trace.logits();
    Matrix<Scalar> grad_logits = make_matrix<Scalar>(logits.rows(), logits.cols());
    const double of_batch = loss_gradient<Scalar>(network.shape().output, loss, logits, targets, grad_logits);
    Gradient<Scalar> gradient = back_propagation(network, trace, std::move(grad_logits), with_input_gradient);
    gradient.loss = of_batch;
    return gradient;
}

template <class Scalar>
Gradient<Scalar> back_propagation(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                  Matrix<Scalar> grad_logits, bool with_input_gradient) {
    check_trace(network, trace);
    const std::size_t L = network.layers();
    const auto& a = trace.pre_activations;  // a[i-1] is a_i
    const auto& h = trace.activations;
    if (grad_logits.rows() != a[L - 1].rows() || grad_logits.cols() != a[L - 1].cols())
        throw Error(ErrorKind::data,
                    fmt::format("the gradient of the logits is {} x {}, the logits are {} x {}",
                                grad_logits.rows(), grad_logits.cols(), a[L - 1].rows(), a[L - 1].cols()));
    Gradient<Scalar> gradient;
    gradient.parameters = Network<Scalar>(network.shape());
    auto& grad_a = gradient.pre_activations;  // grad_a[i-1] is grad_{a_i}
    grad_a.resize(L);
    grad_a[L - 1] = std::move(grad_logits);
    Matrix<Scalar> grad_h0;
    for (std::size_t i = L; i >= 1; --i) {
        // grad_{W_i} = grad_{a_i} h_{i-1}^T,  grad_{b_i} = grad_{a_i},  grad_{h_{i-1}} = W_i^T grad_{a_i}
        Matrix<Scalar> grad_h =
            back_propagate_layer(network, i, h[i - 1], grad_a[i - 1], gradient.parameters);
        if (i == 1) {
            grad_h0 = std::move(grad_h);
            break;
        }
        // grad_{a_{i-1}} = grad_{h_{i-1}} . g'(a_{i-1})
        grad_a[i - 2] = std::move(grad_h);
        back_propagate_activations(network, i - 1, a[i - 2], grad_a[i - 2],
                                   gradient.parameters.layer(i - 1).bend);
    }
    if (network.shape().has_input_stage()) {
        Matrix<Scalar> grad_x = back_propagate_input_stage(network, trace, grad_h0, gradient.parameters);
        if (with_input_gradient) gradient.inputs = std::move(grad_x);
    } else if (with_input_gradient) {
        gradient.inputs = std::move(grad_h0);
    }
    return gradient;
}

#define THALWEG_INSTANTIATE(Scalar)                                                                          \
    template Trace<Scalar> forward_propagation(const Network<Scalar>&, MatrixView<const Scalar>);            \
    template Gradient<Scalar> back_propagation(const Network<Scalar>&, const Trace<Scalar>&,                 \
                                               const Targets<Scalar>&, const LossFunction&, bool);           \
    template Gradient<Scalar> back_propagation(const Network<Scalar>&, const Trace<Scalar>&, Matrix<Scalar>, \
                                               bool);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
