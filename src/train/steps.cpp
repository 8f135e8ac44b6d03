#include "train/steps.h"

#include <algorithm>
#include <limits>

namespace thalweg {
namespace {

/// The line search of lbfgs, and rprop, which reads only signs.
bool needs_all_rows(OptimizerKind kind) {
    return kind == OptimizerKind::lbfgs || kind == OptimizerKind::rprop;
}

}  // namespace

std::size_t batch_rows(const FitOptions& options, std::size_t rows) {
    return needs_all_rows(options.optimizer.kind) ? rows : std::min(options.batch_size, rows);
}

std::size_t steps_per_epoch(const FitOptions& options, std::size_t rows) {
    const std::size_t batch = batch_rows(options, rows);
    return options.whole_batches ? rows / batch : (rows + batch - 1) / batch;
}

std::size_t total_steps(const FitOptions& options, std::size_t steps_per_epoch) {
    const std::size_t by_epochs = options.epochs > std::numeric_limits<std::size_t>::max() / steps_per_epoch
                                      ? std::numeric_limits<std::size_t>::max()
                                      : options.epochs * steps_per_epoch;
    if (options.iterations == 0) return by_epochs;
    return options.epochs == 0 ? options.iterations : std::min(options.iterations, by_epochs);
}

}  // namespace thalweg
