#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "thalweg/matrix.hpp"
#include "thalweg/model.hpp"

namespace thalweg {

// The metrics of design.md, section 4, each in double and unweighted. One that the rows do not define (auc
// where all are of one class, r2 where all targets are equal) is NaN, which JSON shows as null. Definitions
// are scikit-learn's.

/// The true class of a row, where the model does not know it.
inline constexpr std::uint32_t kUnknownClass = std::numeric_limits<std::uint32_t>::max();

/// rmse, mae, r2. Spans of equal length, not empty.
Metrics regression_metrics(std::span<const double> truth, std::span<const double> prediction);

/// accuracy, auc, log_loss, f1, brier, from rows x 2 probabilities; the second class is the positive one and
/// is predicted where it is the likelier. A row whose class is unknown counts as wrong in accuracy and f1;
/// the other metrics, which need a probability of the true class, leave it out.
Metrics binary_metrics(std::span<const std::uint32_t> truth, MatrixView<const double> probabilities);

/// accuracy, log_loss, macro_f1 from rows x classes probabilities; the prediction is the largest, the first
/// of equals. Unknown classes: `unknown_classes` different ones, each a class with an f1 of 0; log_loss
/// leaves their rows out.
Metrics multiclass_metrics(std::span<const std::uint32_t> truth, MatrixView<const double> probabilities,
                           std::size_t unknown_classes = 0);

/// How far the probability of the predicted class is from the share of rows in which it is right, in fifteen
/// equal bins of that probability, each weighed by its rows (Guo et al. 2017). Rows of unknown classes count
/// as wrong.
double expected_calibration_error(std::span<const std::uint32_t> truth,
                                  MatrixView<const double> probabilities);

/// Each metric's mean over the targets, those that are NaN left out.
Metrics mean_of(std::span<const Metrics> targets);

/// The area under the ROC curve: the chance that a row of class 1 is ranked above one of class 0, ties half
/// (Mann-Whitney). Exact: ranks are counted, not summed up in pieces.
double area_under_curve(std::span<const std::uint32_t> truth, std::span<const double> score);

/// -log(probability), held finite where it would not be: a probability of 0 counts as the least normal
/// double, 708.4 nats.
double surprise(double probability);

}  // namespace thalweg
