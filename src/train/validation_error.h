#pragma once

#include <span>

#include "thalweg/loss.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// The weighted mean over examples of what KeepBy::error compares. With cross_entropy 1 where the highest
/// logit is that of another class; with binary_cross_entropy the share of outputs on the wrong side of 1/2;
/// otherwise the squared error of y_hat, brought within `bounds` (of each output; empty: none), summed over
/// outputs. 0 where all weights are 0.
double mean_error(Output output, Loss loss, MatrixView<const float> logits, const Targets<float>& targets,
                  std::span<const Bounds> bounds);

}  // namespace thalweg
