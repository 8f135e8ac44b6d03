#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "model/checkpointer.h"
#include "model/defaults.h"
#include "model/prepare.h"
#include "model/side_by_side.h"
#include "model/train_networks.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// How much of its schedule a network gets into the time that is left.
struct TimeShare {
    double share = 1.0;  ///< above 1 where there is time for more
    std::size_t steps = 0;
    std::size_t steps_per_epoch = 0;
};

/// A table made ready, and the options with the number of networks chosen.
struct Job {
    TrainOptions options;
    bool mixed = false;  ///< networks may be of several kinds
    Prepared prepared;
    std::optional<Checkpointing> checkpointing = {};
    /// Since when a time limit counts.
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    /// Networks that the options left open: what was chosen for them before the clock was looked at.
    std::optional<NetworkCounts> chosen = {};
    std::optional<TimeShare> time = {};  ///< where it has been found out
};

/// The networks of a job: all that is chosen before the first step.
struct Networks {
    std::vector<Choices> kinds;
    std::vector<NetworkTask> tasks;
    Sharing sharing;
    std::size_t training_rows = 0;  ///< of each
};

/// What the choice of a network depends on. With folds, what a network learns from and what it validates on
/// are counted, of the largest training part. mixed: some of the networks may read numbers in bins.
DataFacts facts_of(const Prepared& prepared, const TrainOptions& options, bool mixed = false);

/// What the options say, and what they leave open as fits the data. Throws Error{usage} for widths that
/// cannot be.
Networks choose_networks_of(const Job& job);

/// From encoded rows to a model: chooses what the options leave open, trains, and puts together what is kept.
/// Throws Error{usage}, Error{io} (see train).
Training learn(Job job, const TrainHooks& hooks);

}  // namespace thalweg
