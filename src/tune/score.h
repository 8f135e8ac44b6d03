#pragma once

#include <optional>
#include <string>

#include "model/prepare.h"

namespace thalweg {

/// What trials are compared by: the metric that goes with the loss.
struct ScoreKind {
    std::string metric;   ///< "rmse", "log_loss", ...
    bool selects = true;  ///< the greedy selection of networks follows it too
};

ScoreKind score_kind(Task task, Loss loss);

/// Less is better; none where the rows do not define it. Of several real targets the mean over targets, each
/// in its own standard deviations.
std::optional<double> score_of(const ScoreKind& kind, const TargetCoder& coder, const Evaluation& evaluation);

}  // namespace thalweg
