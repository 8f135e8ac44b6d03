#pragma once

#include <optional>
#include <vector>

#include "model/train_networks.h"

namespace thalweg {

/// From trained networks to the model: leaves out those that diverged or had not begun to learn, as long as
/// one is left, and judges each and all of them on rows that they did not learn from. keep_held_out: what
/// they predict of those rows goes with the training.
Training assemble(Prepared prepared, const std::vector<Choices>& kinds, const TrainOptions& options,
                  const std::vector<NetworkTask>& tasks, std::vector<std::optional<FitResult>> fits,
                  bool keep_held_out = false);

}  // namespace thalweg
