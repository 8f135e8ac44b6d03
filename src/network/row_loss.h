#pragma once

#include <span>
#include <vector>

#include "thalweg/loss.hpp"

namespace thalweg {

/// The loss of one example and its gradient, in double.
/// logits: k; target: k (one-hot for classes, already smoothed); gradient: k, receives grad_{a_L}.
struct ExampleLoss {
    Output output;
    const LossFunction& function;
    double largest;           ///< where the exponential output is held (see saturated_exp)
    std::span<double> y_hat;  ///< k, scratch memory

    using Rule = double (*)(const ExampleLoss&, std::span<const double> logits,
                            std::span<const double> target, std::span<double> gradient);
    Rule rule = nullptr;

    double operator()(std::span<const double> logits, std::span<const double> target,
                      std::span<double> gradient) const {
        return rule(*this, logits, target, gradient);
    }
};

/// The rule for a pair of output and loss, or nullptr where they do not fit.
ExampleLoss::Rule rule_of(Output output, Loss loss);

/// The outputs that fit a loss.
std::vector<Output> outputs_for(Loss loss);

}  // namespace thalweg
