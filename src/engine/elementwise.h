#pragma once

#include <span>

#include "thalweg/activation.hpp"

namespace thalweg::engine {

/// activations[j] = g(pre_activations[j]) by our own polynomials, never libm's: the same bits on every
/// machine, within a few units in the last place of the exact value. Sizes are equal; the spans may be the
/// same.
void activate(Activation activation, std::span<const float> pre_activations, std::span<float> activations);

/// gradient[j] *= g'(a_j): from grad_h to grad_a (theory.md, section 3).
void multiply_by_derivative(Activation activation, std::span<const float> pre_activations,
                            std::span<float> gradient);

}  // namespace thalweg::engine
