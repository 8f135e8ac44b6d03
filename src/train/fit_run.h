#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/memory.h"
#include "network/monotone.h"
#include "thalweg/fit_state.hpp"
#include "thalweg/train.hpp"
#include "train/fit_keeper.h"
#include "train/gradient.h"
#include "train/parameters.h"
#include "train/row_order.h"
#include "train/steps.h"

namespace thalweg {

/// The parameters worth keeping, whatever ends the run.
struct Best : KeptParameters {
    void offer(std::span<const float> candidate, double candidate_score, std::size_t candidate_epoch) {
        theta.assign(candidate.begin(), candidate.end());
        score = candidate_score;
        epoch = candidate_epoch;
    }
};

/// Who wants to go on after a run, and from where.
struct Succession {
    FitState* state = nullptr;
    FitKeeper* keeper = nullptr;
    const FitProgress* from = nullptr;
};

/// One run of training: epochs of steps, until something ends it. What it takes from a break and leaves for
/// one is in fit_run_state.cpp.
class FitRun {
  public:
    FitRun(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
           const FitOptions& options, const TrainCallbacks& callbacks, const Succession& succession);
    FitRun(const FitRun&) = delete;
    FitRun& operator=(const FitRun&) = delete;

    FitResult run();

  private:
    using Clock = std::chrono::steady_clock;
    struct Update {
        double loss, gradient_norm;
    };

    void start();
    void go_on();
    void leave_state();
    void resume(const FitProgress& from);
    bool can_be_from_here(const FitProgress& from) const;
    void keep();
    void begin_epoch();
    void run_epoch();
    void step(std::span<const std::uint32_t> rows);
    std::optional<Update> update(std::span<const std::uint32_t> rows);
    void keep_bounds();
    void minimise(double loss);
    double objective(std::span<const float> theta, std::span<float> gradient);
    void count_step(std::size_t rows, const Update& made);
    void tell_parameters() const;
    void validate_start();
    double validate();
    void end_epoch();
    void stop_if_done();
    void keep_unfinished_epoch();
    void offer(double score);
    double share_of(ScheduleKind schedule) const { return schedule_factor(schedule, step_, total_steps_); }
    Dropout dropout() const {
        return {options_.dropout * share_of(options_.dropout_schedule), options_.seed,
                static_cast<std::uint32_t>(step_)};
    }
    /// Of a validation that has just been made.
    double validation_score(double loss) const {
        return options_.keep_by == KeepBy::error ? validation_->error() : loss;
    }
    bool beats(double score, double best) const {
        return score < best || (options_.keep_by == KeepBy::error && score == best);
    }
    void diverge(const std::string& what, std::size_t step);
    void stop(StopReason reason);
    bool stop_is_set() const;
    bool out_of_time() const;
    bool must_stop();
    bool must_break_off();
    double examples_per_second() const;
    double seconds_left() const;
    EpochReport epoch_report() const;
    static double seconds_since(Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    }

    const FitOptions& options_;
    const TrainCallbacks& callbacks_;
    FitState* state_;          ///< nullptr: nobody will go on
    FitKeeper* keeper_;        ///< nullptr: nobody keeps where it stands
    const FitProgress* from_;  ///< nullptr: the start
    Network<float> network_;
    std::size_t batch_size_;
    RowOrder order_;
    std::size_t steps_per_epoch_;
    std::size_t total_steps_;
    std::size_t chunk_;
    std::size_t validation_chunk_;
    Engine engine_;
    ChunkedGradient gradient_of_;
    std::optional<ChunkedGradient> validation_;
    Schedule schedule_;
    std::vector<float> decays_;
    std::optional<ParameterBounds> bounds_;
    std::unique_ptr<Optimizer<float>> optimizer_;
    AlignedVector<float> gradient_;
    Objective<float> objective_;
    std::optional<double> known_loss_;  ///< where gradient_ is that at theta already, from a line search
    // Without validation rows only; what a run that diverges falls back to. An epoch's loss belongs to the
    // parameters around its start, so those are what it speaks for.
    AlignedVector<float> epoch_start_;
    Best lowest_loss_;

    FitResult result_;
    Best best_;
    Clock::time_point start_ = Clock::now();
    bool stopped_ = false;
    bool searching_ = false;   ///< within the line search of an update
    bool broken_off_ = false;  ///< such a search was left early: no run without a stop would be here
    std::size_t epoch_ = 0;
    std::size_t step_ = 0;  ///< updates made
    // Of the epoch that runs:
    std::size_t epoch_steps_ = 0;
    std::size_t epoch_rows_ = 0;
    double epoch_loss_ = 0.0;  ///< weighted sum over batches
    double epoch_weight_ = 0.0;
    double epoch_norm_ = 0.0;                ///< sum over batches
    std::vector<double> epoch_layer_norms_;  ///< the same of each layer, where it is asked for,
    std::size_t layer_norm_steps_ = 0;       ///< over so many steps: those since the run was resumed
    std::vector<std::size_t> layer_bounds_;  ///< where layers begin in theta, where it is asked for
    std::vector<double> layer_norms_;        ///< of the last step, where they are asked for
    double learning_rate_ = 0.0;             ///< of the last step
    Clock::time_point epoch_begin_ = start_;
    double validation_seconds_ = 0.0;
};

}  // namespace thalweg
