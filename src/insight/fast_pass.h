#pragma once

#include <vector>

#include "thalweg/network.hpp"

namespace thalweg {

/// What the plain pass computes, in float32 and by the engine's embeddings and matrix products: many times as
/// fast, and as exact as training is. Of an ensemble of members, the plain pass in float32.
Trace<float> fast_forward_propagation(const Network<float>& network, const Matrix<float>& inputs);
/// What layer 1 reads of the inputs before its scale, N x fan_in(1).
Matrix<float> fast_embed(const Network<float>& network, const Matrix<float>& inputs);
/// The rest of it from trace.embedded on, what layer 1 reads before its scale. Not of an ensemble.
void forward_from_layer_1(const Network<float>& network, Trace<float>& trace);

/// [i] is grad_{a_i}, 1 <= i <= L, from grad_{a_L}; [0] is grad_{h_0}, empty of an ensemble.
std::vector<Matrix<float>> fast_back_propagation(const Network<float>& network, const Trace<float>& trace,
                                                 Matrix<float> grad_logits);
/// grad_x, N x n_0, from grad_{h_0}: the way back through what stands before layer 1.
Matrix<float> fast_back_through_input_stage(const Network<float>& network, const Matrix<float>& inputs,
                                            Matrix<float> grad_h0);

}  // namespace thalweg
