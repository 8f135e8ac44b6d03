#include "model/column_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "model/text_table.h"

namespace thalweg {
namespace {

/// From so many columns on that differ in nothing but their numbers, they share a line.
constexpr std::size_t kColumnsToGroup = 20;

std::string scaling_text(const NumberPlan& number) {
    return number.quantiles.empty()
               ? fmt::format("minus {:.6g}, divided by {:.6g}", number.centre, number.scale)
               : fmt::format("made normal by {} quantiles from {:.6g} to {:.6g}", number.quantiles.size(),
                             number.quantiles.front(), number.quantiles.back());
}

std::string_view filled_in(const NumberPlan& number) {
    return number.quantiles.empty() ? "the mean" : "0";
}

std::string missing_text(const ColumnPlan& column) {
    if (!column.missing_indicator) return "";
    return column.missing == 0 ? "; missing has an input of its own"
                               : fmt::format("; missing ({} in training) is {} and has an input of its own",
                                             with_separators(column.missing), filled_in(column.number));
}

std::string recurring_text(const ColumnPlan& column) {
    if (column.recurring.empty()) return "";
    return fmt::format("; {} values that recur have an input each", column.recurring.size());
}

std::string category_text(const ColumnPlan& column) {
    std::string text = column.embedded                    ? "a learned vector each: "
                       : column.inputs() < column.codes() ? "1 or -1: "
                                                          : "one-hot: ";
    text += abridged(column.categories);
    if (column.missing_input) text += "; missing";
    if (column.other_input) text += "; rare and unseen values together";
    return text;
}

std::string time_text(const ColumnPlan& column) {
    std::vector<std::string> parts;
    for (const TimePart part : column.time_parts) {
        std::string name(name_of(part));
        for (char& c : name)
            if (c == '_') c = ' ';
        parts.push_back(name);
    }
    return fmt::format("as numbers: {}", fmt::join(parts, ", "));
}

/// What a column is treated by, without the numbers that were fitted to it.
std::string kind_text(const ColumnPlan& column) {
    switch (column.treatment) {
        case Treatment::number:
            return std::string(column.number.quantiles.empty() ? "centred and scaled"
                                                               : "made normal by its quantiles") +
                   (column.missing_indicator
                        ? fmt::format("; missing is {} and has an input of its own", filled_in(column.number))
                        : "") +
                   recurring_text(column);
        case Treatment::category:
            return category_text(column);
        case Treatment::time:
            return time_text(column);
        default:
            return column.reason;
    }
}

std::string fitted_text(const ColumnPlan& column) {
    switch (column.treatment) {
        case Treatment::number:
            return scaling_text(column.number) + missing_text(column) + recurring_text(column);
        case Treatment::category:
            return category_text(column);
        case Treatment::time:
            return time_text(column) + missing_text(column);
        default:
            return column.reason;
    }
}

bool says_why(const ColumnPlan& column) {
    return column.treatment != Treatment::dropped && !column.reason.empty();
}

std::string group_key(const ColumnPlan& column) {
    return fmt::format("{}|{}|{}|{}|{}", name_of(column.treatment), name_of(column.type), kind_text(column),
                       column.treatment == Treatment::dropped ? "" : column.reason,
                       fmt::join(column.categories, "|"));
}

ColumnGroup group_of(const std::vector<const ColumnPlan*>& columns) {
    const ColumnPlan& first = *columns.front();
    ColumnGroup group{first.name, first.treatment, 0, column_text(first)};
    for (const ColumnPlan* column : columns) group.inputs += column->inputs();
    if (columns.size() == 1) return group;
    group.names = fmt::format("{}, ... {} ({} columns)", first.name, columns.back()->name,
                              with_separators(columns.size()));
    group.what = kind_text(first) + (says_why(first) ? " (" + first.reason + ")" : "");
    return group;
}

}  // namespace

std::string column_text(const ColumnPlan& column) {
    return fitted_text(column) + (says_why(column) ? " (" + column.reason + ")" : "");
}

std::vector<ColumnGroup> group_columns(std::span<const ColumnPlan> columns) {
    std::map<std::string, std::vector<const ColumnPlan*>> alike;
    for (const ColumnPlan& column : columns) alike[group_key(column)].push_back(&column);
    std::vector<ColumnGroup> groups;
    for (const ColumnPlan& column : columns) {
        const std::vector<const ColumnPlan*>& group = alike[group_key(column)];
        if (group.size() < kColumnsToGroup)
            groups.push_back(group_of({&column}));
        else if (group.front() == &column)
            groups.push_back(group_of(group));
    }
    return groups;
}

}  // namespace thalweg
