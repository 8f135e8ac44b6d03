#include "model/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/cells.h"
#include "data/text_lookup.h"
#include "model/calibrate.h"
#include "model/conformal.h"
#include "model/loss_metrics.h"
#include "model/metrics.h"
#include "model/row_predictor.h"

namespace thalweg {
namespace {

constexpr std::size_t kExamples = 3;

/// The class of each text that the column holds, however the file spells it.
std::vector<std::uint32_t> class_of_codes(const TextCells& cells, const std::vector<std::string>& classes) {
    TextLookup lookup;
    for (std::size_t j = 0; j < classes.size(); ++j) lookup.add(classes[j], static_cast<std::uint32_t>(j));
    std::vector<std::uint32_t> result;
    for (const std::string& text : cells.dictionary())
        result.push_back(lookup.find(text).value_or(kUnknownClass));
    return result;
}

Truth::Target read_classes(const Column& column, const TargetPlan& plan,
                           std::span<const std::uint32_t> rows) {
    const TextCells cells(column);
    const std::vector<std::uint32_t> class_of_code = class_of_codes(cells, plan.classes);
    const std::vector<std::size_t> counts = cells.counts(rows);
    Truth::Target target;
    target.classes.reserve(rows.size());
    for (const std::uint32_t row : rows) target.classes.push_back(class_of_code[cells.code(row)]);
    target.report.name = plan.name;
    for (std::size_t code = 0; code < counts.size(); ++code) {
        if (class_of_code[code] != kUnknownClass || counts[code] == 0) continue;
        ++target.unknown_classes;
        target.report.unseen += counts[code];
        if (target.report.examples.size() < kExamples)
            target.report.examples.push_back(cells.dictionary()[code]);
    }
    return target;
}

/// Of several levels of quantiles the one nearest to the median speaks for the target.
std::size_t central_output(const TargetPlan& target) {
    const auto nearest =
        std::ranges::min_element(target.levels, {}, [](double level) { return std::abs(level - 0.5); });
    return static_cast<std::size_t>(nearest - target.levels.begin());
}

/// The share of the values that are between the ends of their intervals, and how far apart those are.
Metrics interval_metrics(MatrixView<const double> values, std::span<const double> truth, double margin) {
    double held = 0.0, width = 0.0;
    for (std::size_t row = 0; row < values.rows; ++row) {
        const Interval interval = interval_around(values.row(row), margin);
        held += interval.lower <= truth[row] && truth[row] <= interval.upper;
        width += interval.upper - interval.lower;
    }
    const auto count = static_cast<double>(values.rows);
    return {{"coverage", held / count}, {"width", width / count}};
}

void append(Metrics& metrics, const Metrics& more) {
    metrics.insert(metrics.end(), more.begin(), more.end());
}

/// values: a column for each output of the target.
Metrics real_metrics(const TargetPlan& target, const LossFunction& loss, MatrixView<const double> values,
                     std::span<const double> truth) {
    std::vector<double> predictions(values.rows);
    for (std::size_t row = 0; row < values.rows; ++row)
        predictions[row] = values(row, target.levels.empty() ? 0 : central_output(target));
    Metrics metrics = regression_metrics(truth, predictions);
    append(metrics, loss_metrics(loss, truth, values));
    return metrics;
}

Metrics class_metrics(const TargetCoder& coder, const PredictedValues& predicted, const Truth::Target& target,
                      std::size_t j, bool calibration_error) {
    const bool several = coder.task() == Task::multiclass;
    const Matrix<double> probabilities =
        several ? predicted.values : two_class_probabilities(coder.task(), predicted, j);
    Metrics metrics = several ? multiclass_metrics(target.classes, probabilities, target.unknown_classes)
                              : binary_metrics(target.classes, probabilities);
    if (calibration_error)
        metrics.emplace_back("ece", expected_calibration_error(target.classes, probabilities));
    return metrics;
}

Metrics target_metrics(const TargetCoder& coder, const LossFunction& loss, const PredictedValues& predicted,
                       const Truth& truth, std::size_t j, const AlsoJudged& also) {
    const Truth::Target& target = truth.targets[j];
    if (coder.task() != Task::regression)
        return class_metrics(coder, predicted, target, j, also.calibration_error);
    // Several levels belong to an only target, so output j begins target j.
    const TargetPlan& plan = coder.targets()[j];
    const MatrixView<const double> values(predicted.values.elements().data() + j, predicted.values.rows(),
                                          plan.outputs(), predicted.values.cols());
    Metrics metrics = real_metrics(plan, loss, values, target.values);
    if (!also.margins.empty()) append(metrics, interval_metrics(values, target.values, also.margins[j]));
    return metrics;
}

nlohmann::ordered_json metrics_json(const Metrics& metrics) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [name, value] : metrics) json[name] = value;
    return json;
}

}  // namespace

