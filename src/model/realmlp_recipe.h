#pragma once

#include "thalweg/preprocessor.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

bool is_realmlp(Preset preset);

/// What the options leave open, as RealMLP-TD and RealMLP-TD-S have it for such a task. Throws Error{usage}
/// for options that the recipe cannot have, naming both.
TrainOptions with_realmlp(TrainOptions options, Task task);

}  // namespace thalweg
