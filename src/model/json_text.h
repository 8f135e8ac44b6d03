#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace thalweg {

/// The JSON in a text from outside; a discarded value where it is none, or nested deeper than anything that
/// is written here (copying such a value would recurse until the stack is full).
nlohmann::json parse_json(std::string_view text);

}  // namespace thalweg
