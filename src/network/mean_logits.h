#pragma once

#include <span>

#include "thalweg/loss.hpp"

namespace thalweg {

/// The logits whose y_hat is the mean of several networks' y_hat, as many as of_networks holds logits of, one
/// network's after the other's. In double and in the order of the networks; means of probabilities are taken
/// of their logarithms, so that logits of +-1e4 lose nothing. Allocates only in a thread's first call.
void mean_logits(Output output, std::span<const float> of_networks, std::span<float> logits);

}  // namespace thalweg
