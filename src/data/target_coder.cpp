#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/cells.h"
#include "data/numbers.h"
#include "data/target_kind.h"
#include "data/text_lookup.h"
#include "thalweg/error.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {
namespace {

bool has_value(const Column& column, std::size_t row) {
    return column.type == ColumnType::text ? !column.is_missing(row) : std::isfinite(column.value(row));
}

TargetPlan plan_classes(const TargetFacts& facts) {
    TargetPlan plan;
    plan.name = facts.column->name;
    plan.classes = facts.classes;
    return plan;
}

/// In double, so that the units of the target (and, standardised, its offset) leave no trace.
TargetPlan plan_values(const Table& table, const TargetFacts& facts, std::span<const std::uint32_t> rows,
                       TargetScaling scaling) {
    TargetPlan plan;
    plan.name = facts.column->name;
    std::vector<double> values = number_cells(table, *facts.column, rows).gather(rows);
    if (scaling == TargetScaling::standardised) {
        const Moments of_values = moments(values);
        plan.mean = of_values.mean;
        plan.scale = of_values.deviation;
    } else if (scaling == TargetScaling::relative) {
        for (double& value : values) value = std::abs(value);
        plan.scale = moments(values).mean;
    }
    return plan;
}

/// The class of each code of the dictionary; size of classes where it is none.
std::vector<std::uint32_t> class_of_codes(const TextCells& cells, const std::vector<std::string>& classes) {
    TextLookup lookup;
    for (std::size_t c = 0; c < classes.size(); ++c) lookup.add(classes[c], static_cast<std::uint32_t>(c));
    const auto unknown = static_cast<std::uint32_t>(classes.size());
    std::vector<std::uint32_t> result;
    for (const std::string& text : cells.dictionary()) result.push_back(lookup.find(text).value_or(unknown));
    return result;
}

/// The class of each of `rows`. Throws Error{data} for one that training did not have.
std::vector<std::uint32_t> read_classes(const Table& table, const TargetPlan& plan,
                                        std::span<const std::uint32_t> rows) {
    const Column& column = table.column(plan.name);
    const TextCells cells(column);
    const std::vector<std::uint32_t> class_of_code = class_of_codes(cells, plan.classes);
    std::vector<std::uint32_t> classes;
    classes.reserve(rows.size());
    for (const std::uint32_t row : rows) {
        const std::uint32_t code = cells.code(row);
        const bool known = code != Column::kMissingCode && class_of_code[code] < plan.classes.size();
        if (!known)
            throw Error(ErrorKind::data, fmt::format("{}: '{}' is no class of target '{}'; training had: {}",
                                                     table.locate(row), column.text(row), plan.name,
                                                     fmt::join(plan.classes, ", ")));
        classes.push_back(class_of_code[code]);
    }
    return classes;
}

/// Every output of the target is compared with the same value.
void encode_values(const Table& table, const TargetPlan& plan, std::span<const std::uint32_t> rows,
                   std::size_t first_output, Matrix<float>& values) {
    const NumberCells cells = number_cells(table, table.column(plan.name), rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double value = cells.at(rows[i]);
        if (!std::isfinite(value))
            throw Error(ErrorKind::data,
                        fmt::format("{}: target '{}' is missing", table.locate(rows[i]), plan.name));
        std::ranges::fill(values.row(i).subspan(first_output, plan.outputs()),
                          static_cast<float>((value - plan.mean) / plan.scale));
    }
}

}  // namespace

TargetCoder::TargetCoder(Task task, std::vector<TargetPlan> targets, std::string reason)
    : task_(task), targets_(std::move(targets)), reason_(std::move(reason)) {}

TargetCoder TargetCoder::fit(const Table& table, std::span<const std::uint32_t> rows,
                             const std::vector<std::string>& targets, Task task, TargetScaling scaling) {
    if (targets.empty()) throw Error(ErrorKind::usage, "no target: name the column to predict with --target");
    std::vector<TargetFacts> facts;
    facts.reserve(targets.size());
    for (const std::string& name : targets) facts.push_back(target_facts(table, table.column(name), rows));

    RecognisedTask chosen{task, fmt::format("--task {}", name_of(task))};
    if (task == Task::automatic) {
        chosen = recognise_task(facts);
    } else {
        check_task(task, facts);
    }
    std::vector<TargetPlan> plans;
    plans.reserve(facts.size());
    for (const TargetFacts& of_target : facts)
        plans.push_back(chosen.task == Task::regression ? plan_values(table, of_target, rows, scaling)
                                                        : plan_classes(of_target));
    return TargetCoder(chosen.task, std::move(plans), std::move(chosen.reason));
}

std::size_t TargetCoder::outputs() const {
    if (task_ == Task::multiclass) return targets_.front().classes.size();
    std::size_t outputs = 0;
    for (const TargetPlan& target : targets_) outputs += target.outputs();
    return outputs;
}

TargetCoder TargetCoder::with_levels(std::vector<double> levels) const {
    TargetCoder coder = *this;
    coder.targets_.front().levels = std::move(levels);
    return coder;
}

TargetCoder TargetCoder::bounded_by(const Table& table, std::span<const std::uint32_t> rows) const {
    TargetCoder coder = *this;
    for (TargetPlan& target : coder.targets_) {
        const Moments found = moments(number_cells(table, table.column(target.name), rows).gather(rows));
        target.least = found.least;
        target.greatest = found.greatest;
    }
    return coder;
}

std::vector<std::uint32_t> TargetCoder::labelled_rows(const Table& table) const {
    std::vector<std::string> names;
    for (const TargetPlan& target : targets_) names.push_back(target.name);
    return rows_with_targets(table, names);
}

void TargetCoder::encode(const Table& table, std::span<const std::uint32_t> rows, Dataset& dataset) const {
    if (task_ == Task::multiclass) {
        dataset.classes = read_classes(table, targets_.front(), rows);
        return;
    }
    dataset.values = Matrix<float>(rows.size(), outputs());
    for (std::size_t j = 0; j < targets_.size(); ++j) {
        if (task_ == Task::regression) {
            encode_values(table, targets_[j], rows, j, dataset.values);
            continue;
        }
        const std::vector<std::uint32_t> classes = read_classes(table, targets_[j], rows);
        for (std::size_t i = 0; i < rows.size(); ++i) dataset.values(i, j) = static_cast<float>(classes[i]);
    }
}

std::vector<std::uint32_t> rows_with_targets(const Table& table, const std::vector<std::string>& targets) {
    std::vector<const Column*> columns;
    columns.reserve(targets.size());
    for (const std::string& name : targets) columns.push_back(&table.column(name));
    std::vector<std::uint32_t> rows;
    for (std::size_t row = 0; row < table.rows(); ++row)
        if (std::ranges::all_of(columns, [&](const Column* column) { return has_value(*column, row); }))
            rows.push_back(static_cast<std::uint32_t>(row));
    return rows;
}

}  // namespace thalweg
