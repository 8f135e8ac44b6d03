#include "model/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/forward.h"
#include "model/metrics.h"

namespace thalweg {
namespace {

constexpr std::size_t kExamples = 3;

std::vector<double> read_values(const Table& table, const Column& column,
                                std::span<const std::uint32_t> rows) {
    if (column.type == ColumnType::text)
        throw Error(ErrorKind::data,
                    fmt::format("{}: the target '{}' holds text ('{}'), the model predicts real values",
                                rows.empty() ? table.source() : table.locate(rows[0]), column.name,
                                rows.empty() ? "" : column.text(rows[0])));
    std::vector<double> values;
    values.reserve(rows.size());
    for (const std::uint32_t row : rows) values.push_back(column.values[row]);
    return values;
}

/// The class of a cell by its text. Cells repeat, so each different one is looked up once.
class ClassReader {
  public:
    ClassReader(const Column& column, const TargetPlan& plan) : column_(column), plan_(plan) {}

    std::uint32_t operator()(std::uint32_t row) {
        if (column_.type == ColumnType::text) return of_code(row);
        const auto [found, is_new] = by_value_.try_emplace(column_.values[row], kUnknownClass);
        if (is_new) found->second = of_text(column_.text(row));
        return found->second;
    }

  private:
    std::uint32_t of_code(std::uint32_t row) {
        const auto [found, is_new] = by_code_.try_emplace(column_.codes[row], kUnknownClass);
        if (is_new) found->second = of_text(column_.text(row));
        return found->second;
    }
    std::uint32_t of_text(const std::string& text) const {
        const auto found = std::ranges::find(plan_.classes, text);
        return found == plan_.classes.end() ? kUnknownClass
                                            : static_cast<std::uint32_t>(found - plan_.classes.begin());
    }

    const Column& column_;
    const TargetPlan& plan_;
    std::map<double, std::uint32_t> by_value_;
    std::map<std::uint32_t, std::uint32_t> by_code_;
};

Truth::Target read_classes(const Column& column, const TargetPlan& plan,
                           std::span<const std::uint32_t> rows) {
    Truth::Target target;
    target.report.name = plan.name;
    ClassReader class_of(column, plan);
    std::map<std::string, std::size_t> unknown;
    for (const std::uint32_t row : rows) {
        target.classes.push_back(class_of(row));
        if (target.classes.back() == kUnknownClass) ++unknown[column.text(row)];
    }
    target.unknown_classes = unknown.size();
    for (const auto& [name, count] : unknown) {
        target.report.unseen += count;
        if (target.report.examples.size() < kExamples) target.report.examples.push_back(name);
    }
    return target;
}

Metrics target_metrics(const TargetCoder& coder, MatrixView<const double> values,
                       MatrixView<const float> logits, Output output, const Truth& truth, std::size_t j) {
    const Truth::Target& target = truth.targets[j];
    switch (coder.task()) {
        case Task::binary:
        case Task::multilabel:
            return binary_metrics(target.classes, two_class_probabilities(logits, j));
        case Task::multiclass:
            return multiclass_metrics(target.classes, class_probabilities(output, logits),
                                      target.unknown_classes);
        default: {
            std::vector<double> predictions(values.rows);
            for (std::size_t row = 0; row < values.rows; ++row) predictions[row] = values(row, j);
            return regression_metrics(target.values, predictions);
        }
    }
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
            truth.targets.push_back({read_values(table, column, rows), {}, 0, {}});
        else
            truth.targets.push_back(read_classes(column, plan, rows));
    }
    return truth;
}

Evaluation evaluate_logits(const TargetCoder& coder, Output output, MatrixView<const float> logits,
                           const Truth& truth) {
    Evaluation evaluation;
    evaluation.task = coder.task();
    evaluation.rows = logits.rows;
    Matrix<double> values;
    if (coder.task() == Task::regression) values = real_values(output, logits, coder.targets());
    std::vector<Metrics> of_targets;
    for (std::size_t j = 0; j < coder.targets().size(); ++j) {
        of_targets.push_back(target_metrics(coder, values, logits, output, truth, j));
        if (truth.targets[j].report.unseen > 0) evaluation.report.push_back(truth.targets[j].report);
    }
    evaluation.metrics = mean_of(of_targets);
    if (of_targets.size() > 1)
        for (std::size_t j = 0; j < of_targets.size(); ++j)
            evaluation.targets.emplace_back(coder.targets()[j].name, of_targets[j]);
    return evaluation;
}

Evaluation Model::evaluate(const Table& table, int threads) const {
    for (const TargetPlan& target : target_coder_.targets()) table.column(target.name);
    const std::vector<std::uint32_t> rows = target_coder_.labelled_rows(table);
    if (rows.empty())
        throw Error(ErrorKind::data,
                    fmt::format("{}: no row has a target, so there is nothing to evaluate", table.source()));
    const Truth truth = read_truth(table, rows, target_coder_);
    std::vector<ColumnReport> report;
    const Dataset dataset = preprocessor_.transform(table, rows, &report);
    const Matrix<float> logits = dataset_logits(network_, loss_, dataset, threads);
    Evaluation evaluation = evaluate_logits(target_coder_, network_.shape().output, logits, truth);
    evaluation.skipped = table.rows() - rows.size();
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
