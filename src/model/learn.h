#pragma once

#include <optional>

#include "model/checkpointer.h"
#include "model/defaults.h"
#include "model/prepare.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A table made ready, and the options with the number of networks chosen.
struct Job {
    TrainOptions options;
    bool mixed = false;  ///< networks may be of several kinds
    Prepared prepared;
    std::optional<Checkpointing> checkpointing = {};
};

/// What the choice of a network depends on. With folds, what a network learns from and what it validates on
/// are counted, of the largest training part. mixed: some of the networks may read numbers in bins.
DataFacts facts_of(const Prepared& prepared, const TrainOptions& options, bool mixed = false);

/// From encoded rows to a model: chooses what the options leave open, trains, and puts together what is kept.
/// Throws Error{usage}, Error{io} (see train).
Training learn(Job job, const TrainHooks& hooks);

}  // namespace thalweg
