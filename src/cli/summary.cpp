#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/progress.h"
#include "model/text_table.h"

namespace thalweg::cli {
namespace {

std::string line(std::string_view label, std::string_view text) {
    return fmt::format("{:<12}{}\n", label, text);
}

std::string metric_text(double value) {
    return fmt::format("{:.6g}", value);
}

std::string rows_text(const Training& training) {
    std::string text = fmt::format("{} to learn from", training.training_rows);
    if (training.validation_rows > 0) text += fmt::format(", {} to validate on", training.validation_rows);
    return text;
}

/// "8 used, 1 left out: id"; names only where they are few.
std::string columns_text(const Preprocessor& preprocessor) {
    constexpr std::size_t kNamed = 5;
    std::vector<std::string> dropped;
    for (const ColumnPlan& column : preprocessor.columns())
        if (column.treatment == Treatment::dropped) dropped.push_back(column.name);
    std::string text = fmt::format("{} used", preprocessor.columns().size() - dropped.size());
    if (!dropped.empty()) text += fmt::format(", {} left out", dropped.size());
    if (!dropped.empty() && dropped.size() <= kNamed) text += fmt::format(": {}", fmt::join(dropped, ", "));
    return text;
}

std::string network_text(const Network<float>& network) {
    const NetworkShape& shape = network.shape();
    const std::string activation =
        shape.layers() > 1
            ? fmt::format("{}{}, ", shape.parametric ? "parametric " : "", name_of(shape.activation))
            : std::string();
    std::string embedded;
    if (!shape.periodic.inputs.empty())
        embedded = fmt::format("numbers embedded in {} waves, ", shape.periodic.frequencies);
    if (!shape.piecewise.inputs.empty())
        embedded = fmt::format("numbers embedded in {} bins, ", shape.piecewise.bins());
    const std::string members =
        shape.is_ensemble() ? fmt::format("{} members, ", shape.members.count) : std::string();
    return fmt::format("{}, {}{}{}{} output, {} parameters", fmt::join(shape.widths, "-"), members, embedded,
                       activation, name_of(shape.output), with_separators(shape.parameters()));
}

std::string_view ending(StopReason reason) {
    switch (reason) {
        case StopReason::epochs:
            return "all epochs done";
        case StopReason::patience:
            return "no better epoch came";
        case StopReason::time_limit:
            return "time limit reached";
        case StopReason::stopped:
            return "interrupted";
        case StopReason::converged:
            return "converged";
        case StopReason::diverged:
            return "diverged";
    }
    return "";
}

std::string best_text(const FitResult& fit) {
    if (fit.best_epoch == 0) return "none better than the start";
    return fmt::format("the best was epoch {}{}", fit.best_epoch,
                       fit.best_epoch > fit.history.size() ? " (unfinished)" : "");
}

std::string training_text(const FitResult& fit) {
    return fmt::format("{} epochs in {}, {}; {}", fit.history.size(), duration_text(fit.seconds),
                       best_text(fit), ending(fit.stop_reason));
}

/// Each target's metrics side by side, those over all of them first.
std::string metrics_table(const Evaluation& evaluation) {
    std::vector<std::string> headings = {"", ">all"};
    for (const auto& [target, metrics] : evaluation.targets) headings.push_back(">" + target);
    TextTable table(headings);
    for (std::size_t i = 0; i < evaluation.metrics.size(); ++i) {
        std::vector<std::string> cells = {evaluation.metrics[i].first,
                                          metric_text(evaluation.metrics[i].second)};
        for (const auto& [target, metrics] : evaluation.targets)
            cells.push_back(metric_text(metrics[i].second));
        table.add(cells);
    }
    return "\n" + table.text();
}

}  // namespace

std::string metrics_line(const Metrics& metrics) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : metrics) parts.push_back(name + " " + metric_text(value));
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string summary_text(const Training& training, const std::string& path) {
    std::string text = line(
        "task", fmt::format("{}: {}", name_of(training.model.target_coder().task()), training.task_reason));
    text += line("rows", rows_text(training));
    text += line("columns", columns_text(training.model.preprocessor()));
    text += line("network", network_text(training.model.network()));
    text += line("training", training_text(training.fit));
    if (training.validation) {
        text += line("validation", metrics_line(training.validation->metrics));
        for (const auto& [target, metrics] : training.validation->targets)
            text += line("", fmt::format("{}: {}", target, metrics_line(metrics)));
    }
    return text + fmt::format("{:<12}{}", "model", path);
}

std::string summary_json(const Training& training, const std::string& path) {
    using nlohmann::ordered_json;
    ordered_json summary = training.validation
                               ? ordered_json::parse(training.validation->to_json())
                               : ordered_json{{"task", nullptr}, {"rows", 0}, {"metrics", {}}};
    summary["task"] = name_of(training.model.target_coder().task());
    summary["rows"] = training.training_rows + training.validation_rows;
    summary["training_rows"] = training.training_rows;
    summary["validation_rows"] = training.validation_rows;
    summary["model"] = path;
    summary["best_epoch"] = training.fit.best_epoch;
    summary["epochs"] = training.fit.history.size();
    summary["stop_reason"] = name_of(training.fit.stop_reason);
    summary["seconds"] = training.fit.seconds;
    return summary.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string evaluation_text(const Evaluation& evaluation) {
    std::string text = line("task", name_of(evaluation.task));
    text += line("rows", evaluation.skipped > 0 ? fmt::format("{} ({} without a target skipped)",
                                                              evaluation.rows, evaluation.skipped)
                                                : fmt::format("{}", evaluation.rows));
    if (evaluation.targets.size() > 1)
        text += metrics_table(evaluation);
    else
        for (const auto& [name, value] : evaluation.metrics) text += line(name, metric_text(value));
    text.pop_back();
    return text;
}

}  // namespace thalweg::cli
