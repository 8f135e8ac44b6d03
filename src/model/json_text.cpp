#include "model/json_text.h"

namespace thalweg {

nlohmann::json parse_json(std::string_view text) {
    constexpr int kDeepest = 16;
    bool too_deep = false;
    const auto keep = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > kDeepest;
        return !too_deep;
    };
    nlohmann::json parsed = nlohmann::json::parse(text, keep, false);
    return too_deep ? nlohmann::json(nlohmann::json::value_t::discarded) : parsed;
}

}  // namespace thalweg
