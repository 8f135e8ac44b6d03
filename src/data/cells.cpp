#include "data/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "data/numbers.h"
#include "data/text_lookup.h"
#include "data/time_features.h"

namespace thalweg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A column of text with the shortest text of each number or time.
Column as_text(const Column& column) {
    Column text;
    text.name = column.name;
    text.type = ColumnType::text;
    text.codes.reserve(column.rows());
    std::unordered_map<double, std::uint32_t> code_of;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        if (!std::isfinite(column.value(row))) {
            text.codes.push_back(Column::kMissingCode);
            continue;
        }
        const auto next = static_cast<std::uint32_t>(text.dictionary.size());
        const auto [known, is_new] = code_of.emplace(column.value(row), next);
        if (is_new)
            text.dictionary.push_back(column.type == ColumnType::number
                                          ? std::string(NumberText(column.value(row)))
                                          : column.text(row));
        text.codes.push_back(known->second);
    }
    return text;
}

}  // namespace

std::optional<double> number_of_text(std::string_view text) {
    if (const auto number = parse_number(text)) return number;
    const std::string_view word = boolean_word(text);
    if (word.empty()) return std::nullopt;
    return word == "true" ? 1.0 : 0.0;
}

std::optional<double> seconds_of_text(std::string_view text, std::string_view format) {
    if (!format.empty())
        if (const auto seconds = parse_time(text, format)) return seconds;
    return parse_iso_time(text);
}

NumberCells::NumberCells(const Column& column, const std::function<double(const std::string&)>& read)
    : column_(&column) {
    of_code_.reserve(column.dictionary.size());
    for (const std::string& text : column.dictionary) of_code_.push_back(read(text));
}

double NumberCells::at(std::size_t row) const {
    if (column_->type != ColumnType::text) return column_->value(row);
    const std::uint32_t code = column_->codes[row];
    return code < of_code_.size() ? of_code_[code] : kNaN;
}

std::vector<double> NumberCells::gather(std::span<const std::uint32_t> rows) const {
    std::vector<double> values(rows.size());
    std::transform(rows.begin(), rows.end(), values.begin(), [&](std::uint32_t row) { return at(row); });
    return values;
}

TextCells::TextCells(const Column& column) : column_(&column) {
    if (column.type != ColumnType::text) converted_ = as_text(column);
}

std::vector<std::size_t> TextCells::counts(std::span<const std::uint32_t> rows) const {
    std::vector<std::size_t> counts(dictionary().size());
    for (const std::uint32_t row : rows)
        if (code(row) < counts.size()) ++counts[code(row)];
    return counts;
}

void refuse_text(const Table& table, const Column& column, std::span<const std::uint32_t> rows) {
    for (const std::uint32_t row : rows) {
        const std::uint32_t code = column.codes[row];
        if (code == Column::kMissingCode || number_of_text(column.dictionary[code])) continue;
        const std::string& value = column.dictionary[code];
        const char* advice = parse_decimal_comma(value)
                                 ? "if the comma is the decimal point, say --decimal ,; else correct it"
                                 : "correct it";
        throw Error(
            ErrorKind::data,
            fmt::format("{}: column '{}' holds numbers, but here it is '{}'; {}, declare it a missing "
                        "word with --missing '{}', or take the column as categories with "
                        "--categorical '{}'",
                        table.locate(row), column.name, value, advice, value, column.name));
    }
    throw Error(ErrorKind::data, fmt::format("{}: column '{}' holds text where numbers were expected",
                                             table.source(), column.name));
}

NumberCells number_cells(const Table& table, const Column& column, std::span<const std::uint32_t> rows) {
    if (column.type == ColumnType::time)
        throw Error(ErrorKind::data, fmt::format("{}: column '{}' holds times where numbers were expected",
                                                 table.source(), column.name));
    if (column.type == ColumnType::number) return NumberCells(column);
    const auto occurs = TextCells(column).counts(rows);
    for (std::size_t code = 0; code < occurs.size(); ++code)
        if (occurs[code] > 0 && !number_of_text(column.dictionary[code])) refuse_text(table, column, rows);
    return NumberCells(column, [](const std::string& text) { return number_of_text(text).value_or(kNaN); });
}

NumberCells time_cells(const Table& table, const Column& column, std::span<const std::uint32_t> rows,
                       const std::string& format) {
    if (column.type == ColumnType::time) return NumberCells(column);
    if (column.type == ColumnType::number) {
        NumberCells numbers(column);
        const auto stray = std::find_if(rows.begin(), rows.end(),
                                        [&](std::uint32_t row) { return std::isfinite(numbers.at(row)); });
        if (stray == rows.end()) return numbers;
        throw Error(ErrorKind::data,
                    fmt::format("{}: column '{}' holds times, but here it is the number {}; write it like {}",
                                table.locate(*stray), column.name, column.text(*stray),
                                format.empty() ? "2024-02-29" : "the times of training (" + format + ")"));
    }
    return NumberCells(column,
                       [&](const std::string& text) { return seconds_of_text(text, format).value_or(kNaN); });
}

}  // namespace thalweg
