#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/evaluate.h"
#include "model/predicted_values.h"

namespace thalweg {

/// What decides how good a mean of networks is, a number for each row and target whose mean over networks is
/// that of their mean: for real values how far the prediction is off, in standard deviations of the target
/// that training saw; for classes the probability of the true one.
Matrix<double> evidence(const TargetCoder& coder, const PredictedValues& predicted, const Truth& truth);

/// How badly the mean of networks does: the mean square of what it is off by, or the mean surprise of the
/// true class. Rows of a class that the model does not know do not count.
double badness(Task task, std::span<const double> evidence);

/// Whether badness is what `loss` is about too: a network for the ninth decile is not the better one for
/// being near the mean.
bool selection_follows(Task task, Loss loss);

/// Picks, one after the other and as often as it helps most, the candidate that makes the mean of those
/// picked so far best, and returns how often each was picked up to the best mean that came by, in lowest
/// terms. The first of equals is picked. Source: Caruana et al. 2004, "Ensemble selection from libraries of
/// models" (forward selection with replacement).
std::vector<std::size_t> select_greedily(Task task, std::span<const Matrix<double>> candidates,
                                         std::size_t picks);

}  // namespace thalweg
