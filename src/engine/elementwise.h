#pragma once

#include <span>

#include "thalweg/activation.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::engine {

/// activations[j] = g(pre_activations[j]) by our own polynomials, never libm's: the same bits on every
/// machine, within a few units in the last place of the exact value. Sizes are equal; the spans may be the
/// same.
void activate(Activation activation, std::span<const float> pre_activations, std::span<float> activations);

/// True where g'(a) is told by h = g(a) alone, exactly and cheaply: then h may overwrite a.
bool derivative_from_activation(Activation activation);

/// gradient[j] *= g'(a_j): from grad_h to grad_a (theory.md, section 3). `kept`: the h_j where
/// derivative_from_activation, else the a_j.
void multiply_by_derivative(Activation activation, std::span<const float> kept, std::span<float> gradient);

/// activations(n) = a(n) + bend . (g(a(n)) - a(n)), for every row n; may be the same memory.
void bend(Activation activation, MatrixView<const float> pre_activations, std::span<const float> bend,
          MatrixView<float> activations);

/// The way back: grad_bend += grad_h . (g(a) - a), row by row in their order, and from grad_h to grad_a in
/// its place.
void bend_backward(Activation activation, MatrixView<const float> pre_activations,
                   std::span<const float> bend, MatrixView<float> gradient, std::span<float> grad_bend);

/// sums[j] = sum over the rows, in their order, of column j: grad_b from grad_a.
void sum_rows(MatrixView<const float> values, std::span<float> sums);

/// cos and sin of 2 pi f_k x + p_k for the number x of each row (a matrix of one column).
void cosines_and_sines(MatrixView<const float> x, std::span<const float> frequencies,
                       std::span<const float> phases, MatrixView<float> cosines, MatrixView<float> sines);

}  // namespace thalweg::engine
