#include "thalweg/preprocessor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/column_encoder.h"
#include "data/column_plan.h"
#include "data/quantile_scaling.h"
#include "data/robust_scaling.h"
#include "data/time_features.h"
#include "data/training_means.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void check_options(const Table& table, const PreprocessorOptions& options) {
    for (const auto* names : {&options.ignore, &options.categorical, &options.numeric})
        for (const std::string& name : *names) table.column(name);
    for (const std::string& name : options.numeric)
        if (contains(options.categorical, name))
            throw Error(ErrorKind::usage,
                        fmt::format("column '{}' cannot be both --categorical and --numeric", name));
}

Wish wish_for(const std::string& name, const PreprocessorOptions& options) {
    if (contains(options.categorical, name)) return Wish::category;
    return contains(options.numeric, name) ? Wish::number : Wish::none;
}

/// Whole numbers 1..n are more likely an x to learn a curve over than row numbers, where there is nothing
/// else.
std::vector<ColumnPlan> keep_runs(const Table& table, std::span<const std::uint32_t> rows,
                                  std::vector<ColumnPlan> columns, const PreprocessorOptions& options) {
    for (ColumnPlan& column : columns)
        if (column.type == ColumnType::number && !names_an_identifier(column.name) &&
            wish_for(column.name, options) == Wish::none)
            column = plan_column(table, table.column(column.name), rows, Wish::number);
    return columns;
}

[[noreturn]] void nothing_left(const Table& table, const std::vector<ColumnPlan>& columns) {
    std::string message = fmt::format("{}: no column is left to learn from", table.source());
    constexpr std::size_t kShown = 5;
    for (std::size_t i = 0; i < std::min(columns.size(), kShown); ++i)
        message += fmt::format("{} '{}': {}", i == 0 ? ";" : ",", columns[i].name, columns[i].reason);
    if (columns.size() > kShown) message += fmt::format(", and {} more", columns.size() - kShown);
    throw Error(ErrorKind::data, message);
}

/// Of a category, as RealMLP counts them: rare ones are one value, and so is missing or unknown, which is
/// always counted.
std::size_t values_of(const ColumnPlan& column) {
    return column.categories.size() + (column.other_input ? 1 : 0) + 1;
}

/// See CategoryCoding::signed_pairs.
void sign_pair(ColumnPlan& column) {
    if (column.treatment != Treatment::category || column.embedded) return;
    column.missing_input = false;
    if (column.codes() == 2) column.one_hot = {{1.0F, -1.0F}, {0.0F}};
}

std::string_view words_for(TimePart part) {
    switch (part) {
        case TimePart::linear:
            return "";
        case TimePart::year_cycle:
            return "time of year";
        case TimePart::week_cycle:
            return "time of week";
        case TimePart::day_cycle:
            return "time of day";
    }
    return "";
}

void name_dense_inputs(const ColumnPlan& column, std::vector<std::string>& names) {
    if (column.treatment == Treatment::number) names.push_back(column.name);
    for (const TimePart part : column.time_parts) {
        if (part == TimePart::linear) {
            names.push_back(column.name);
            continue;
        }
        names.push_back(fmt::format("{} ({}, sine)", column.name, words_for(part)));
        names.push_back(fmt::format("{} ({}, cosine)", column.name, words_for(part)));
    }
    if (column.missing_indicator) names.push_back(column.name + " is missing");
}

void name_code_inputs(const ColumnPlan& column, std::vector<std::string>& names) {
    if (column.embedded) return names.push_back(column.name);
    if (column.code_inputs() < column.codes())
        return names.push_back(fmt::format("{}={} (else {})", column.name, column.categories[0],
                                           column.other_input ? "(other)" : column.categories[1]));
    for (const double value : column.recurring) names.push_back(fmt::format("{}={}", column.name, value));
    for (const std::string& category : column.categories) names.push_back(column.name + "=" + category);
    if (column.missing_input) names.push_back(column.name + "=(missing)");
    if (column.other_input) names.push_back(column.name + "=(other)");
}

}  // namespace

