#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "thalweg/loss.hpp"

namespace thalweg {

/// What a loss can be asked for: any finite value, a probability, a count, an amount above 0, ...
bool fits_loss(Loss loss, double target);
/// The same in words: "0 or more for poisson".
std::string_view target_range(Loss loss);

// The parts of a batch's mean loss, for a pass that shares the rows of a batch among threads.

/// Throws Error{usage} or Error{data} where the loss, the output, the sizes or a value do not fit.
template <class Scalar>
void check_targets(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                   const Targets<Scalar>& targets);

/// The sum of the example weights. Throws Error{data} for one below 0.
template <class Scalar>
double total_weight(const Targets<Scalar>& targets, std::size_t examples);

/// Writes rows first .. last of grad_logits (all views: the whole batch's) and of `weighted_loss`, each row's
/// share of the mean loss. What check_targets refuses is not checked again.
template <class Scalar>
void loss_gradient_of_rows(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                           const Targets<Scalar>& targets, double total_weight, std::size_t first,
                           std::size_t last, MatrixView<Scalar> grad_logits, std::span<double> weighted_loss);

}  // namespace thalweg
