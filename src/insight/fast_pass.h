#pragma once

#include <vector>

#include "thalweg/network.hpp"

namespace thalweg {

/// What the plain pass computes, in float32 and by the engine's matrix products: many times as fast, and as
/// exact as training is. Of an ensemble of members, the plain pass in float32.
Trace<float> fast_forward_propagation(const Network<float>& network, const Matrix<float>& inputs);
/// The rest of it from trace.embedded on, what layer 1 reads before its scale. Not of an ensemble.
void forward_from_layer_1(const Network<float>& network, Trace<float>& trace);

/// [i] is grad_{a_i}, 1 <= i <= L, from grad_{a_L}; [0] is grad_{h_0}, empty of an ensemble.
std::vector<Matrix<float>> fast_back_propagation(const Network<float>& network, const Trace<float>& trace,
                                                 Matrix<float> grad_logits);

}  // namespace thalweg