std::size_t ColumnPlan::codes() const {
    return recurring.size() + categories.size() + (missing_input ? 1 : 0) + (other_input ? 1 : 0);
}

std::size_t ColumnPlan::code_inputs() const {
    return has_codes(*this) ? block_of(*this, 0).width() : 0;
}

std::size_t ColumnPlan::dense_inputs() const {
    if (!is_dense(*this)) return 0;
    std::size_t width = treatment == Treatment::number ? 1 : 0;
    for (const TimePart part : time_parts) width += width_of(part);
    return width + (missing_indicator ? 1 : 0);
}

Preprocessor::Preprocessor(std::vector<ColumnPlan> columns) : columns_(std::move(columns)) {
    for (const ColumnPlan& column : columns_) inputs_ += column.inputs();
}

Preprocessor Preprocessor::fit(const Table& table, std::span<const std::uint32_t> rows,
                               const PreprocessorOptions& options) {
    check_options(table, options);
    if (rows.empty())
        throw Error(ErrorKind::data, fmt::format("{}: there are no rows to learn from", table.source()));
    std::vector<ColumnPlan> columns;
    for (const Column& column : table.columns())
        if (!contains(options.ignore, column.name))
            columns.push_back(plan_column(table, column, rows, wish_for(column.name, options)));
    for (ColumnPlan& column : columns)
        column.embedded =
            column.treatment == Treatment::category && values_of(column) > options.one_hot_up_to;
    if (options.category_coding == CategoryCoding::signed_pairs)
        for (ColumnPlan& column : columns) sign_pair(column);
    if (Preprocessor(columns).inputs() == 0) columns = keep_runs(table, rows, columns, options);
    if (!options.recurring_values || options.scaling == Scaling::robust)
        for (ColumnPlan& column : columns) column.recurring.clear();
    if (options.scaling == Scaling::robust) scale_robustly(table, rows, columns);
    if (options.scaling == Scaling::quantile) scale_by_quantiles(table, rows, columns);
    note_training_means(table, rows, columns);
    Preprocessor fitted(std::move(columns));
    if (fitted.inputs() == 0) nothing_left(table, fitted.columns());
    return fitted;
}

std::vector<std::size_t> Preprocessor::number_inputs() const {
    std::vector<std::size_t> numbers;
    std::size_t first = 0;
    for (const ColumnPlan& column : columns_) {
        if (!is_dense(column)) continue;
        std::size_t input = first;
        if (column.treatment == Treatment::number) numbers.push_back(input);
        for (const TimePart part : column.time_parts) {
            if (part == TimePart::linear) numbers.push_back(input);
            input += width_of(part);
        }
        first += column.dense_inputs();
    }
    return numbers;
}

CategoryEmbedding Preprocessor::embedded_categories() const {
    CategoryEmbedding embedded;
    std::size_t input = 0;
    for (const ColumnPlan& column : columns_) input += column.dense_inputs();
    for (const ColumnPlan& column : columns_) {
        if (column.embedded) {
            embedded.inputs.push_back(input);
            embedded.codes.push_back(column.codes());
        }
        input += column.code_inputs();
    }
    return embedded;
}

std::vector<std::size_t> Preprocessor::input_columns() const {
    std::vector<std::size_t> columns;
    for (std::size_t j = 0; j < columns_.size(); ++j)
        columns.insert(columns.end(), columns_[j].dense_inputs(), j);
    for (std::size_t j = 0; j < columns_.size(); ++j)
        columns.insert(columns.end(), columns_[j].code_inputs(), j);
    return columns;
}

std::vector<std::string> Preprocessor::input_names() const {
    std::vector<std::string> names;
    for (const ColumnPlan& column : columns_)
        if (column.treatment != Treatment::dropped) name_dense_inputs(column, names);
    for (const ColumnPlan& column : columns_)
        if (has_codes(column)) name_code_inputs(column, names);
    return names;
}

}  // namespace thalweg
