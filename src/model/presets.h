#pragma once

#include "thalweg/preprocessor.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Whether the preset is the recipe of a paper, to be followed to the letter (docs/presets.md), and not a set
/// of rules for what the data is like.
bool has_recipe(Preset preset);

/// What the options leave open, as their preset's recipe has it for such a task; without one, the options.
/// Throws Error{usage} for options that the recipe cannot have, naming both.
TrainOptions with_recipe(const TrainOptions& options, Task task);

}  // namespace thalweg
