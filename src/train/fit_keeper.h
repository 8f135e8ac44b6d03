#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "thalweg/matrix.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// Parameters worth keeping, and what they were judged by.
struct KeptParameters {
    AlignedVector<float> theta;
    double score = std::numeric_limits<double>::infinity();
    std::size_t epoch = 0;
};

/// Where a fit stands between two updates: all that another needs to go on as if nothing had happened. Random
/// numbers depend on the seed, the epoch and the step alone, and a schedule on the step and the history.
struct FitProgress {
    std::size_t epoch = 0;  ///< begun so far; it has ended where the history has it
    std::size_t step = 0;   ///< updates made
    AlignedVector<float> theta;
    std::vector<AlignedVector<float>> rule;  ///< what the update rule keeps (Optimizer::state)
    KeptParameters best;
    KeptParameters lowest_loss;        ///< without validation rows: what a run that diverges falls back to
    AlignedVector<float> epoch_start;  ///< the same
    std::vector<EpochReport> history;
    double seconds = 0.0;
    // Of the epoch that runs:
    std::size_t epoch_steps = 0;
    std::size_t epoch_rows = 0;
    double epoch_loss = 0.0;
    double epoch_weight = 0.0;
    double epoch_norm = 0.0;
    double epoch_seconds = 0.0;
};

/// Takes down where a fit stands.
class FitKeeper {
  public:
    virtual ~FitKeeper() = default;

    /// Asked after every update.
    virtual bool wants_step() = 0;
    /// Asked at the end of every epoch.
    virtual bool wants_epoch(std::size_t epoch) = 0;
    virtual void keep(std::shared_ptr<const FitProgress> progress) = 0;
};

/// As the other fit; `keeper` gets the states that it wants, and the last one where the fit is stopped from
/// outside. `from` (nullptr: the start) is such a state of the same fit, which ends with the same bits as if
/// it had not been interrupted. Throws Error{model} where the state cannot be one of this fit.
FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitKeeper& keeper,
              const FitProgress* from);

}  // namespace thalweg
