#pragma once

#include <span>
#include <string>

#include "model/evaluate.h"
#include "thalweg/held_out.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// A temperature or curves, fitted to the probabilities of held-out rows (as Predictions::values has them)
/// and their true classes, so that the rows' log loss is least. temperature: p^(1/T), divided by its sum,
/// with T between 0.1 and 10 (Guo et al. 2017). isotonic: the curve of least squares that never falls, by
/// pool-adjacent-violators (Zadrozny and Elkan 2002), one class against the others; of n rows no probability
/// comes out below 1/(n+2), since they cannot tell it from 0. Throws Error{usage} for real values,
/// Error{data} where no row has a known class.
Calibration fit_calibration(CalibrationKind kind, const TargetCoder& coder, MatrixView<const double> values,
                            const Truth& truth);

/// Undoes label smoothing (theory.md, section 2) in the probabilities of k classes. A network that is sure
/// says 1 - s + s/k of the truth and s/k of the others, so p becomes (p - s/k) / (1 - s); what comes out
/// below 0.001/k is raised to that, for a network that had learnt to say s/k of what is false says less of
/// some, and the sum is brought back to 1. The order of the classes stays. smoothing: s, above 0 and below 1;
/// with the log loss of the held-out rows without and with it. Throws Error{data} as fit_calibration does.
Calibration undo_smoothing(double smoothing, const TargetCoder& coder, const PredictedValues& predicted,
                           const Truth& truth);

/// "label smoothing of 0.05 undone; held-out log loss 0.0583 before, 0.0329 after", "by temperature 1.2";
/// empty: none.
std::string calibration_text(const Calibration& calibration);

/// The probabilities of a row, in place. Allocates nothing; the same bits on every machine.
void calibrate(const Calibration& calibration, Task task, std::span<double> probabilities);

/// Those of every row.
void calibrate(const Calibration& calibration, Task task, PredictedValues& predicted);

}  // namespace thalweg
