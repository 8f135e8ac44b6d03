#include "data/target_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/cells.h"
#include "data/numbers.h"
#include "data/text_lookup.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// A share of numbers above which text among them is a slip and not a class.
constexpr double kMostlyNumbers = 0.9;

/// "20,640"
std::string grouped(std::size_t count) {
    std::string text = std::to_string(count);
    for (auto position = static_cast<std::ptrdiff_t>(text.size()) - 3; position > 0; position -= 3)
        text.insert(static_cast<std::size_t>(position), ",");
    return text;
}

[[noreturn]] void refuse(const Column& column, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("target '{}' {}", column.name, what));
}

/// Whole numbers that can be told apart by a glance at a few values: classes are written so.
constexpr std::size_t kMostClassNumbers = 20;

/// 0..k-1 or 1..k without a gap, each in at least 3 rows and 1 row in 500: classes are, counts thin out to
/// nothing.
bool looks_like_classes(const TargetFacts& facts) {
    const bool dense = facts.greatest - facts.least + 1.0 == static_cast<double>(facts.distinct);
    return facts.whole && dense && (facts.least == 0.0 || facts.least == 1.0) &&
           facts.distinct <= kMostClassNumbers && facts.rarest >= 3 && facts.rarest * 500 >= facts.rows;
}

/// Sorted by size where all are numbers, else by letters.
void sort_classes(std::vector<std::string>& classes) {
    const bool numbers =
        std::ranges::all_of(classes, [](const std::string& name) { return parse_number(name).has_value(); });
    std::ranges::sort(classes, [&](const std::string& a, const std::string& b) {
        if (!numbers) return a < b;
        const double left = *parse_number(a), right = *parse_number(b);
        return left != right ? left < right : a < b;
    });
}

void gather_number_facts(std::vector<double> values, TargetFacts& facts) {
    std::ranges::sort(values);
    facts.rows = values.size();
    facts.whole = std::ranges::all_of(values, [](double value) { return value == std::floor(value); });
    facts.rarest = values.size();
    for (std::size_t i = 0; i < values.size();) {
        std::size_t end = i;
        while (end < values.size() && values[end] == values[i]) ++end;
        if (++facts.distinct <= kMostClasses) facts.classes.push_back(fmt::format("{}", values[i]));
        facts.rarest = std::min(facts.rarest, end - i);
        i = end;
    }
    if (values.empty()) return;
    facts.least = values.front();
    facts.greatest = values.back();
}

void gather_text_facts(const TextCells& cells, std::span<const std::uint32_t> rows, TargetFacts& facts) {
    const std::vector<std::size_t> counts = cells.counts(rows);
    facts.rarest = rows.size();
    for (std::size_t code = 0; code < counts.size(); ++code) {
        if (counts[code] == 0) continue;
        facts.rows += counts[code];
        facts.rarest = std::min(facts.rarest, counts[code]);
        if (++facts.distinct <= kMostClasses) facts.classes.push_back(cells.dictionary()[code]);
    }
    sort_classes(facts.classes);
}

/// Text in a column of numbers: the reader took it as text for a few cells' sake.
void check_for_slips(const Table& table, const Column& column, std::span<const std::uint32_t> rows,
                     const TargetFacts& facts) {
    const auto numbers = std::ranges::count_if(
        facts.classes, [](const std::string& name) { return parse_number(name).has_value(); });
    const auto distinct = static_cast<std::ptrdiff_t>(facts.classes.size());
    if (numbers < distinct && distinct > static_cast<std::ptrdiff_t>(kMostClassNumbers) &&
        static_cast<double>(numbers) >= kMostlyNumbers * static_cast<double>(distinct))
        refuse_text(table, column, rows);
}

bool two_valued(const TargetFacts& facts) {
    return facts.distinct == 2;
}

std::string first_classes(const TargetFacts& facts) {
    constexpr std::size_t kShown = 5;
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, facts.classes.size()); ++i)
        text += (i == 0 ? "" : ", ") + facts.classes[i];
    return facts.distinct > kShown ? text + ", ..." : text;
}

