#pragma once

#include <string>

#include "insight/explanation.h"
#include "insight/weight_story.h"

namespace thalweg {

/// For a terminal: the passes step by step. Layers of many neurons are abridged to their norm and extremes
/// unless `full`.
std::string explanation_text(const Explanation& explanation, bool full);
/// The chain of factors, path by path where they are few, and the finite difference.
std::string weight_text(const Explanation& explanation, const WeightStory& story);

}  // namespace thalweg
