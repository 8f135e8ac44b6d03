#pragma once

#include "model/prepare.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A table made ready, and the options with the number of networks chosen.
struct Job {
    TrainOptions options;
    bool mixed = false;  ///< networks may be of several kinds
    Prepared prepared;
};

/// From encoded rows to a model: chooses what the options leave open, trains, and puts together what is kept.
/// Throws Error{usage}, Error{io} (see train).
Training learn(Job job, const TrainHooks& hooks);

}  // namespace thalweg
