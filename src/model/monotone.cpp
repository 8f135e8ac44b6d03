#include "model/monotone.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/column_encoder.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

MonotoneColumn column_from(const std::string& text) {
    const bool has_sign = text.size() > 2 && text[text.size() - 2] == ':';
    if (has_sign && text.back() == '+') return {text.substr(0, text.size() - 2), Direction::rising};
    if (has_sign && text.back() == '-') return {text.substr(0, text.size() - 2), Direction::falling};
    throw Error(ErrorKind::usage,
                fmt::format("--monotone '{}': say COLUMN:+ where the prediction may not fall "
                            "as the column rises, COLUMN:- where it may not rise",
                            text));
}

const MonotoneColumn* find(const std::vector<MonotoneColumn>& columns, const std::string& name) {
    const auto found = std::ranges::find(columns, name, &MonotoneColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

void check_order(const ColumnPlan& plan) {
    if (plan.treatment == Treatment::number) return;
    const std::string what =
        plan.treatment == Treatment::dropped ? "left out" : "a " + std::string(name_of(plan.treatment));
    throw Error(ErrorKind::data, fmt::format("--monotone: the column '{}' is {}{}; only a column of numbers "
                                             "has an order to keep",
                                             plan.name, what, plan.reason.empty() ? "" : ": " + plan.reason));
}

}  // namespace

std::vector<MonotoneColumn> monotone_columns(const std::vector<std::string>& texts) {
    std::vector<MonotoneColumn> columns;
    for (const std::string& text : texts) {
        MonotoneColumn column = column_from(text);
        if (find(columns, column.name) != nullptr)
            throw Error(ErrorKind::usage, fmt::format("--monotone names the column '{}' twice", column.name));
        columns.push_back(std::move(column));
    }
    return columns;
}

void check_monotone_task(Task task, const TrainOptions& options) {
    if (options.monotone.empty() || task == Task::regression || task == Task::binary) return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--monotone is for real values and for two classes; this task is {}", name_of(task)));
}

Preprocessor in_exact_order(const Preprocessor& preprocessor, const std::vector<MonotoneColumn>& columns) {
    std::vector<ColumnPlan> plans = preprocessor.columns();
    for (ColumnPlan& plan : plans) {
        if (find(columns, plan.name) == nullptr) continue;
        check_order(plan);
        plan.number.smooth_clip = false;
        plan.number.quantiles.clear();
        plan.recurring.clear();
        plan.code_shares.clear();
    }
    return Preprocessor(std::move(plans));
}

std::vector<Direction> input_directions(const Preprocessor& preprocessor,
                                        const std::vector<MonotoneColumn>& columns) {
    if (columns.empty()) return {};
    std::vector<Direction> directions(preprocessor.inputs(), Direction::free);
    std::size_t input = 0;
    for (const ColumnPlan& plan : preprocessor.columns()) {
        if (!is_dense(plan)) continue;
        // The number itself comes first; that it is missing has no order.
        if (const MonotoneColumn* column = find(columns, plan.name)) directions[input] = column->direction;
        input += plan.dense_inputs();
    }
    return directions;
}

}  // namespace thalweg
