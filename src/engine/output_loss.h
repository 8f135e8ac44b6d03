#pragma once

#include <cstddef>
#include <span>

#include "thalweg/loss.hpp"

namespace thalweg::engine {

/// The loss of some rows of a batch and grad_{a_L}, from the logits.
struct OutputLoss {
    Output output;
    const LossFunction& loss;
    MatrixView<const float> logits;   ///< of the whole batch
    const Targets<float>& targets;    ///< of the whole batch, checked
    double total_weight;              ///< of the whole batch
    MatrixView<float> grad_logits;    ///< of the whole batch
    std::span<double> weighted_loss;  ///< a value for each row of the batch: its share of the mean loss
};

/// Writes rows first_row .. last_row of the gradient and of weighted_loss. The pairs that nearly every
/// network has (softmax with cross_entropy, logistic with binary_cross_entropy, linear with squared_error)
/// are computed here, a lane of a vector for each row; the rest as src/network/ does.
void loss_of_rows(const OutputLoss& work, std::size_t first_row, std::size_t last_row);

}  // namespace thalweg::engine
