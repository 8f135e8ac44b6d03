#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/error.hpp"

namespace thalweg {

/// The names of an enumeration, written once. A specialisation has
/// `static constexpr std::string_view noun` ("activation") and
/// `static constexpr std::pair<Choice, std::string_view> entries[]`.
template <class Choice>
struct ChoiceTable;

/// The known name nearest to `word` (fewest edits; empty when nothing is near).
std::string nearest_name(std::string_view word, std::span<const std::string> names);

/// "unknown activation 'rleu'; did you mean 'relu'? one of: logistic, tanh, ..."
std::string unknown_name_message(std::string_view noun, std::string_view word,
                                 std::span<const std::string> names);

template <class Choice>
std::vector<std::string> choice_names() {
    std::vector<std::string> names;
    for (const auto& entry : ChoiceTable<Choice>::entries) names.emplace_back(entry.second);
    return names;
}

template <class Choice>
std::string_view name_of(Choice choice) {
    for (const auto& entry : ChoiceTable<Choice>::entries)
        if (entry.first == choice) return entry.second;
    return "?";
}

/// Throws Error{usage} that lists the names and offers the nearest.
template <class Choice>
Choice parse_choice(std::string_view word) {
    for (const auto& entry : ChoiceTable<Choice>::entries)
        if (entry.second == word) return entry.first;
    throw Error(ErrorKind::usage,
                unknown_name_message(ChoiceTable<Choice>::noun, word, choice_names<Choice>()));
}

}  // namespace thalweg
