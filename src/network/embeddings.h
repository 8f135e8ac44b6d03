#pragma once

#include "thalweg/network.hpp"

namespace thalweg {

// The embeddings of the plain pass, one file each. There: z of all embedded inputs of one example, side by
// side, from its x. Back: from grad_z (N x width) to the gradient of the parameters, written into `gradient`,
// and what is added to grad_x (N x n_0).

template <class Scalar>
void embed_periodic(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z);
template <class Scalar>
void back_propagate_periodic(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                             MatrixView<const Scalar> grad_z, Network<Scalar>& gradient,
                             Matrix<Scalar>& grad_x);

template <class Scalar>
void embed_piecewise(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z);
template <class Scalar>
void back_propagate_piecewise(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                              MatrixView<const Scalar> grad_z, Network<Scalar>& gradient,
                              Matrix<Scalar>& grad_x);

/// A code has no gradient.
template <class Scalar>
void embed_categories(const Network<Scalar>& network, std::span<const Scalar> x, std::span<Scalar> z);
template <class Scalar>
void back_propagate_categories(const Network<Scalar>& network, const Matrix<Scalar>& inputs,
                               MatrixView<const Scalar> grad_z, Network<Scalar>& gradient);

}  // namespace thalweg
