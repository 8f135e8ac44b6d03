#pragma once

#include <string>

#include "insight/examples.h"
#include "insight/training_report.h"

namespace thalweg {

/// What was done with each column, how much worse the model is without it, and how much it moves the
/// prediction. examples: those that sensitivity is measured on.
std::string columns_html(const ReportedTraining& reported, const PlainExamples& examples);

}  // namespace thalweg
