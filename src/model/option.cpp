#include "model/option.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/quantity.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// The whole text as a finite number, or nothing.
std::optional<double> finite_number(std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
    return value;
}

std::string expected_number(std::string_view noun, const Range& range) {
    const std::string limits = range.text();
    return fmt::format("{}{}{}", noun, limits.empty() ? "" : " ", limits);
}

template <class Integer>
Integer whole_number(std::string_view text, const Range& range) {
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    if (!is_whole || !range.contains(static_cast<double>(value)))
        throw_bad_value(expected_number("a whole number", range), text);
    return value;
}

void require_names(const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (name.empty()) throw_bad_value("names with commas between them", join_list(names));
}

std::string quoted_item(const std::string& item) {
    if (item.find_first_of(",\"") == std::string::npos && !item.empty()) return item;
    std::string quoted = "\"";
    for (const char letter : item) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return quoted + '"';
}

}  // namespace

bool Range::contains(double value) const {
    const bool high_enough = least_belongs ? value >= least : value > least;
    const bool low_enough = most_belongs ? value <= most : value < most;
    return high_enough && low_enough;
}

std::string Range::text() const {
    const bool bounded_below = std::isfinite(least);
    const bool bounded_above = std::isfinite(most);
    const std::string top = bounded_above ? number_text(most) : "";
    const std::string bottom = bounded_below ? number_text(least) : "";
    if (bounded_below && bounded_above && !least_belongs)
        return fmt::format("above {} and {} {}", bottom, most_belongs ? "at most" : "below", top);
    if (bounded_below && bounded_above)
        return fmt::format("from {} to {}{}", bottom, most_belongs ? "" : "below ", top);
    if (bounded_below && least_belongs) return bottom + " or more";
    if (bounded_below) return "above " + bottom;
    if (bounded_above) return fmt::format("{} {}", most_belongs ? "at most" : "below", top);
    return "";
}

std::string Option::flag() const {
    return (about.name.size() == 1 ? "-" : "--") + std::string(about.name);
}

std::vector<std::string> split_list(std::string_view text) {
    if (text.empty()) return {};
    std::vector<std::string> items(1);
    bool in_quotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool doubled = in_quotes && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"';
        if (doubled) {
            items.back() += '"';
            ++i;
        } else if (text[i] == '"' && (in_quotes || items.back().empty())) {
            in_quotes = !in_quotes;
        } else if (text[i] == ',' && !in_quotes) {
            items.emplace_back();
        } else {
            items.back() += text[i];
        }
    }
    if (in_quotes) throw_bad_value("a list whose quotes are closed", text);
    return items;
}

std::string join_list(const std::vector<std::string>& items) {
    std::vector<std::string> quoted;
    quoted.reserve(items.size());
    for (const std::string& item : items) quoted.push_back(quoted_item(item));
    return fmt::format("{}", fmt::join(quoted, ","));
}

void throw_bad_value(std::string_view expected, std::string_view got) {
    throw Error(ErrorKind::usage, fmt::format("must be {}, not '{}'", expected, got));
}

std::string about_option(std::string_view name, std::string_view complaint) {
    return fmt::format("{}{} {}", name, complaint.starts_with("must ") ? "" : ":", complaint);
}

std::string number_text(double value) {
    return fmt::format("{}", value);
}

void FieldTraits<bool>::parse(std::string_view text, const Range&, bool& field) {
    if (text != "true" && text != "false") throw_bad_value("true or false", text);
    field = text == "true";
}

void FieldTraits<Negated>::parse(std::string_view text, const Range& range, Negated& field) {
    bool given = false;
    FieldTraits<bool>::parse(text, range, given);
    field.field = !given;
}

void FieldTraits<double>::parse(std::string_view text, const Range& range, double& field) {
    const std::optional<double> value = finite_number(text);
    if (!value || !range.contains(*value)) throw_bad_value(expected_number("a number", range), text);
    field = *value;
}

void FieldTraits<Duration>::parse(std::string_view text, const Range& range, Duration& field) {
    std::optional<Quantity> quantity = split_quantity(text);
    if (quantity && quantity->unit.empty()) quantity->unit = "s";
    const std::optional<double> seconds = quantity ? seconds_of(*quantity) : std::nullopt;
    if (!seconds || !std::isfinite(*seconds) || !range.contains(*seconds))
        throw_bad_value(expected_number("a time", range) + ", as in 90s, 5min or 1h", text);
    field.seconds = *seconds;
}

void FieldTraits<std::uint64_t>::parse(std::string_view text, const Range& range, std::uint64_t& field) {
    field = whole_number<std::uint64_t>(text, range);
}

void FieldTraits<int>::parse(std::string_view text, const Range& range, int& field) {
    field = whole_number<int>(text, range);
}

