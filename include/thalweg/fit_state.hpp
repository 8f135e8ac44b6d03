#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "thalweg/dataset.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// Where a fit stands, so that another can go on from there.
struct FitState {
    std::size_t epoch = 0;       ///< begun so far; 0: nothing is learnt yet
    std::size_t step = 0;        ///< updates made
    AlignedVector<float> theta;  ///< after the last update, which need not be the best
    std::vector<AlignedVector<float>>
        rule;  ///< what the update rule keeps, in the order of Optimizer::state(); empty: it begins anew
    std::vector<double> scores;  ///< of whole epochs: validation loss, or training loss without
    AlignedVector<float> best_theta;
    std::size_t best_epoch = 0;
};

/// As the other fit, going on from `state`, which is left where this one ends; `options.epochs` and
/// `options.iterations` are further ones. With the same rows and options and a schedule that does not look at
/// the end (constant, step, plateau), 10 epochs and 10 more are 20, bit for bit. What is best so far is
/// validated anew, as the rows may be others. A fit that diverges leaves the state as it was. Throws
/// Error{usage} where the state is that of another network or update rule.
FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitState& state);

}  // namespace thalweg
