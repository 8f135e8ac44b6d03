#pragma once

#include <cstddef>
#include <span>

#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Values of the prediction of a row: two probabilities for two classes, otherwise one value for each output.
std::size_t prediction_size(const TargetCoder& coder);

/// From the logits of a row to what Predictions::values holds of it: real values in the targets' own units
/// (y_hat * scale + mean), probabilities of classes, or each target's probability of its second class. In
/// double; a probability near 0 has its full relative precision.
void predict_values(const TargetCoder& coder, Output output, std::span<const float> logits,
                    std::span<double> values);
/// The same for every row: rows x prediction_size.
Matrix<double> predicted_values(const TargetCoder& coder, Output output, MatrixView<const float> logits);

/// rows x 2: P(first class), P(second class) of one logistic output; each has its full relative precision.
Matrix<double> two_class_probabilities(MatrixView<const float> logits, std::size_t output);

}  // namespace thalweg