RecognisedTask recognise_one(const TargetFacts& facts) {
    const std::string& name = facts.column->name;
    if (two_valued(facts))
        return {Task::binary, fmt::format("'{}' has two values: {}", name, first_classes(facts))};
    if (!facts.numbers)
        return {Task::multiclass, fmt::format("'{}' is text with {} distinct values: {}", name,
                                              grouped(facts.distinct), first_classes(facts))};
    if (looks_like_classes(facts))
        return {Task::multiclass, fmt::format("'{}' has {} distinct whole numbers: {}", name, facts.distinct,
                                              first_classes(facts))};
    return {Task::regression, fmt::format("'{}' has {} distinct numbers from {} to {}", name,
                                          grouped(facts.distinct), facts.least, facts.greatest)};
}

/// Classes that nearly every row has for itself are names of rows.
void check_classes(const TargetFacts& facts) {
    if (facts.distinct > kMostClasses)
        refuse(*facts.column,
               fmt::format("has {} distinct values, more than the {} classes that a network can have; "
                           "is it an identifier? For numbers say --task regression",
                           grouped(facts.distinct), grouped(kMostClasses)));
    constexpr std::size_t kFew = 20;
    if (facts.distinct > kFew && facts.distinct * 2 > facts.rows)
        refuse(
            *facts.column,
            fmt::format(
                "has {} distinct values in {} rows: nearly every row would be a class of its own; is it an "
                "identifier? For numbers say --task regression",
                grouped(facts.distinct), grouped(facts.rows)));
}

/// True where no value could be meant as a number: not one cell is at fault, but the task.
bool all_names(const TargetFacts& facts) {
    return !facts.classes.empty() &&
           std::none_of(facts.classes.begin(), facts.classes.end(),
                        [](const auto& name) { return parse_number(name) || !boolean_word(name).empty(); });
}

}  // namespace

TargetFacts target_facts(const Table& table, const Column& column, std::span<const std::uint32_t> rows) {
    if (column.type == ColumnType::time)
        refuse(column, "is a time; give it as a number (say, days since a date) or as classes");
    TargetFacts facts;
    facts.column = &column;
    facts.numbers = column.type == ColumnType::number;
    if (facts.numbers) {
        gather_number_facts(finite_values(NumberCells(column).gather(rows)), facts);
    } else {
        gather_text_facts(TextCells(column), rows, facts);
        check_for_slips(table, column, rows, facts);
    }
    if (facts.rows == 0) refuse(column, "is missing in every row; there is nothing to learn from");
    if (facts.distinct == 1)
        refuse(
            column,
            fmt::format("is '{}' in every one of {} rows: with a single value, or one class only, there is "
                        "nothing to learn",
                        facts.classes.front(), grouped(facts.rows)));
    return facts;
}

RecognisedTask recognise_task(std::span<const TargetFacts> targets) {
    if (targets.size() == 1) {
        RecognisedTask recognised = recognise_one(targets[0]);
        check_task(recognised.task, targets);
        return recognised;
    }
    if (std::ranges::all_of(targets, two_valued))
        return {Task::multilabel, fmt::format("each of the {} targets has two values", targets.size())};
    if (std::ranges::all_of(targets, &TargetFacts::numbers))
        return {Task::regression, fmt::format("the {} targets are numbers", targets.size())};
    const auto odd = std::ranges::find_if_not(targets, &TargetFacts::numbers);
    refuse(*odd->column,
           fmt::format("is text with {} distinct values, and several targets must all be numbers or all "
                       "have two values; train one model for each",
                       grouped(odd->distinct)));
}

void check_task(Task task, std::span<const TargetFacts> targets) {
    const bool of_one = task == Task::binary || task == Task::multiclass;
    if (of_one && targets.size() > 1)
        throw Error(ErrorKind::usage,
                    fmt::format("--task {} takes one target, and there are {}; several yes/no "
                                "targets are --task multilabel",
                                name_of(task), targets.size()));
    for (const TargetFacts& facts : targets) {
        if ((task == Task::binary || task == Task::multilabel) && !two_valued(facts))
            refuse(*facts.column, fmt::format("has {} distinct values ({}), and --task {} needs exactly two; "
                                              "--task {} fits it",
                                              grouped(facts.distinct), first_classes(facts), name_of(task),
                                              facts.numbers ? "regression" : "multiclass"));
        if (task == Task::multiclass) check_classes(facts);
        if (task == Task::regression && all_names(facts))
            refuse(*facts.column,
                   fmt::format("holds names ({}), and --task regression needs numbers; --task {} "
                               "fits it",
                               first_classes(facts), two_valued(facts) ? "binary" : "multiclass"));
    }
}

}  // namespace thalweg
