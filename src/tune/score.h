#pragma once

#include <optional>
#include <string>

#include "model/prepare.h"

namespace thalweg {

/// What trials are compared by, the metric that goes with the loss: "rmse", "log_loss", ...
std::string score_metric(Task task, Loss loss);

/// Less is better; none where the rows do not define it. Of several real targets the mean over targets, each
/// in its own standard deviations.
std::optional<double> score_of(const std::string& metric, const TargetCoder& coder,
                               const Evaluation& evaluation);

}  // namespace thalweg
