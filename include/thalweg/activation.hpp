#pragma once

#include <span>

#include "thalweg/choice.hpp"

namespace thalweg {

/// The function g between pre-activation and activation of a hidden layer (theory.md, section 1).
enum class Activation {
    logistic,
    tanh,
    linear,
    relu,
    leaky_relu,
    elu,
    selu,
    silu,
    gelu,
    mish,
    softplus,
    sine
};

template <>
struct ChoiceTable<Activation> {
    static constexpr std::string_view noun = "activation";
    static constexpr std::pair<Activation, std::string_view> entries[] = {
        {Activation::logistic, "logistic"},
        {Activation::tanh, "tanh"},
        {Activation::linear, "linear"},
        {Activation::relu, "relu"},
        {Activation::leaky_relu, "leaky_relu"},
        {Activation::elu, "elu"},
        {Activation::selu, "selu"},
        {Activation::silu, "silu"},
        {Activation::gelu, "gelu"},
        {Activation::mish, "mish"},
        {Activation::softplus, "softplus"},
        {Activation::sine, "sine"},
    };
};

/// g(a). Finite for every finite a.
template <class Scalar>
Scalar activate(Activation activation, Scalar pre_activation);

/// g'(a), exact. At the kink of relu, leaky_relu: the derivative from the left.
template <class Scalar>
Scalar activation_derivative(Activation activation, Scalar pre_activation);

/// activations[j] = g(pre_activations[j]). Sizes are equal; the spans may be the same.
template <class Scalar>
void activate(Activation activation, std::span<const Scalar> pre_activations, std::span<Scalar> activations);

/// gradient[j] *= g'(a_j): from grad_h to grad_a (theory.md, section 3).
template <class Scalar>
void multiply_by_derivative(Activation activation, std::span<const Scalar> pre_activations,
                            std::span<Scalar> gradient);

}  // namespace thalweg
