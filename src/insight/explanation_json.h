#pragma once

#include <nlohmann/json.hpp>

#include "insight/explanation.h"
#include "insight/weight_story.h"

namespace thalweg {

/// All numbers.
nlohmann::ordered_json to_json(const Explanation& explanation);
nlohmann::ordered_json to_json(const WeightStory& story);

}  // namespace thalweg
