#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "thalweg/model.hpp"
#include "tune/study.h"

namespace thalweg {

/// What a search is told, beside its table.
struct TuneOptions {
    TrainOptions train;                ///< its time limit, ensemble and select are not looked at
    std::set<std::string> given = {};  ///< options that were said, and so are not searched
    std::filesystem::path study = {};
    bool resume = false;
    std::size_t trials = 0;     ///< at most, the defaults counted; 0: any number
    std::size_t ensemble = 10;  ///< trainings that may have a part in the model
    double time_limit = 0.0;    ///< seconds of search, of all runs together; 0: none
    double test = 0.0;          ///< share of the rows that the search never sees
};

/// What is known before the first trial.
struct TunePlan {
    std::string metric;
    std::size_t training_rows = 0;
    std::size_t validation_rows = 0;
    std::size_t test_rows = 0;
    std::size_t folds = 1;
    std::size_t dimensions = 0;
    double seconds_before = 0.0;  ///< of search
    std::string resumed;          ///< where the search goes on from, in words; "" where it begins
    std::vector<std::string> notes;
};

/// Called one at a time, perhaps from other threads than the caller's.
struct TuneHooks {
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const TunePlan&)> on_plan;
    std::function<void(const TrialRun&)> on_begin;
    std::function<void()> on_epoch;
    std::function<void(const TrialRun&)> on_end;
    std::function<void(const std::string&)> on_warning;
};

/// A training in the model, and how often it counts.
struct ModelShare {
    std::size_t trial = 0;
    std::size_t rung = 0;
    std::size_t weight = 0;
};

/// What a search gave.
struct Tuning {
    Training training;               ///< the model, judged on the rows that the search chose by
    std::optional<Evaluation> test;  ///< the model on rows that it did not
    std::vector<TrialRun> runs;
    std::vector<ModelShare> shares;
    std::string metric;
    bool interrupted = false;
    double seconds = 0.0;  ///< of search, of all runs together
};

/// What can be known before the data is read. Throws Error{usage}, Error{io}.
void check_study(const TuneOptions& options);

/// Searches the space of the preset by successive halving (docs/tuning.md) and makes one model of the
/// trainings that do best together on rows held out (greedy selection). Without a time limit the same trials
/// and the same model, bit for bit, come out for any number of threads, and of a search that was killed and
/// resumed. Throws as train does; Error{usage}, Error{data}, Error{model} where the study that is to go on is
/// another's or none; Error{numeric} where no trial can be trained.
Tuning tune(const Table& table, const TuneOptions& options, const TuneHooks& hooks = {},
            const Table* validation = nullptr);

}  // namespace thalweg
