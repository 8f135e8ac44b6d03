#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/team.h"
#include "model/train_networks.h"
#include "tune/search.h"
#include "tune/study.h"
#include "tune/task.h"

namespace thalweg {

/// More trials than this are no search any more, and their numbers are 32 bits of a random number's place.
constexpr std::size_t kAnyNumber = 1'000'000;

/// A trained trial, ready for the model.
struct Candidate {
    std::size_t trial = 0;
    std::size_t rung = 0;
    double score = 0.0;
    std::vector<std::optional<FitResult>> fits = {};  ///< empty: they are in the study

    auto rank() const { return std::tuple(score, trial, rung); }
};

/// What a model is chosen from: trainings, and of each its networks.
struct Library {
    std::vector<Choices> kinds;
    std::vector<std::pair<std::size_t, std::size_t>> places;  ///< trial and rung of each
    std::vector<NetworkTask> tasks;
    std::vector<std::optional<FitResult>> fits;
};

/// What came of training a trial.
struct Outcome {
    std::vector<std::optional<FitResult>> fits;
    TrialRun run;
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A search as it runs: rounds of trials (search.cpp), each planned by the time there is (search_time.cpp),
/// trained and judged (search_trial.cpp), until one model is made of them (search_model.cpp).
class Search {
  public:
    Search(TuneTask task, const TuneOptions& options, const TuneHooks& hooks, Study study)
        : task_(std::move(task)),
          options_(options),
          hooks_(hooks),
          study_(std::move(study)),
          threads_(static_cast<std::size_t>(useful_threads(options.train.threads))) {
        take_up();
    }

    void tell_plan(const std::string& resumed) const;
    void run();
    Tuning finish(const Table& table);

  private:
    void take_up();
    void train_defaults();
    void fit_to_time();
    void fit_to_more_time();
    void plan(double scale);
    void forget_defaults(std::size_t rung);
    double seconds_of_defaults(const TrialRun& training) const;
    bool run_round(std::size_t round);
    bool run_rung(const std::vector<std::size_t>& trials, std::size_t rung);
    void settle(const std::vector<std::size_t>& trials, const std::vector<std::size_t>& going_on,
                std::size_t rung);
    void train_trial(std::size_t trial, std::size_t rung, const Sharing& sharing);
    std::optional<std::size_t> affordable_epochs(std::size_t trial, std::size_t rung, const FitOptions& fit,
                                                 std::size_t threads) const;
    double time_limit_of(std::size_t trial, std::size_t rung, const FitOptions& fit) const;
    bool begin(TrialRun& run, FitOptions& fit, std::size_t threads);
    void train_networks_of(Outcome& outcome, Choices choices, const Sharing& sharing);
    void judge(Outcome& outcome, const Choices& choices, int threads);
    void record(Outcome outcome);
    void keep_the_best();
    bool write(const std::function<void()>& change);
    void warn(const std::string& text);

    Hyperparameters values(std::size_t trial) const;
    Choices choices_of(std::size_t trial) const;
    void shorten(FitOptions& fit, std::size_t trial, std::size_t rung) const;
    std::size_t epochs_of(const FitOptions& fit, std::size_t trial, std::size_t rung) const;
    std::vector<NetworkTask> tasks_of(std::size_t trial, std::size_t kind, Hyperparameters record) const;
    const TrialRun* find(std::size_t trial, std::size_t rung) const;
    std::optional<double> core_seconds(std::size_t trial, std::size_t rung, std::size_t epochs) const;
    std::vector<Candidate> candidates() const;
    std::vector<Candidate> all_candidates();
    std::vector<std::optional<FitResult>> take_fits(Candidate& candidate, const NetworkShape& shape) const;
    Library library_of(std::vector<Candidate> best);
    /// That a trial has, where a rung's share them so.
    std::size_t threads_of(const Sharing& sharing) const {
        return sharing.at_once > 1 ? static_cast<std::size_t>(sharing.threads_each) : threads_;
    }
    FitOptions plan_of_defaults() const { return choices_of(0).fit; }
    std::size_t top() const { return rungs_ - 1; }
    std::size_t most_trials() const { return options_.trials == 0 ? kAnyNumber : options_.trials; }

    bool stop_asked() const { return halted_ || (hooks_.stop != nullptr && *hooks_.stop); }
    bool limited() const { return options_.time_limit > 0.0; }
    double elapsed() const { return before_ + seconds_since(task_.start); }
    double left() const {
        return limited() ? options_.time_limit - elapsed() - reserve()
                         : std::numeric_limits<double>::infinity();
    }
    double reserve() const;

    TuneTask task_;
    const TuneOptions& options_;
    const TuneHooks& hooks_;
    Study study_;
    std::size_t threads_;
    std::mutex mutex_;
    std::map<std::pair<std::size_t, std::size_t>, TrialRun> runs_;
    std::set<std::pair<std::size_t, std::size_t>> kept_;  ///< those whose networks the study has
    std::vector<Candidate> cut_short_;  ///< trained as far as time allowed; not in the study
    /// A first training that was ended before all of its networks had begun.
    std::optional<Candidate> unscored_;
    std::atomic<bool> halted_{false};  ///< the study cannot be written, or the defaults cannot be trained
    bool lost_ = false;                ///< the study cannot be written
    double before_ = 0.0;              ///< seconds of search of earlier runs
    double scale_ = 1.0;               ///< of all epochs, so that a round fits into the time
    bool searches_ = true;             ///< there is time for more than the defaults
    std::size_t rungs_ = 1;
    std::size_t judged_ = 0;
    double judge_seconds_ = 0.0;
};

}  // namespace thalweg
