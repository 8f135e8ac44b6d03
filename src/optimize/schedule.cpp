#include "thalweg/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/elementary.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

/// one_cycle (Smith and Topin 2018): the share of the steps on which the rate rises, and where it starts as a
/// share of the highest; both as PyTorch's OneCycleLR has them.
constexpr double kRisingShare = 0.3;
constexpr double kFirstFactor = 1.0 / 25.0;

/// From `first` at progress 0 to `last` at progress 1 along half a cosine.
double cosine_between(double first, double last, double progress) {
    return last + (first - last) * 0.5 * (1.0 + elementary::cosine_of_turns(0.5 * progress));
}

double one_cycle(double progress, double final_factor) {
    if (progress < kRisingShare) return cosine_between(kFirstFactor, 1.0, progress / kRisingShare);
    return cosine_between(1.0, final_factor, (progress - kRisingShare) / (1.0 - kRisingShare));
}

/// Four waves over the logarithm of progress: 1/2 (1 - cos(2 pi log2(1 + 15 t))), 0 at both ends.
double coslog4(double progress) {
    const double waves = elementary::log_one_plus(15.0 * progress) * elementary::kInverseLn2;
    return 0.5 * (1.0 - elementary::cosine_of_turns(waves));
}

/// 1 for the first half, then down along half a cosine.
double flat_cos(double progress, double final_factor) {
    return progress < 0.5 ? 1.0 : cosine_between(1.0, final_factor, 2.0 * progress - 1.0);
}

void require(bool fits, const char* name, const char* range, double got) {
    if (!fits) throw Error(ErrorKind::usage, fmt::format("{} must be {}: got {}", name, range, got));
}

void check(const ScheduleOptions& options) {
    require(options.learning_rate > 0.0 && std::isfinite(options.learning_rate), "--learning-rate", "above 0",
            options.learning_rate);
    require(options.warmup >= 0.0 && options.warmup < 1.0, "--warmup", "at least 0 and below 1",
            options.warmup);
    require(options.final_factor >= 0.0 && options.final_factor <= 1.0, "final_factor", "between 0 and 1",
            options.final_factor);
    require(options.decay_factor > 0.0 && options.decay_factor <= 1.0, "decay_factor",
            "above 0 and at most 1", options.decay_factor);
    require(options.decay_every > 0, "decay_every", "above 0", 0);
    require(options.plateau_patience > 0, "plateau_patience", "above 0", 0);
}

}  // namespace

double schedule_factor(ScheduleKind kind, std::size_t step, std::size_t total_steps) {
    const double progress =
        std::min(1.0, static_cast<double>(step) / static_cast<double>(std::max<std::size_t>(total_steps, 1)));
    switch (kind) {
        case ScheduleKind::constant:
            return 1.0;
        case ScheduleKind::cosine:
            return cosine_between(1.0, 0.0, progress);
        case ScheduleKind::coslog4:
            return coslog4(progress);
        case ScheduleKind::flat_cos:
            return flat_cos(progress, 0.0);
        default:
            throw Error(ErrorKind::usage,
                        fmt::format("the schedule {} is for learning rates alone; dropout and weight decay "
                                    "take one of: constant, cosine, coslog4, flat_cos",
                                    name_of(kind)));
    }
}

Schedule::Schedule(const ScheduleOptions& options, std::size_t total_steps, std::size_t steps_per_epoch)
    : options_(options),
      total_steps_(total_steps),
      steps_per_epoch_(std::max<std::size_t>(steps_per_epoch, 1)),
      best_score_(std::numeric_limits<double>::infinity()) {
    check(options);
}

double Schedule::learning_rate(std::size_t step) const {
    const auto warmup_steps =
        static_cast<std::size_t>(std::llround(options_.warmup * static_cast<double>(total_steps_)));
    if (step < warmup_steps)
        return options_.learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1);
    const std::size_t last_step = std::max(total_steps_, warmup_steps + 2) - 1;
    const double progress = std::min(
        1.0, static_cast<double>(step - warmup_steps) / static_cast<double>(last_step - warmup_steps));
    switch (options_.kind) {
        case ScheduleKind::constant:
            return options_.learning_rate;
        case ScheduleKind::step:
            return options_.learning_rate *
                   elementary::power(options_.decay_factor, step / steps_per_epoch_ / options_.decay_every);
        case ScheduleKind::cosine:
            return options_.learning_rate * cosine_between(1.0, options_.final_factor, progress);
        case ScheduleKind::one_cycle:
            return options_.learning_rate * one_cycle(progress, options_.final_factor);
        case ScheduleKind::coslog4:
            return options_.learning_rate * coslog4(progress);
        case ScheduleKind::flat_cos:
            return options_.learning_rate * flat_cos(progress, options_.final_factor);
        case ScheduleKind::plateau:
            return options_.learning_rate * plateau_factor_;
    }
    return options_.learning_rate;
}

void Schedule::end_epoch(double score) {
    if (options_.kind != ScheduleKind::plateau) return;
    if (score < best_score_) {
        best_score_ = score;
        epochs_since_best_ = 0;
    } else if (++epochs_since_best_ == options_.plateau_patience) {
        plateau_factor_ *= options_.decay_factor;
        epochs_since_best_ = 0;
    }
}

}  // namespace thalweg
