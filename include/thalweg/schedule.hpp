#pragma once

#include <cstddef>

#include "thalweg/choice.hpp"

namespace thalweg {

enum class ScheduleKind { constant, step, cosine, one_cycle, plateau, coslog4, flat_cos };

template <>
struct ChoiceTable<ScheduleKind> {
    static constexpr std::string_view noun = "schedule";
    static constexpr std::pair<ScheduleKind, std::string_view> entries[] = {
        {ScheduleKind::constant, "constant"}, {ScheduleKind::step, "step"},
        {ScheduleKind::cosine, "cosine"},     {ScheduleKind::one_cycle, "one_cycle"},
        {ScheduleKind::plateau, "plateau"},   {ScheduleKind::coslog4, "coslog4"},
        {ScheduleKind::flat_cos, "flat_cos"},
    };
};

struct ScheduleOptions {
    ScheduleKind kind = ScheduleKind::constant;
    double learning_rate = 1e-3;  ///< the highest rate
    double warmup = 0.0;  ///< the share of all steps, with any kind, over which the rate grows linearly to
                          ///< the highest; the first step is one part above 0, so that none is wasted
    double final_factor = 0.0;     ///< cosine, one_cycle, flat_cos: the last rate as a share of the highest
    double decay_factor = 0.1;     ///< step, plateau: the rate is multiplied by it
    std::size_t decay_every = 30;  ///< step: epochs between two decays
    std::size_t plateau_patience = 5;  ///< plateau: epochs without improvement before a decay
};

/// What a step (from 0) has of a dropout or a weight decay that follows a schedule: 1 all along with
/// `constant`, and else the curve of that name (see Schedule) at step / total_steps. Throws Error{usage} for
/// step, one_cycle and plateau, which are for learning rates.
double schedule_factor(ScheduleKind kind, std::size_t step, std::size_t total_steps);

/// The learning rate of each step. After the warm-up, over the steps that are left: `constant` stays, `step`
/// and `plateau` decay by `decay_factor`, `cosine` falls along half a cosine to `final_factor`, `one_cycle`
/// rises from 1/25 to the highest over the first 30 % and then falls as `cosine` does (Smith and Topin 2018),
/// `coslog4` rises and falls four times, each time twice as long, and `flat_cos` stays for the first half and
/// falls as `cosine` does in the second (both Holzmueller et al. 2024).
class Schedule {
  public:
    /// Throws Error{usage} for a constant out of range, naming the flag.
    Schedule(const ScheduleOptions& options, std::size_t total_steps, std::size_t steps_per_epoch);

    /// Step is counted from 0. Past total_steps the rate stays as at the last step.
    double learning_rate(std::size_t step) const;
    /// plateau only: tells how validation (or, without one, training) went; less is better. NaN counts as an
    /// epoch without improvement.
    void end_epoch(double score);

  private:
    ScheduleOptions options_;
    std::size_t total_steps_;
    std::size_t steps_per_epoch_;
    double plateau_factor_ = 1.0;
    double best_score_;
    std::size_t epochs_since_best_ = 0;
};

}  // namespace thalweg
