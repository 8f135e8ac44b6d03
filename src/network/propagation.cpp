#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "network/input_stage.h"
#include "network/layer_matrix.h"
#include "thalweg/network.hpp"

namespace thalweg {
namespace {

// The plain pass: theory.md, sections 1 and 3, line by line. Sums are taken in double, so that a float32
// network rounds once for each element and the pass can be the reference of everything faster.

template <class Scalar>
Matrix<Scalar> copy(MatrixView<const Scalar> from) {
    Matrix<Scalar> result = make_matrix<Scalar>(from.rows, from.cols);
    for (std::size_t n = 0; n < from.rows; ++n) std::ranges::copy(from.row(n), result.row(n).begin());
    return result;
}

/// b + W h, for each example
template <class Scalar>
Matrix<Scalar> affine(std::span<const Scalar> bias, MatrixView<const Scalar> weights,
                      const Matrix<Scalar>& below) {
    Matrix<Scalar> result = make_matrix<Scalar>(below.rows(), weights.rows);
    for (std::size_t n = 0; n < below.rows(); ++n) {
        for (std::size_t p = 0; p < weights.rows; ++p) {
            double sum = bias[p];
            for (std::size_t q = 0; q < weights.cols; ++q) sum += double{weights(p, q)} * double{below(n, q)};
            result(n, p) = static_cast<Scalar>(sum);
        }
    }
    return result;
}

template <class Scalar>
Matrix<Scalar> activations_of(Activation g, const Matrix<Scalar>& pre_activations) {
    Matrix<Scalar> result = make_matrix<Scalar>(pre_activations.rows(), pre_activations.cols());
    activate<Scalar>(g, pre_activations.elements(), result.elements());
    return result;
}

template <class Scalar>
Matrix<Scalar> output_of(Output output, const Matrix<Scalar>& logits) {
    Matrix<Scalar> result = make_matrix<Scalar>(logits.rows(), logits.cols());
    apply_output<Scalar>(output, logits.view(), result.view());
    return result;
}

/// grad_a h^T, summed over the examples: their gradients are those of the mean loss already.
template <class Scalar>
void sum_outer_products(const Matrix<Scalar>& grad_a, const Matrix<Scalar>& below,
                        MatrixView<Scalar> grad_weights) {
    std::vector<double> sums(below.cols());
    for (std::size_t p = 0; p < grad_a.cols(); ++p) {
        std::ranges::fill(sums, 0.0);
        for (std::size_t n = 0; n < grad_a.rows(); ++n)
            for (std::size_t q = 0; q < sums.size(); ++q)
                sums[q] += double{grad_a(n, p)} * double{below(n, q)};
        for (std::size_t q = 0; q < sums.size(); ++q) grad_weights(p, q) = static_cast<Scalar>(sums[q]);
    }
}

template <class Scalar>
void sum_rows(const Matrix<Scalar>& grad_a, std::span<Scalar> grad_bias) {
    for (std::size_t p = 0; p < grad_a.cols(); ++p) {
        double sum = 0.0;
        for (std::size_t n = 0; n < grad_a.rows(); ++n) sum += grad_a(n, p);
        grad_bias[p] = static_cast<Scalar>(sum);
    }
}

/// W^T grad_a, for each example: every path from a neuron below to the loss, summed.
template <class Scalar>
Matrix<Scalar> transposed_product(MatrixView<const Scalar> weights, const Matrix<Scalar>& grad_a) {
    Matrix<Scalar> result = make_matrix<Scalar>(grad_a.rows(), weights.cols);
    std::vector<double> sums(weights.cols);
    for (std::size_t n = 0; n < grad_a.rows(); ++n) {
        std::ranges::fill(sums, 0.0);
        for (std::size_t p = 0; p < weights.rows; ++p)
            for (std::size_t q = 0; q < sums.size(); ++q)
                sums[q] += double{weights(p, q)} * double{grad_a(n, p)};
        for (std::size_t q = 0; q < sums.size(); ++q) result(n, q) = static_cast<Scalar>(sums[q]);
    }
    return result;
}

template <class Scalar>
void check_inputs(const Network<Scalar>& network, MatrixView<const Scalar> inputs) {
    if (network.shape().widths.empty())
        throw Error(ErrorKind::usage, "the network has no layers yet: give it a shape");
    if (inputs.cols == network.shape().inputs()) return;
    throw Error(ErrorKind::data, fmt::format("the network has {} inputs, the examples have {}",
                                             network.shape().inputs(), inputs.cols));
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
        a.push_back(affine(network.bias(i), network.weights(i), h[i - 1]));  // a_i = b_i + W_i h_{i-1}
        h.push_back(activations_of(network.shape().activation, a.back()));   // h_i = g(a_i)
    }
    a.push_back(affine(network.bias(L), network.weights(L), h[L - 1]));  // a_L = b_L + W_L h_{L-1}
    h.push_back(output_of(network.shape().output, a.back()));            // y_hat = O(a_L)
    return trace;
}

template <class Scalar>
Gradient<Scalar> back_propagation(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                  const Targets<Scalar>& targets, const LossFunction& loss,
                                  bool with_input_gradient) {
    check_trace(network, trace);
    const std::size_t L = network.layers();
    const auto& a = trace.pre_activations;  // a[i-1] is a_i
    const auto& h = trace.activations;
    Gradient<Scalar> gradient;
    gradient.parameters = Network<Scalar>(network.shape());
    auto& grad_a = gradient.pre_activations;  // grad_a[i-1] is grad_{a_i}
    grad_a.resize(L);

    grad_a[L - 1] = make_matrix<Scalar>(trace.logits().rows(), trace.logits().cols());
    gradient.loss = loss_gradient<Scalar>(network.shape().output, loss, a[L - 1], targets, grad_a[L - 1]);
    for (std::size_t i = L; i >= 1; --i) {
        // grad_{W_i} = grad_{a_i} h_{i-1}^T,  grad_{b_i} = grad_{a_i}
        sum_outer_products(grad_a[i - 1], h[i - 1], gradient.parameters.weights(i));
        sum_rows(grad_a[i - 1], gradient.parameters.bias(i));
        if (i == 1) break;
        // grad_{h_{i-1}} = W_i^T grad_{a_i},  grad_{a_{i-1}} = grad_{h_{i-1}} . g'(a_{i-1})
        grad_a[i - 2] = transposed_product(network.weights(i), grad_a[i - 1]);
        multiply_by_derivative<Scalar>(network.shape().activation, a[i - 2].elements(),
                                       grad_a[i - 2].elements());
    }
    if (network.shape().has_input_stage()) {
        Matrix<Scalar> grad_x = back_propagate_input_stage(
            network, trace, transposed_product(network.weights(1), grad_a[0]), gradient.parameters);
        if (with_input_gradient) gradient.inputs = std::move(grad_x);
    } else if (with_input_gradient) {
        gradient.inputs = transposed_product(network.weights(1), grad_a[0]);
    }
    return gradient;
}

#define THALWEG_INSTANTIATE(Scalar)                                                               \
    template Trace<Scalar> forward_propagation(const Network<Scalar>&, MatrixView<const Scalar>); \
    template Gradient<Scalar> back_propagation(const Network<Scalar>&, const Trace<Scalar>&,      \
                                               const Targets<Scalar>&, const LossFunction&, bool);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
