#pragma once

#include <span>

#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/model.hpp"

namespace thalweg {

/// What a loss of real values has to say beside rmse, mae and r2, unweighted and in the target's own unit.
/// poisson, gamma, tweedie: deviance (the mean) and d2 (the share of the deviance from the mean that is
/// explained); mape: mape; quantile: pinball (the mean over levels) and for each level below_LEVEL, the share
/// of the values that are not above it. Others: nothing. Definitions are scikit-learn's. predictions: a
/// column for each level, else one. NaN where a value is none that the loss can take.
Metrics loss_metrics(const LossFunction& loss, std::span<const double> truth,
                     MatrixView<const double> predictions);

}  // namespace thalweg
