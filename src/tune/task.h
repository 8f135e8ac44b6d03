#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/defaults.h"
#include "model/prepare.h"
#include "model/training_identity.h"
#include "tune/search.h"

namespace thalweg {

/// Everything that a search needs of its table and its options.
struct TuneTask {
    Prepared prepared;
    std::vector<std::uint32_t> test_rows;  ///< of the table; the search does not see them
    TrainOptions options;                  ///< the preset's recipe filled in
    std::size_t folds = 1;
    std::vector<Dimension> space;
    Hyperparameters chosen;                 ///< what the defaults have for the dimensions of the space
    std::vector<Hyperparameters> defaults;  ///< of the first trials: the kinds of networks of the preset
    TrainingIdentity identity;
    std::string metric;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

    /// The network and training of these hyper-parameters, in full. Throws Error{usage}.
    Choices choices(const Hyperparameters& values) const;
    /// These and what the defaults have for the other dimensions, for eyes.
    Hyperparameters shown(const Hyperparameters& values) const;
    /// Its learning rate does not look at the end, so that what is planned says little of how long it takes.
    bool ends_by_patience(const FitOptions& fit) const {
        return fit.schedule.kind == ScheduleKind::constant && fit.patience > 0 && fit.iterations == 0;
    }
};

/// Throws as prepare does; Error{usage}, Error{data} where no rows are held out to choose by.
TuneTask make_task(const Table& table, const TuneOptions& options, const Table* validation);

/// What a study says of the search that it is of.
std::map<std::string, std::string> texts_of(const TuneTask& task);

/// Throws Error{usage}, Error{data} with what differs, Error{model} where another version wrote the study.
void check_same_search(const Study& study, const TuneTask& task);

}  // namespace thalweg
