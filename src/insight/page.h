#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace thalweg {

/// A page of HTML that needs nothing beside it: its styles, its scripts and its data are inside. `body` is
/// HTML; scripts find the data as JSON in the element "data".
std::string html_page(std::string_view title, std::string_view styles, std::string_view body,
                      const nlohmann::ordered_json& data, std::string_view script);

}  // namespace thalweg
