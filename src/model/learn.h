#pragma once

#include "model/prepare.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// From encoded rows to a model: chooses what the options leave open, trains, and puts together what is kept.
/// Throws Error{usage}, Error{io} (see train).
Training learn(Prepared prepared, const TrainOptions& options, const TrainHooks& hooks);

}  // namespace thalweg
