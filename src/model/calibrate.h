#pragma once

#include <span>

#include "model/evaluate.h"
#include "thalweg/held_out.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Fitted to the probabilities of held-out rows (as Predictions::values has them) and their true classes, so
/// that the rows' log loss is least. temperature: p^(1/T), divided by its sum, with T between 0.1 and 10
/// (Guo et al. 2017). isotonic: the curve of least squares that never falls, by pool-adjacent-violators
/// (Zadrozny and Elkan 2002), one class against the others; of n rows no probability comes out below 1/(n+2),
/// since they cannot tell it from 0. Throws Error{usage} for real values, Error{data} where no row has a
/// known class.
Calibration fit_calibration(CalibrationKind kind, const TargetCoder& coder, MatrixView<const double> values,
                            const Truth& truth);

/// The probabilities of a row, in place. Allocates nothing; the same bits on every machine.
void calibrate(const Calibration& calibration, Task task, std::span<double> probabilities);

/// Those of every row.
void calibrate(const Calibration& calibration, Task task, PredictedValues& predicted);

}  // namespace thalweg
