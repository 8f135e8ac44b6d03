#include "tune/score.h"

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

std::optional<double> find(const Metrics& metrics, const std::string& name) {
    for (const auto& [metric, value] : metrics)
        if (metric == name && std::isfinite(value)) return value;
    return std::nullopt;
}

}  // namespace

ScoreKind score_kind(Task task, Loss loss) {
    if (task != Task::regression) return {"log_loss", true};
    switch (loss) {
        case Loss::quantile:
            return {"pinball", false};
        case Loss::poisson:
        case Loss::gamma:
        case Loss::tweedie:
            return {"deviance", false};
        case Loss::mape:
            return {"mape", false};
        case Loss::absolute_error:
            return {"mae", false};
        default:
            return {"rmse", true};
    }
}

std::optional<double> score_of(const ScoreKind& kind, const TargetCoder& coder,
                               const Evaluation& evaluation) {
    if (evaluation.targets.empty() || coder.task() != Task::regression)
        return find(evaluation.metrics, kind.metric);
    double sum = 0.0;
    for (std::size_t j = 0; j < evaluation.targets.size(); ++j) {
        const std::optional<double> one = find(evaluation.targets[j].second, kind.metric);
        if (!one) return std::nullopt;
        sum += *one / coder.targets()[j].scale;
    }
    return sum / static_cast<double>(evaluation.targets.size());
}

}  // namespace thalweg
