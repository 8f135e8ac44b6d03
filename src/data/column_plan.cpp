#include "data/column_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "data/cells.h"
#include "data/numbers.h"
#include "data/recurring_values.h"
#include "data/text_content.h"
#include "data/time_features.h"

namespace thalweg {
namespace {

/// Beyond these, categories are so rare that a weight of their own is noise.
constexpr std::size_t kMostCategories = 512;
/// Categories that keep an input must cover this share of the cells, or the column says too little.
constexpr double kLeastCovered = 0.1;

ColumnPlan dropped(ColumnPlan plan, std::string reason) {
    plan.treatment = Treatment::dropped;
    plan.reason = std::move(reason);
    return plan;
}

/// How often a category must occur to have an input of its own: a few times, more in large tables.
std::size_t least_count(std::size_t rows) {
    if (rows < 100) return 2;
    return std::clamp<std::size_t>(rows / 20000, 3, 50);
}

ColumnPlan plan_number(ColumnPlan plan, std::span<const double> cells, Wish wish) {
    const std::vector<double> values = finite_values(cells);
    plan.treatment = Treatment::number;
    plan.missing = cells.size() - values.size();
    if (values.empty()) return dropped(std::move(plan), "no value in any row");
    plan.missing_indicator = plan.missing > 0;
    if (moments(values).constant() && !plan.missing_indicator)
        return dropped(std::move(plan), "the same value in every row");
    if (wish != Wish::number && looks_like_identifier(plan.name, values))
        return dropped(std::move(plan),
                       "an identifier: whole numbers, all different (--numeric keeps it as a number)");
    plan.number = fit_number(values);
    plan.recurring = recurring_values(values, least_count(cells.size()), kMostCategories);
    return plan;
}

ColumnPlan plan_time(ColumnPlan plan, std::span<const double> seconds) {
    const std::vector<double> values = finite_values(seconds);
    plan.treatment = Treatment::time;
    plan.missing = seconds.size() - values.size();
    if (values.empty()) return dropped(std::move(plan), "no value in any row");
    plan.missing_indicator = plan.missing > 0;
    plan.time_parts = varying_time_parts(values);
    if (plan.time_parts.empty() && !plan.missing_indicator)
        return dropped(std::move(plan), "the same value in every row");
    plan.number = fit_number(values);
    return plan;
}

/// The values that occur, the most frequent first, ties by name.
std::vector<std::size_t> by_frequency(const std::vector<std::string>& dictionary,
                                      std::span<const std::size_t> counts) {
    std::vector<std::size_t> codes;
    for (std::size_t code = 0; code < counts.size(); ++code)
        if (counts[code] > 0) codes.push_back(code);
    std::sort(codes.begin(), codes.end(), [&](std::size_t a, std::size_t b) {
        return counts[a] != counts[b] ? counts[a] > counts[b] : dictionary[a] < dictionary[b];
    });
    return codes;
}

ColumnPlan plan_category(ColumnPlan plan, const std::vector<std::string>& dictionary,
                         std::span<const std::size_t> counts, std::size_t rows, Wish wish) {
    plan.treatment = Treatment::category;
    const std::size_t present = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
    plan.missing = rows - present;
    if (present == 0) return dropped(std::move(plan), "no value in any row");
    plan.missing_input = plan.missing > 0;

    std::size_t covered = 0;
    for (const std::size_t code : by_frequency(dictionary, counts)) {
        const bool own = counts[code] >= least_count(rows) && plan.categories.size() < kMostCategories;
        (own ? plan.categories : plan.rare).push_back(dictionary[code]);
        if (own) covered += counts[code];
    }
    plan.other_input = !plan.rare.empty();
    if (plan.categories.size() + plan.rare.size() == 1 && !plan.missing_input)
        return dropped(std::move(plan), "the same value in every row");
    const bool free_text = nearly_all_different(counts) ||
                           static_cast<double>(covered) < kLeastCovered * static_cast<double>(present);
    if (free_text && wish != Wish::category)
        return dropped(std::move(plan), "an identifier or free text: nearly all values are different");
    if (plan.categories.empty())
        return dropped(std::move(plan), fmt::format("no value occurs in {} rows or more", least_count(rows)));
    return plan;
}

ColumnPlan plan_text(const Table& table, const Column& column, std::span<const std::uint32_t> rows, Wish wish,
                     ColumnPlan plan) {
    const std::vector<std::size_t> counts = TextCells(column).counts(rows);
    const bool empty =
        std::all_of(counts.begin(), counts.end(), [](std::size_t count) { return count == 0; });
    if (empty) return plan_category(std::move(plan), column.dictionary, counts, rows.size(), wish);
    const TextContent content = content_of(column.dictionary, counts);
    if (content == TextContent::numbers)
        return plan_number(std::move(plan), number_cells(table, column, rows).gather(rows), wish);
    if (content == TextContent::numbers_with_mistakes) refuse_text(table, column, rows);
    plan.time_format = recognise_time_format(column.dictionary, counts);
    if (!plan.time_format.empty())
        return plan_time(plan, time_cells(table, column, rows, plan.time_format).gather(rows));
    return plan_category(std::move(plan), column.dictionary, counts, rows.size(), wish);
}

}  // namespace

ColumnPlan plan_column(const Table& table, const Column& column, std::span<const std::uint32_t> rows,
                       Wish wish) {
    ColumnPlan plan;
    plan.name = column.name;
    plan.type = column.type;
    if (wish == Wish::category) {
        const TextCells cells(column);
        return plan_category(std::move(plan), cells.dictionary(), cells.counts(rows), rows.size(), wish);
    }
    if (wish == Wish::number || column.type == ColumnType::number)
        return plan_number(std::move(plan), number_cells(table, column, rows).gather(rows), wish);
    if (column.type == ColumnType::time)
        return plan_time(std::move(plan), time_cells(table, column, rows, {}).gather(rows));
    return plan_text(table, column, rows, wish, std::move(plan));
}

}  // namespace thalweg
