#pragma once

#include <cstddef>
#include <optional>

#include "model/learn.h"

namespace thalweg {

/// Of the job's time limit.
double seconds_left(const Job& job);

/// Trains a few updates of networks, and forgets them. None where training need not be planned by time: there
/// is no limit, or no time left at all; no schedule that a clock would cut off before its end; or a
/// checkpoint is kept, from where a training with more time goes on to the bits of one without a limit.
std::optional<TimeShare> share_in_time(const Job& job, const Networks& networks);

/// Where the time is too short for the networks that were chosen, fewer: first seeds, then folds.
NetworkCounts counts_in_time(const Job& job, const NetworkCounts& chosen, const TimeShare& time);

/// Makes epochs, or iterations where epochs are few, those that the time is enough for. With these options
/// the same networks come out of a training without a limit.
void shorten(TrainOptions& options, const TimeShare& time);

}  // namespace thalweg
