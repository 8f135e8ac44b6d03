#pragma once

#include "thalweg/network.hpp"

namespace thalweg {

// What stands between x and layer 1, in the plain pass: the embeddings and the learned scale.

/// e, what layer 1 reads before its scale, N x fan_in(1): the kept inputs and every z. inputs: N x n_0.
template <class Scalar>
Matrix<Scalar> embed(const Network<Scalar>& network, const Matrix<Scalar>& inputs);

/// h_0 = s . e, whose last part, the categories' vectors, has no s; e itself without a scale.
template <class Scalar>
Matrix<Scalar> scale_inputs(const Network<Scalar>& network, const Matrix<Scalar>& embedded);

/// From grad_{h_0} (N x fan_in(1)) to the gradient of the stage's parameters, written into `gradient`, and
/// grad_x (N x n_0), which is returned.
template <class Scalar>
Matrix<Scalar> back_propagate_input_stage(const Network<Scalar>& network, const Trace<Scalar>& trace,
                                          const Matrix<Scalar>& grad_h0, Network<Scalar>& gradient);

}  // namespace thalweg
