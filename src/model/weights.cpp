#include "model/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "model/option.h"

namespace thalweg {
namespace {

std::uint32_t class_of(const Dataset& dataset, std::size_t row) {
    if (!dataset.classes.empty()) return dataset.classes[row];
    return dataset.values(row, 0) > 0.5F ? 1 : 0;
}

/// rows / (classes * rows of the class), so that every class weighs the same in all; as scikit-learn has it.
std::vector<double> balanced(const TargetCoder& coder, const Dataset& training) {
    std::vector<double> counts(coder.targets()[0].classes.size());
    for (std::size_t row = 0; row < training.rows; ++row) counts[class_of(training, row)] += 1.0;
    const double share = static_cast<double>(training.rows) / static_cast<double>(counts.size());
    for (double& count : counts) count = count > 0.0 ? share / count : 1.0;
    return counts;
}

std::vector<double> given(const std::string& text, const std::vector<std::string>& classes) {
    std::vector<double> weights(classes.size(), 1.0);
    for (const std::string& item : split_list(text)) {
        const std::size_t equals = item.rfind('=');
        if (equals == std::string::npos)
            throw Error(ErrorKind::usage, fmt::format("--class-weight '{}': say 'balanced', or a weight for "
                                                      "each class by its name, like {}=1,{}=5",
                                                      text, classes[0], classes[1]));
        const std::string name = item.substr(0, equals);
        const auto found = std::ranges::find(classes, name);
        if (found == classes.end())
            throw Error(ErrorKind::usage, "--class-weight: " + unknown_name_message("class", name, classes));
        double weight = 0.0;
        try {
            FieldTraits<double>::parse(item.substr(equals + 1), kZeroOrMore, weight);
        } catch (const Error& error) {
            throw Error(ErrorKind::usage,
                        fmt::format("--class-weight: the weight of '{}' {}", name, error.what()));
        }
        weights[static_cast<std::size_t>(found - classes.begin())] = weight;
    }
    return weights;
}

double weight_of(const Table& table, const Column& column, std::uint32_t row) {
    const bool sound =
        column.type == ColumnType::number && column.value(row) >= 0.0 && std::isfinite(column.value(row));
    if (sound) return column.value(row);
    const std::string cell = column.is_missing(row) ? "missing" : "'" + column.text(row) + "'";
    throw Error(ErrorKind::data, fmt::format("{}: the weight in column '{}' is {}; it must be a number from "
                                             "0 up (0 leaves a row out)",
                                             table.locate(row), column.name, cell));
}

[[noreturn]] void fail_weightless(const Table& table) {
    throw Error(ErrorKind::data,
                fmt::format("{}: every row weighs 0, so there is nothing to learn", table.source()));
}

}  // namespace

std::size_t leave_out_weightless_rows(const Table& table, const std::string& column,
                                      std::vector<std::uint32_t>& rows) {
    const Column* weights = table.find(column);
    if (weights == nullptr || weights->type != ColumnType::number) return 0;
    const std::size_t left_out =
        std::erase_if(rows, [weights](std::uint32_t row) { return weights->value(row) == 0.0; });
    if (left_out > 0 && rows.empty()) fail_weightless(table);
    return left_out;
}

ExampleWeights::ExampleWeights(const TrainOptions& options, const TargetCoder& coder, const Dataset& training)
    : column_(options.weight) {
    if (options.class_weight.empty()) return;
    if (coder.task() != Task::binary && coder.task() != Task::multiclass)
        throw Error(ErrorKind::usage, fmt::format("--class-weight needs one target with classes; this task "
                                                  "is {}",
                                                  name_of(coder.task())));
    of_class_ = options.class_weight == "balanced" ? balanced(coder, training)
                                                   : given(options.class_weight, coder.targets()[0].classes);
}

void ExampleWeights::apply(const Table& table, std::span<const std::uint32_t> rows, Dataset& dataset) const {
    if (column_.empty() && of_class_.empty()) return;
    // A validation file without the column is no error: its rows then count by their class alone.
    const Column* column = column_.empty() ? nullptr : table.find(column_);
    dataset.weights.resize(rows.size());
    bool any = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        double weight = column == nullptr ? 1.0 : weight_of(table, *column, rows[i]);
        if (!of_class_.empty()) weight *= of_class_[class_of(dataset, i)];
        dataset.weights[i] = static_cast<float>(weight);
        any = any || dataset.weights[i] > 0.0F;
    }
    if (!any && !rows.empty()) fail_weightless(table);
}

}  // namespace thalweg