Truth read_truth(const Table& table, std::span<const std::uint32_t> rows, const TargetCoder& coder) {
    Truth truth;
    for (const TargetPlan& plan : coder.targets()) {
        const Column& column = table.column(plan.name);
        if (coder.task() == Task::regression)
            truth.targets.push_back({number_cells(table, column, rows).gather(rows), {}, 0, {}});
        else
            truth.targets.push_back(read_classes(column, plan, rows));
    }
    return truth;
}

Truth select(const Truth& truth, std::span<const std::uint32_t> rows) {
    Truth selected;
    for (const Truth::Target& target : truth.targets) {
        Truth::Target& of_rows = selected.targets.emplace_back();
        for (const std::uint32_t row : rows) {
            if (!target.values.empty()) of_rows.values.push_back(target.values[row]);
            if (!target.classes.empty()) of_rows.classes.push_back(target.classes[row]);
        }
        of_rows.unknown_classes = target.unknown_classes;
        of_rows.report = target.report;
    }
    return selected;
}

Evaluation evaluate_predictions(const TargetCoder& coder, const LossFunction& loss,
                                const PredictedValues& predicted, const Truth& truth,
                                const AlsoJudged& also) {
    Evaluation evaluation;
    evaluation.task = coder.task();
    evaluation.rows = predicted.values.rows();
    std::vector<Metrics> of_targets;
    for (std::size_t j = 0; j < coder.targets().size(); ++j) {
        of_targets.push_back(target_metrics(coder, loss, predicted, truth, j, also));
        if (truth.targets[j].report.unseen > 0) evaluation.report.push_back(truth.targets[j].report);
    }
    evaluation.metrics = mean_of(of_targets);
    if (of_targets.size() > 1)
        for (std::size_t j = 0; j < of_targets.size(); ++j)
            evaluation.targets.emplace_back(coder.targets()[j].name, of_targets[j]);
    return evaluation;
}

Evaluation Model::evaluate(const Table& table, int threads) const {
    return evaluate(table, EvaluateOptions{threads, {}, false});
}

Evaluation Model::evaluate(const Table& table, const EvaluateOptions& options) const {
    for (const TargetPlan& target : target_coder_.targets()) table.column(target.name);
    const std::vector<std::uint32_t> rows = target_coder_.labelled_rows(table);
    if (rows.empty())
        throw Error(ErrorKind::data,
                    fmt::format("{}: no row has a target, so there is nothing to evaluate", table.source()));
    Evaluation evaluation = evaluate(table, rows, options);
    evaluation.skipped = table.rows() - rows.size();
    return evaluation;
}

Evaluation Model::evaluate(const Table& table, std::span<const std::uint32_t> rows,
                           const EvaluateOptions& options) const {
    if (options.calibration_error && target_coder_.task() == Task::regression)
        throw Error(ErrorKind::usage,
                    "--calibration-error is for probabilities of classes; this model's task is regression");
    AlsoJudged also{{}, options.calibration_error};
    if (options.interval) also.margins = margins(*options.interval);
    const Truth truth = read_truth(table, rows, target_coder_);
    std::vector<ColumnReport> report;
    const Dataset dataset = preprocessor_.transform(table, rows, &report);
    PredictedValues predicted = predictor().predict(target_coder_, dataset, options.threads);
    calibrate(held_out_.calibration, target_coder_.task(), predicted);
    Evaluation evaluation = evaluate_predictions(target_coder_, loss_, predicted, truth, also);
    evaluation.report.insert(evaluation.report.begin(), report.begin(), report.end());
    return evaluation;
}

std::string Evaluation::to_json() const {
    nlohmann::ordered_json json;
    json["task"] = name_of(task);
    json["rows"] = rows;
    if (skipped > 0) json["skipped"] = skipped;
    json["metrics"] = metrics_json(metrics);
    if (!targets.empty()) {
        json["targets"] = nlohmann::ordered_json::object();
        for (const auto& [name, of_target] : targets) json["targets"][name] = metrics_json(of_target);
    }
    if (!report.empty()) {
        json["columns"] = nlohmann::ordered_json::object();
        for (const ColumnReport& column : report) {
            nlohmann::ordered_json& entry = json["columns"][column.name];
            if (column.missing > 0) entry["missing"] = column.missing;
            if (column.unseen > 0) entry["unseen"] = column.unseen;
            if (!column.examples.empty()) entry["examples"] = column.examples;
        }
    }
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace thalweg