void FieldTraits<char>::parse(std::string_view text, const Range&, char& field) {
    if (text == "tab" || text == "\\t") text = "\t";
    const bool is_ascii = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80;
    if (!is_ascii || text[0] == '\n' || text[0] == '\r' || text[0] == '\0')
        throw_bad_value("one ASCII character (or the word tab)", text);
    field = text[0];
}

std::string FieldTraits<char>::format(char field) {
    return field == '\t' ? "tab" : std::string(1, field);
}

void FieldTraits<QuoteMark>::parse(std::string_view text, const Range& range, QuoteMark& field) {
    if (text == "none")
        field.field = '\0';
    else
        FieldTraits<char>::parse(text, range, field.field);
}

std::string FieldTraits<QuoteMark>::format(const QuoteMark& field) {
    return field.field == '\0' ? "none" : FieldTraits<char>::format(field.field);
}

void FieldTraits<std::string>::parse(std::string_view text, const Range&, std::string& field) {
    if (text.empty()) throw Error(ErrorKind::usage, "must not be empty");
    field = text;
}

void FieldTraits<std::filesystem::path>::parse(std::string_view text, const Range&,
                                               std::filesystem::path& field) {
    if (text.empty()) throw Error(ErrorKind::usage, "must be the path of a file, not empty");
    field = text;
}

void FieldTraits<ShareOrFile>::parse(std::string_view text, const Range& range, ShareOrFile& field) {
    double number = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = end == text.data() + text.size() && !text.empty();
    if (text.empty() || (is_number && (error != std::errc{} || !range.contains(number))))
        throw_bad_value(expected_number("a share of the rows", range) + ", or a file", text);
    field.share.reset();
    field.file.clear();
    if (is_number)
        field.share = number;
    else
        field.file = text;
}

std::string FieldTraits<ShareOrFile>::format(const ShareOrFile& field) {
    if (!field.file.empty()) return field.file;
    return field.share ? number_text(*field.share) : "";
}

void FieldTraits<std::vector<std::string>>::parse_items(const std::vector<std::string>& items, const Range&,
                                                        std::vector<std::string>& field) {
    require_names(items);
    field = items;
}

void FieldTraits<std::vector<std::string>>::parse(std::string_view text, const Range& range,
                                                  std::vector<std::string>& field) {
    parse_items(split_list(text), range, field);
}

void FieldTraits<MissingWords>::parse_items(const std::vector<std::string>& items, const Range&,
                                            MissingWords& field) {
    field.words = {""};
    for (const std::string& item : items)
        if (!item.empty()) field.words.push_back(item);
}

void FieldTraits<MissingWords>::parse(std::string_view text, const Range& range, MissingWords& field) {
    parse_items(split_list(text), range, field);
}

std::string FieldTraits<MissingWords>::format(const MissingWords& field) {
    std::vector<std::string> shown;
    for (const std::string& word : field.words)
        if (!word.empty()) shown.push_back(word);
    return join_list(shown);
}

void FieldTraits<std::vector<double>>::parse_items(const std::vector<std::string>& items, const Range& range,
                                                   std::vector<double>& field) {
    std::vector<double> numbers(std::max<std::size_t>(items.size(), 1));
    for (std::size_t i = 0; i < numbers.size(); ++i)
        FieldTraits<double>::parse(items.empty() ? "" : items[i], range, numbers[i]);
    field = std::move(numbers);
}

void FieldTraits<std::vector<double>>::parse(std::string_view text, const Range& range,
                                             std::vector<double>& field) {
    parse_items(split_list(text), range, field);
}

std::string FieldTraits<std::vector<double>>::format(const std::vector<double>& field) {
    return fmt::format("{}", fmt::join(field, ","));
}

void FieldTraits<std::vector<std::size_t>>::parse_items(const std::vector<std::string>& items,
                                                        const Range& range, std::vector<std::size_t>& field) {
    std::vector<std::size_t> numbers;
    numbers.reserve(items.size());
    for (const std::string& item : items) numbers.push_back(whole_number<std::size_t>(item, range));
    field = std::move(numbers);
}

void FieldTraits<std::vector<std::size_t>>::parse(std::string_view text, const Range& range,
                                                  std::vector<std::size_t>& field) {
    if (text == "none") {
        field.clear();
        return;
    }
    std::vector<std::string> items = split_list(text);
    if (items.empty()) items.emplace_back();
    parse_items(items, range, field);
}

std::string FieldTraits<std::vector<std::size_t>>::format(const std::vector<std::size_t>& field) {
    return field.empty() ? "none" : fmt::format("{}", fmt::join(field, ","));
}

}  // namespace thalweg
