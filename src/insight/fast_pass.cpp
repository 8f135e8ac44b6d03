#include "insight/fast_pass.h"

#include <utility>

#include "engine/elementwise.h"
#include "engine/packed_input_stage.h"
#include "engine/periodic_embedding.h"
#include "engine/piecewise_embedding.h"
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

/// Memory of a pass through the angles of the periodic embedding.
struct Angles {
    Matrix<float> cosines, sines;

    Angles(const NetworkShape& shape, std::size_t rows)
        : cosines(rows, shape.periodic.angles()), sines(rows, shape.periodic.angles()) {}
    engine::PeriodicTrace trace() { return {cosines.view(), sines.view()}; }
};

void back_through_periodic(const Network<float>& network, const Matrix<float>& inputs,
                           MatrixView<const float> grad_z, MatrixView<float> grad_x) {
    const NetworkShape& shape = network.shape();
    Angles angles(shape, inputs.rows());
    engine::find_angles(shape.periodic, network.input_stage(), inputs, angles.trace());
    Matrix<float> grad_angles(inputs.rows(), shape.periodic.angles());
    engine::periodic_backward(shape.periodic, network.input_stage(), grad_z, angles.sines, grad_angles);
    engine::periodic_input_gradient(shape.periodic, network.input_stage(), grad_angles, grad_x);
}

void back_through_piecewise(const Network<float>& network, const Matrix<float>& inputs,
                            MatrixView<const float> grad_z, MatrixView<float> grad_x) {
    const PiecewiseEmbedding& embedding = network.shape().piecewise;
    engine::BinLines lines(embedding);
    engine::find_lines(embedding, network.input_stage(), {0, embedding.inputs.size()}, lines);
    engine::piecewise_input_gradient(embedding, lines, inputs, grad_z, grad_x);
}

}  // namespace

Matrix<float> fast_embed(const Network<float>& network, const Matrix<float>& inputs) {
    const NetworkShape& shape = network.shape();
    if (!shape.has_input_stage()) return inputs;
    PackedInputStage stage(shape);
    stage.pack(network.theta(), 0, 1);
    Matrix<float> embedded(inputs.rows(), shape.fan_in(1));
    stage.embed(inputs, Angles(shape, inputs.rows()).trace(), embedded);
    return embedded;
}

Matrix<float> fast_back_through_input_stage(const Network<float>& network, const Matrix<float>& inputs,
                                            Matrix<float> grad_h0) {
    const NetworkShape& shape = network.shape();
    if (!shape.has_input_stage()) return grad_h0;
    const Matrix<float> grad_e = scale_inputs(network, grad_h0);
    const std::vector<std::size_t> kept = shape.kept_inputs();
    Matrix<float> grad_x(grad_e.rows(), shape.inputs());
    for (std::size_t n = 0; n < grad_e.rows(); ++n)
        for (std::size_t q = 0; q < kept.size(); ++q) grad_x(n, kept[q]) = grad_e(n, q);
    const std::size_t periodic = kept.size(), piecewise = periodic + shape.periodic.width();
    back_through_periodic(network, inputs, grad_e.view().col_range(periodic, shape.periodic.width()), grad_x);
    back_through_piecewise(network, inputs, grad_e.view().col_range(piecewise, shape.piecewise.width()),
                           grad_x);
    return grad_x;
}

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
    trace.embedded = fast_embed(network, inputs);
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
