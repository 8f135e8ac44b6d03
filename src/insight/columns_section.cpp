#include "insight/columns_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "insight/column_importance.h"
#include "insight/diagnosis.h"
#include "insight/explanation_steps.h"
#include "insight/mathml.h"
#include "insight/report_charts.h"
#include "insight/sensitivity.h"
#include "model/column_text.h"

namespace thalweg {
namespace {

/// More columns than this say nothing to anybody: the ones that matter most are listed.
constexpr std::size_t kListed = 200;
/// Fewer rows than this tell nothing of a column.
constexpr std::size_t kLeastRows = 30;

/// Rows that no network learnt from where there are such, and what they are.
std::pair<Table, std::string> rows_to_deal(const ReportedTraining& reported) {
    const KeptRows& kept = reported.rows;
    if (kept.validation) return {*kept.validation, "rows held out"};
    std::vector<std::uint32_t> held_out;
    for (std::size_t i = 0; i < kept.numbers.size(); ++i)
        if (std::ranges::binary_search(reported.training.split_off, kept.numbers[i]))
            held_out.push_back(static_cast<std::uint32_t>(i));
    if (held_out.size() >= kLeastRows) return {sample_rows(kept.rows, held_out), "rows held out"};
    return {kept.rows, "rows, which networks of the model learnt from"};
}

std::string told(const ColumnImportance& importance, const std::string& rows) {
    if (importance.by_column.empty()) return "";
    return fmt::format(
        "<p class=\"soft\">Importance: how much {} rises from {} where the column's cells are dealt to other "
        "rows, on {} {}. Sensitivity: how much an input of the column moves the outputs, the mean of |d "
        "y_hat / d x|, of the network drawn above.</p>\n",
        escape_html(importance.metric), short_number(importance.with_all), importance.rows, rows);
}

}  // namespace

std::string columns_html(const ReportedTraining& reported, const PlainExamples& examples) {
    const Model& model = reported.training.model;
    std::vector<ColumnSensitivity> sensitivity = column_sensitivity(model, 1, examples);
    std::ranges::stable_sort(sensitivity, std::ranges::greater{}, &ColumnSensitivity::value);
    std::vector<std::string> in_order;
    std::ranges::transform(sensitivity, std::back_inserter(in_order), &ColumnSensitivity::column);
    auto [rows, which] = rows_to_deal(reported);
    const std::uint64_t seed = 0;
    const ColumnImportance importance = permutation_importance(model, std::move(rows), in_order, seed);
    const auto rise = [&](const std::string& column) {
        const auto found = importance.by_column.find(column);
        return found == importance.by_column.end() ? 0.0 : found->second;
    };
    std::ranges::stable_sort(sensitivity, std::ranges::greater{},
                             [&](const ColumnSensitivity& one) { return rise(one.column); });
    double most_sensitive = 0.0, most_important = 0.0;
    for (const ColumnSensitivity& one : sensitivity) {
        most_sensitive = std::max(most_sensitive, one.value);
        most_important = std::max(most_important, rise(one.column));
    }
    const auto share = [](double value, double most) { return most > 0.0 ? value / most : 0.0; };
    HtmlTable table("Columns, the most important first",
                    {"column", "importance", "sensitivity", "what is done with it"});
    const auto plan_of = [&](const std::string& name) {
        return *std::ranges::find(model.preprocessor().columns(), name, &ColumnPlan::name);
    };
    for (std::size_t c = 0; c < std::min(sensitivity.size(), kListed); ++c) {
        const ColumnSensitivity& one = sensitivity[c];
        table.add({escape_html(one.column),
                   importance.by_column.contains(one.column)
                       ? meter(share(rise(one.column), most_important), short_number(rise(one.column)))
                       : "-",
                   meter(share(one.value, most_sensitive), short_number(one.value)),
                   escape_html(column_text(plan_of(one.column)))});
    }
    for (const ColumnPlan& column : model.preprocessor().columns())
        if (column.treatment == Treatment::dropped)
            table.add({escape_html(column.name), "-", "-", escape_html(column_text(column))});
    std::string html = told(importance, which) + table.html();
    if (sensitivity.size() > kListed)
        html += fmt::format("<p class=\"soft\">{} further columns matter less.</p>\n",
                            sensitivity.size() - kListed);
    return html;
}

}  // namespace thalweg
