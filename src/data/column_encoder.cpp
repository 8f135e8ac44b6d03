#include "data/column_encoder.h"

#include <cmath>

#include "data/time_features.h"

namespace thalweg {

bool is_dense(const ColumnPlan& plan) {
    return plan.treatment == Treatment::number || plan.treatment == Treatment::time;
}

bool has_codes(const ColumnPlan& plan) {
    return plan.treatment == Treatment::category || !plan.recurring.empty();
}

NumberCells dense_cells(const ColumnPlan& plan, const Table& table, std::span<const std::uint32_t> rows) {
    const Column& column = table.column(plan.name);
    return plan.treatment == Treatment::time ? time_cells(table, column, rows, plan.time_format)
                                             : number_cells(table, column, rows);
}

void encode_dense(const ColumnPlan& plan, double value, float* inputs) {
    if (plan.missing_indicator) inputs[plan.dense_inputs() - 1] = std::isfinite(value) ? 0.0F : 1.0F;
    if (plan.treatment == Treatment::number) {
        *inputs = plan.number.encode(value);
        return;
    }
    for (const TimePart part : plan.time_parts) {
        encode_time_part(part, value, plan.number, inputs);
        inputs += width_of(part);
    }
}

CategoryBlock block_of(const ColumnPlan& plan, std::size_t first_input) {
    return {first_input, plan.codes(), plan.embedded, plan.one_hot};
}

CategoryInputs::CategoryInputs(const ColumnPlan& plan) {
    const auto last = static_cast<std::uint32_t>(plan.codes() - 1);
    for (std::size_t i = 0; i < plan.categories.size(); ++i)
        lookup_.add(plan.categories[i], static_cast<std::uint32_t>(i));
    for (const std::string& rare : plan.rare) lookup_.add(rare, last);
    if (plan.other_input) unseen_ = last;
    if (plan.missing_input) missing_ = static_cast<std::uint32_t>(plan.categories.size());
}

}  // namespace thalweg
