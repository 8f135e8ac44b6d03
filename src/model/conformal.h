#pragma once

#include <span>
#include <vector>

#include "model/evaluate.h"
#include "thalweg/matrix.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

// Split-conformal intervals (Vovk et al. 2005; Lei et al. 2018), and where the network has several levels of
// quantiles conformalized quantile regression (Romano et al. 2019).

/// Of each target, ascending: how far each held-out value was from the prediction; with levels of quantiles,
/// how far outside of the lowest and the highest (below 0: inside). values: as in Predictions::values.
/// Rounded up to float, which never makes an interval too narrow.
std::vector<std::vector<float>> conformity_scores(const TargetCoder& coder, MatrixView<const double> values,
                                                  const Truth& truth);

/// The k-th smallest score with k = ceil((n+1) level): what a new row's score does not pass with a chance of
/// at least `level`, if it is like the held-out rows. Throws Error{usage}: a level that is not between 0 and
/// 1, or too high for so few scores.
double margin(std::span<const float> scores, double level);

struct Interval {
    double lower;
    double upper;
};

/// Around the predictions of a row's target: one value, or one for each level. Where a negative margin would
/// put the ends the wrong way round, both are the middle.
Interval interval_around(std::span<const double> values, double margin);

}  // namespace thalweg
