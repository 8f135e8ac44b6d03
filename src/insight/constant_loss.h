#pragma once

#include <optional>

#include "insight/examples.h"

namespace thalweg {

/// The mean loss of the constant prediction that does best: what a network has learnt nothing without being
/// below. Only what should come out is read of the examples. None where outputs depend on each other in
/// another way than classes do, or are many.
std::optional<double> loss_of_constant(const PlainExamples& examples, const NetworkShape& shape,
                                       const LossFunction& loss);

}  // namespace thalweg
