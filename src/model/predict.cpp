#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "model/calibrate.h"
#include "model/conformal.h"
#include "model/predicted_values.h"
#include "model/row_predictor.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

/// Columns under construction. A name that is taken gets underscores until it is free: the targets `a` and
/// `p_a` would otherwise both want a column `p_a`.
class Columns {
  public:
    void add(Column column) {
        while (!names_.insert(column.name).second) column.name += '_';
        columns_.push_back(std::move(column));
    }
    void add_numbers(const std::string& name, const Matrix<double>& values, std::size_t j) {
        Column column;
        column.name = name;
        column.values.reserve(values.rows());
        for (std::size_t row = 0; row < values.rows(); ++row) column.values.push_back(values(row, j));
        add(std::move(column));
    }
    std::vector<Column> take() { return std::move(columns_); }

  private:
    std::vector<Column> columns_;
    std::set<std::string> names_;
};

std::uint32_t predicted_class(const Predictions& predictions, std::size_t row, std::size_t target) {
    if (predictions.task == Task::multilabel) return predictions.values(row, target) > 0.5 ? 1 : 0;
    const std::span<const double> of_row = predictions.values.row(row);
    return static_cast<std::uint32_t>(std::ranges::max_element(of_row) - of_row.begin());
}

Column label_column(const Predictions& predictions, const std::string& name, std::size_t target) {
    Column column;
    column.name = name;
    column.type = ColumnType::text;
    column.dictionary = predictions.targets[target].classes;
    column.codes.reserve(predictions.values.rows());
    for (std::size_t row = 0; row < predictions.values.rows(); ++row)
        column.codes.push_back(predicted_class(predictions, row, target));
    return column;
}

void add_intervals(std::span<const double> margins, Predictions& predictions) {
    predictions.lower = predictions.upper = Matrix<double>(predictions.values.rows(), margins.size());
    std::size_t first = 0;
    for (std::size_t j = 0; j < margins.size(); ++j) {
        const std::size_t outputs = predictions.targets[j].outputs();
        for (std::size_t row = 0; row < predictions.values.rows(); ++row) {
            const Interval interval =
                interval_around(predictions.values.row(row).subspan(first, outputs), margins[j]);
            predictions.lower(row, j) = interval.lower;
            predictions.upper(row, j) = interval.upper;
        }
        first += outputs;
    }
}

}  // namespace

std::vector<double> Model::margins(double level) const {
    if (target_coder_.task() != Task::regression)
        throw Error(ErrorKind::usage, fmt::format("--interval is for real values; this model's task is {}",
                                                  name_of(target_coder_.task())));
    if (held_out_.scores.empty())
        throw Error(ErrorKind::usage,
                    "--interval: the model holds no errors on held-out rows; train it with --interval");
    std::vector<double> margins;
    for (const std::vector<float>& scores : held_out_.scores) margins.push_back(margin(scores, level));
    return margins;
}

Predictions Model::predict(const Table& table, int threads) const {
    return predict(table, PredictOptions{threads, {}});
}

Predictions Model::predict(const Table& table, const PredictOptions& options) const {
    const std::vector<double> of_targets =
        options.interval ? margins(*options.interval) : std::vector<double>();
    std::vector<std::uint32_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    Predictions predictions;
    predictions.task = target_coder_.task();
    predictions.targets = target_coder_.targets();
    const Dataset dataset = preprocessor_.transform(table, rows, &predictions.report);
    predictions.values = predictor().predict(target_coder_, dataset, options.threads).values;
    for (std::size_t row = 0; row < predictions.values.rows(); ++row)
        calibrate(held_out_.calibration, target_coder_.task(), predictions.values.row(row));
    if (options.interval) add_intervals(of_targets, predictions);
    return predictions;
}

const std::vector<std::string>& Model::input_columns() const {
    return predictor().encoder().columns();
}

std::size_t Model::prediction_size() const {
    return thalweg::prediction_size(target_coder_);
}

void Model::predict(std::span<const Cell> row, std::span<double> prediction) const {
    predictor().predict(target_coder_, row, prediction);
    calibrate(held_out_.calibration, target_coder_.task(), prediction);
}

void Model::predict(std::span<const double> row, std::span<double> prediction) const {
    predictor().predict(target_coder_, row, prediction);
    calibrate(held_out_.calibration, target_coder_.task(), prediction);
}

const std::string& Predictions::label(std::size_t row, std::size_t target) const {
    return targets[target].classes[predicted_class(*this, row, target)];
}

Table Predictions::to_table() const {
    Columns columns;
    const bool one = targets.size() == 1;
    if (one && !targets[0].levels.empty()) {
        for (std::size_t j = 0; j < targets[0].levels.size(); ++j)
            columns.add_numbers(fmt::format("q_{}", targets[0].levels[j]), values, j);
    } else if (task == Task::regression) {
        for (std::size_t j = 0; j < targets.size(); ++j)
            columns.add_numbers(one ? "prediction" : targets[j].name, values, j);
    } else if (task == Task::multilabel) {
        for (std::size_t j = 0; j < targets.size(); ++j) columns.add(label_column(*this, targets[j].name, j));
        for (std::size_t j = 0; j < targets.size(); ++j)
            columns.add_numbers("p_" + targets[j].name, values, j);
    } else {
        columns.add(label_column(*this, "prediction", 0));
        for (std::size_t j = 0; j < targets[0].classes.size(); ++j)
            columns.add_numbers("p_" + targets[0].classes[j], values, j);
    }
    for (std::size_t j = 0; j < lower.cols(); ++j) {
        const std::string name = one ? "" : "_" + targets[j].name;
        columns.add_numbers("lower" + name, lower, j);
        columns.add_numbers("upper" + name, upper, j);
    }
    return Table(columns.take(), "the predictions");
}

}  // namespace thalweg
