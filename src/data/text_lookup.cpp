#include "data/text_lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "data/numbers.h"
#include "data/text_content.h"

namespace thalweg {

std::string_view boolean_word(std::string_view word) {
    constexpr std::array<std::string_view, 3> kTrue = {"true", "True", "TRUE"};
    constexpr std::array<std::string_view, 3> kFalse = {"false", "False", "FALSE"};
    if (std::find(kTrue.begin(), kTrue.end(), word) != kTrue.end()) return "true";
    if (std::find(kFalse.begin(), kFalse.end(), word) != kFalse.end()) return "false";
    return {};
}

NumberText::NumberText(double value) {
    size_ = fmt::format_to_n(characters_.begin(), characters_.size(), "{}", value == 0.0 ? 0.0 : value).size;
}

void TextLookup::add(const std::string& text, std::uint32_t index) {
    index_of_.emplace(text, index);
    if (const auto word = boolean_word(text); !word.empty()) index_of_boolean_.emplace(word, index);
}

std::optional<std::uint32_t> TextLookup::find(std::string_view text) const {
    if (const auto found = index_of_.find(text); found != index_of_.end()) return found->second;
    const auto boolean = index_of_boolean_.find(boolean_word(text));
    if (boolean != index_of_boolean_.end()) return boolean->second;
    const auto number = parse_number(text);
    if (!number || has_leading_zero(text)) return std::nullopt;
    const auto found = index_of_.find(std::string_view(NumberText(*number)));
    if (found == index_of_.end()) return std::nullopt;
    return found->second;
}

}  // namespace thalweg
