#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "cli/progress.h"
#include "model/calibrate.h"
#include "model/text_table.h"

namespace thalweg::cli {
namespace {

using nlohmann::ordered_json;

std::string line(std::string_view label, std::string_view text) {
    return fmt::format("{:<12}{}\n", label, text);
}

std::string metric_text(double value) {
    return fmt::format("{:.6g}", value);
}

std::string rows_text(const Training& training) {
    std::string text = fmt::format("{} to learn from", training.training_rows);
    if (training.validation_rows > 0) text += fmt::format(", {} to validate on", training.validation_rows);
    if (training.folds > 1) text += fmt::format(", in {} folds", training.folds);
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

std::string shape_text(const NetworkShape& shape) {
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

/// A line for each kind of networks in the model: "5 of 8-256-1, ... each".
std::vector<std::string> network_texts(const Model& model) {
    std::vector<std::pair<const NetworkShape*, std::size_t>> kinds;
    for (const ModelNetwork& one : model.networks()) {
        const auto known =
            std::ranges::find_if(kinds, [&](const auto& kind) { return *kind.first == one.network.shape(); });
        if (known == kinds.end()) {
            kinds.emplace_back(&one.network.shape(), 1);
        } else {
            ++known->second;
        }
    }
    std::vector<std::string> texts;
    texts.reserve(kinds.size());
    for (const auto& [shape, count] : kinds)
        texts.push_back(model.networks().size() == 1
                            ? shape_text(*shape)
                            : fmt::format("{} of {} each", count, shape_text(*shape)));
    return texts;
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

std::string fit_text(const FitResult& fit) {
    return fmt::format("{} epochs in {}, {}; {}", fit.history.size(), duration_text(fit.seconds),
                       best_text(fit), ending(fit.stop_reason));
}

std::string training_text(const Training& training) {
    if (training.networks.size() == 1) return fit_text(training.networks.front().fit);
    return fmt::format("{} networks in {}; {}", training.networks.size(), duration_text(training.seconds),
                       ending(training.stop_reason));
}

/// A line for each of several networks: its best epoch and what it scored there on rows that it had not
/// learnt from. Of very many only the first.
std::string networks_table(const Training& training) {
    constexpr std::size_t kShown = 20;
    if (training.networks.size() == 1) return "";
    TextTable table({">network", ">seed", ">fold", ">best epoch", ">of", ">counts", "validation"});
    for (const NetworkTraining& network :
         std::span(training.networks).first(std::min(kShown, training.networks.size())))
        table.add({std::to_string(network.network), std::to_string(network.seed),
                   network.fold ? std::to_string(*network.fold + 1) : "-",
                   std::to_string(network.fit.best_epoch), std::to_string(network.fit.history.size()),
                   std::to_string(network.kept ? network.weight : 0),
                   !network.kept        ? "left out"
                   : network.validation ? metrics_line(network.validation->metrics)
                                        : "-"});
    std::string text = "\n" + table.text();
    if (training.networks.size() > kShown)
        text += fmt::format("  and {} more: see --json\n", training.networks.size() - kShown);
    return text + "\n";
}

ordered_json networks_json(const Training& training) {
    ordered_json list = ordered_json::array();
    for (const NetworkTraining& network : training.networks) {
        ordered_json entry = {{"network", network.network}, {"seed", network.seed}};
        if (network.fold) entry["fold"] = *network.fold + 1;
        entry["weight"] = network.kept ? network.weight : 0;
        entry["best_epoch"] = network.fit.best_epoch;
        entry["epochs"] = network.fit.history.size();
        entry["stop_reason"] = name_of(network.fit.stop_reason);
        entry["seconds"] = network.fit.seconds;
        if (network.validation)
            entry["metrics"] = ordered_json::parse(network.validation->to_json())["metrics"];
        list.push_back(std::move(entry));
    }
    return list;
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
    std::string_view label = "network";
    for (const std::string& kind : network_texts(training.model))
        text += line(std::exchange(label, ""), kind);
    text += line("training", training_text(training));
    if (training.validation) {
        text += line(training.folds > 1 ? "out of fold" : "validation",
                     metrics_line(training.validation->metrics));
        for (const auto& [target, metrics] : training.validation->targets)
            text += line("", fmt::format("{}: {}", target, metrics_line(metrics)));
        const Calibration& calibration = training.model.held_out().calibration;
        if (calibration.kind == CalibrationKind::smoothing)
            text += line("calibrated", calibration_text(calibration));
        else if (training.uncalibrated)
            text += line("before", metrics_line(training.uncalibrated->metrics) + ", uncalibrated");
    }
    text += networks_table(training);
    return text + fmt::format("{:<12}{}", "model", path);
}

std::string summary_json(const Training& training, const std::string& path) {
    ordered_json summary = training.validation
                               ? ordered_json::parse(training.validation->to_json())
                               : ordered_json{{"task", nullptr}, {"rows", 0}, {"metrics", {}}};
    summary["task"] = name_of(training.model.target_coder().task());
    summary["rows"] = training.training_rows + training.validation_rows;
    summary["training_rows"] = training.training_rows;
    summary["validation_rows"] = training.validation_rows;
    if (training.uncalibrated)
        summary["uncalibrated"] = ordered_json::parse(training.uncalibrated->to_json())["metrics"];
    summary["model"] = path;
    if (training.networks.size() == 1) {
        summary["best_epoch"] = training.networks.front().fit.best_epoch;
        summary["epochs"] = training.networks.front().fit.history.size();
    } else {
        summary["folds"] = training.folds;
        summary["networks"] = networks_json(training);
    }
    summary["stop_reason"] = name_of(training.stop_reason);
    summary["seconds"] = training.seconds;
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
