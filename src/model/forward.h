#pragma once

#include "thalweg/dataset.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// The logits of every row of a dataset, rows x outputs, by the fast pass in batches. A row's bits do not
/// depend on the rows around it. Throws Error{io} if memory cannot be had.
Matrix<float> dataset_logits(const Network<float>& network, const LossFunction& loss, const Dataset& dataset,
                             int threads);

/// y_hat in the targets' own units: real values as y_hat * scale + mean, in double.
Matrix<double> real_values(Output output, MatrixView<const float> logits,
                           std::span<const TargetPlan> targets);

/// rows x 2: P(first class), P(second class) of one logistic output; each has its full relative precision.
Matrix<double> two_class_probabilities(MatrixView<const float> logits, std::size_t output);

/// rows x classes, each row adding up to 1: softmax, or logistic outputs divided by their sum.
Matrix<double> class_probabilities(Output output, MatrixView<const float> logits);

}  // namespace thalweg
