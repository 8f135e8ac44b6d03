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

std::string score_metric(Task task, Loss loss) {
    if (task != Task::regression) return "log_loss";
    switch (loss) {
        case Loss::quantile:
            return "pinball";
        case Loss::poisson:
        case Loss::gamma:
        case Loss::tweedie:
            return "deviance";
        case Loss::mape:
            return "mape";
        case Loss::absolute_error:
            return "mae";
        default:
            return "rmse";
    }
}

std::optional<double> score_of(const std::string& metric, const TargetCoder& coder,
                               const Evaluation& evaluation) {
    if (evaluation.targets.empty() || coder.task() != Task::regression)
        return find(evaluation.metrics, metric);
    double sum = 0.0;
    for (std::size_t j = 0; j < evaluation.targets.size(); ++j) {
        const std::optional<double> one = find(evaluation.targets[j].second, metric);
        if (!one) return std::nullopt;
        sum += *one / coder.targets()[j].scale;
    }
    return sum / static_cast<double>(evaluation.targets.size());
}

}  // namespace thalweg
