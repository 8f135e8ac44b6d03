#include "model/text_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace thalweg {

TextTable::TextTable(std::vector<std::string> headings) {
    for (std::string& heading : headings) {
        to_the_right_.push_back(heading.starts_with('>'));
        if (to_the_right_.back()) heading.erase(0, 1);
    }
    rows_.push_back(std::move(headings));
}

void TextTable::add(std::vector<std::string> cells) {
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
    std::string text;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - text_width(row[i]), ' ');
            const bool last = i + 1 == row.size();
            text += "  " + (to_the_right_[i] ? padding + row[i] : row[i] + (last ? "" : padding));
        }
        text += '\n';
    }
    return text;
}

std::size_t text_width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string with_separators(std::size_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string abridged(const std::vector<std::string>& names) {
    constexpr std::size_t kMost = 8;
    if (names.size() <= kMost) return fmt::format("{}", fmt::join(names, ", "));
    return fmt::format("{}, ... ({} in all)", fmt::join(names.begin(), names.begin() + kMost - 2, ", "),
                       names.size());
}

}  // namespace thalweg
