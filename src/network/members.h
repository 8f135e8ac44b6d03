#pragma once

#include "thalweg/network.hpp"

namespace thalweg {

// A layer of an ensemble (see Members) in the plain pass: row n of every matrix is that of member n mod k.

/// a_i = s_i . (W_i (r_i . h_{i-1})) + b_i, with what each member has of its own.
template <class Scalar>
Matrix<Scalar> member_pre_activations(const Network<Scalar>& network, std::size_t layer,
                                      const Matrix<Scalar>& below);

/// From grad_{a_i} to the gradient of the layer's parameters, written into `gradient`, and grad_{h_{i-1}},
/// which is returned:
///     grad_{b_i} = grad_{a_i},  grad_{s_i} = grad_{a_i} . u_i,  grad_{u_i} = s_i . grad_{a_i}
///     grad_{W_i} = grad_{u_i} z_i^T,  grad_{z_i} = W_i^T grad_{u_i}
///     grad_{r_i} = grad_{z_i} . h_{i-1},  grad_{h_{i-1}} = r_i . grad_{z_i}
/// with z_i = r_i . h_{i-1} and u_i = W_i z_i; each sum goes over the rows of those who share the parameter.
template <class Scalar>
Matrix<Scalar> back_propagate_member_layer(const Network<Scalar>& network, std::size_t layer,
                                           const Matrix<Scalar>& below, const Matrix<Scalar>& grad_a,
                                           Network<Scalar>& gradient);

}  // namespace thalweg
