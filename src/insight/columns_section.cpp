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

/// Rows that are judged by networks which had not learnt from them, where there are such, and what they are.
std::pair<RowsToJudgeBy, std::string> rows_to_deal(const ReportedTraining& reported) {
    const KeptRows& kept = reported.rows;
    const Training& training = reported.training;
    if (kept.validation) return {{*kept.validation}, "rows held out"};
    std::vector<std::uint32_t> held_out, folds;
    const std::vector<std::uint32_t>& judged = training.folds > 1 ? training.dealt : training.split_off;
    for (std::size_t i = 0; i < kept.numbers.size(); ++i) {
        const auto found = std::ranges::lower_bound(judged, kept.numbers[i]);
        if (found == judged.end() || *found != kept.numbers[i]) continue;
        held_out.push_back(static_cast<std::uint32_t>(i));
        if (training.folds > 1)
            folds.push_back(training.fold_of_dealt[static_cast<std::size_t>(found - judged.begin())]);
    }
    if (training.folds > 1)
        return {{sample_rows(kept.rows, held_out), std::move(folds)},
                "rows, each predicted by the networks that had not learnt from it"};
    if (held_out.size() >= kLeastRows) return {{sample_rows(kept.rows, held_out)}, "rows held out"};
    return {{kept.rows}, "rows, which networks of the model learnt from"};
}

/// A hundredth of the multiplications of training, forward and back, so that a short one is not followed by a
/// long look at its columns; and as much as is not felt, some hundredths of a second.
double work_for_importance(const Training& training) {
    constexpr double kShare = 0.01, kNotFelt = 2e8;
    double parameters = 0.0, epochs = 0.0;
    for (const ModelNetwork& one : training.model.networks())
        parameters = std::max(
            parameters, static_cast<double>(one.network.theta().size() * one.network.shape().members.count));
    for (const NetworkTraining& one : training.networks)
        epochs += static_cast<double>(one.fit.history.size());
    return std::max(kNotFelt,
                    kShare * 3.0 * parameters * epochs * static_cast<double>(training.training_rows));
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
    const auto [rows, which] = rows_to_deal(reported);
    const std::uint64_t seed = 0;
    const ColumnImportance importance =
        permutation_importance(model, rows, in_order, seed, work_for_importance(reported.training));
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
