#include "data/row_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "data/cells.h"
#include "data/recurring_values.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double number_of_cell(const std::string& column, const Cell& cell) {
    const std::string_view* text = cell.text();
    if (text == nullptr) return *cell.number();
    if (text->empty()) return kNaN;
    if (const auto number = number_of_text(*text)) return *number;
    throw Error(
        ErrorKind::data,
        fmt::format("column '{}' holds numbers, but here it is '{}'; give a number, or NaN where it is "
                    "missing",
                    column, *text));
}

/// Of a number that may be missing, or a time.
double dense_value(const ColumnPlan& plan, const Cell& cell) {
    if (plan.treatment != Treatment::time || cell.text() == nullptr) return number_of_cell(plan.name, cell);
    return seconds_of_text(*cell.text(), plan.time_format).value_or(kNaN);
}

/// The category that a number spells in a table.
std::optional<std::uint32_t> find_number(const ColumnPlan& plan, const CategoryInputs& inputs,
                                         double number) {
    if (plan.type != ColumnType::time) return inputs.find(NumberText(number));
    Column time;
    time.type = ColumnType::time;
    time.values = {number};
    return inputs.find(time.text(0));
}

std::uint32_t input_of_cell(const ColumnPlan& plan, const CategoryInputs& inputs, const Cell& cell) {
    if (plan.treatment == Treatment::number)
        return recurring_code(plan.recurring, number_of_cell(plan.name, cell));
    if (const std::string_view* text = cell.text())
        return text->empty() ? inputs.missing() : inputs.find(*text).value_or(inputs.unseen());
    const double number = *cell.number();
    return std::isfinite(number) ? find_number(plan, inputs, number).value_or(inputs.unseen())
                                 : inputs.missing();
}

}  // namespace

RowEncoder::RowEncoder(const Preprocessor& preprocessor) : inputs_(preprocessor.inputs()) {
    std::size_t next_input = 0;
    for (const ColumnPlan& plan : preprocessor.columns()) {
        if (plan.treatment == Treatment::dropped) continue;
        const std::size_t cell = names_.size();
        names_.push_back(plan.name);
        if (has_codes(plan)) categories_.push_back({{plan, cell, 0}, CategoryInputs(plan), {}});
        if (!is_dense(plan)) continue;
        const bool is_standardised = plan.treatment == Treatment::number && plan.number.quantiles.empty();
        if (is_standardised && !plan.missing_indicator) {
            add_number(plan.number, cell, next_input);
        } else {
            dense_.push_back({plan, cell, next_input});
        }
        next_input += plan.dense_inputs();
    }
    for (CategoryPart& category : categories_) {
        category.block = block_of(category.part.plan, next_input);
        next_input += category.block.width();
    }
}

void RowEncoder::add_number(const NumberPlan& plan, std::size_t cell, std::size_t input) {
    const auto goes_on = [&](const NumberPart& last) {
        return last.first_cell + last.plans.size() == cell && last.first_input + last.plans.size() == input &&
               last.plans.takes(plan);
    };
    if (numbers_.empty() || !goes_on(numbers_.back())) numbers_.push_back({{}, cell, input});
    numbers_.back().plans.add(plan);
}

void RowEncoder::encode_numbers(const NumberPart& part, std::span<const double> row,
                                std::span<float> inputs) const {
    const std::size_t count = part.plans.size();
    part.plans.encode(0, row.subspan(part.first_cell, count), inputs.subspan(part.first_input, count));
}

void RowEncoder::encode_numbers(const NumberPart& part, std::span<const Cell> row,
                                std::span<float> inputs) const {
    std::array<double, 64> values;
    for (std::size_t first = 0; first < part.plans.size(); first += values.size()) {
        const std::size_t count = std::min(values.size(), part.plans.size() - first);
        for (std::size_t j = 0; j < count; ++j) {
            const std::size_t cell = part.first_cell + first + j;
            values[j] = number_of_cell(names_[cell], row[cell]);
        }
        part.plans.encode(first, std::span(values).first(count),
                          inputs.subspan(part.first_input + first, count));
    }
}

template <class Value>
void RowEncoder::encode_row(std::span<const Value> row, std::span<float> inputs) const {
    if (row.size() != names_.size())
        throw Error(ErrorKind::data, fmt::format("a row of {} cells was given; the model takes {}: {}",
                                                 row.size(), names_.size(), fmt::join(names_, ", ")));
    for (const NumberPart& part : numbers_) encode_numbers(part, row, inputs);
    for (const Part& part : dense_)
        encode_dense(part.plan, dense_value(part.plan, row[part.cell]), &inputs[part.first_input]);
    for (const auto& [part, category, block] : categories_)
        block.write(input_of_cell(part.plan, category, row[part.cell]), &inputs[block.first_input]);
}

void RowEncoder::encode(std::span<const Cell> row, std::span<float> inputs) const {
    encode_row(row, inputs);
}

void RowEncoder::encode(std::span<const double> row, std::span<float> inputs) const {
    encode_row(row, inputs);
}

}  // namespace thalweg
