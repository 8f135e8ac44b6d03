#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

/// A metric over folds.
struct MetricSpread {
    std::string name;
    double mean = 0.0;
    double deviation = 0.0;     ///< of the folds around it (divided by their number less one); 0 for one fold
    std::vector<double> folds;  ///< in each
};

/// What training on a table is worth: in each fold a model that never saw it, judged on it.
struct CrossValidation {
    Task task = Task::regression;
    std::string task_reason;
    std::size_t rows = 0;  ///< with a target
    std::size_t planned_folds = 0;
    std::vector<Evaluation> folds;  ///< those whose training was not stopped
    std::vector<std::string> notes;
    double seconds = 0.0;

    std::vector<MetricSpread> metrics() const;
    /// Several targets: each one's.
    std::vector<std::pair<std::string, std::vector<MetricSpread>>> targets() const;
    /// One object: {"task": ..., "metrics": {"rmse": {"mean": ..., "deviation": ..., "folds": [...]}}, ...}
    std::string to_json() const;
};

/// Cuts the labelled rows into `folds` parts (see deal_folds) by options.seed, keeping the mix of classes,
/// and for each trains on all others as `train` would, preprocessing and all, and evaluates on it. Folds are
/// trained side by side where there are as many as threads; the bits do not depend on it. A time limit is
/// that of each fold's training. Callbacks are called one at a time; networks are numbered over all folds,
/// and the plan is told once. `validation`: rows to choose epochs by, instead of a share of each training.
/// Throws as train does; Error{usage} for fewer than 2 folds or options.folds.
CrossValidation cross_validate(const Table& table, std::size_t folds, const TrainOptions& options,
                               const TrainHooks& hooks = {}, const Table* validation = nullptr);

}  // namespace thalweg
