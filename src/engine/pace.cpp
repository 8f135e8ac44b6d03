#include "engine/pace.h"

#include <algorithm>

namespace thalweg {
namespace {

/// A window has at least this many steps and seconds: long enough that one interruption does not decide.
constexpr std::size_t kLeastSteps = 2;
constexpr double kLeastSeconds = 0.01;
/// After a change helpers wake and caches fill.
constexpr std::size_t kStepsToSkip = 1;
/// What trials may cost: a share of all time, and so much once. So all but the longest steps have their first
/// trial soon, those too that several threads take far too long for.
constexpr double kCostOfTrials = 0.003;
constexpr double kFirstBudget = 0.1;
/// What a choice is taken to be slower by: while it is not known, and at the least.
constexpr double kSlowerUnknown = 1.0, kSlowerLeast = 0.05;
/// By so much a choice must be the better one before it replaces the other.
constexpr double kClearly = 1.02;

}  // namespace

Pace::Pace() : budget_(kFirstBudget) {}

std::size_t Pace::begin_step(std::size_t several, std::size_t examples) {
    if (several <= 1) {
        counts_ = is_first_step_ = false;
        return 1;
    }
    if (counts_) end_step();
    const bool is_first = examples > largest_;
    if (is_first) {
        *this = Pace();
        largest_ = examples;
    }
    is_first_step_ = is_first;
    counts_ = examples == largest_;
    step_seconds_ = 0.0;
    return shares_ ? several : 1;
}

void Pace::end_step() {
    if (steps_to_skip_ > 0) {
        --steps_to_skip_;
        return;
    }
    window_seconds_ += step_seconds_;
    ++window_steps_;
    if (window_steps_ >= kLeastSteps && window_seconds_ >= kLeastSeconds) end_window();
}

void Pace::end_window() {
    const double pace = window_seconds_ / static_cast<double>(window_steps_);
    const double other = paces_[!shares_];
    paces_[shares_] = pace;
    budget_ += kCostOfTrials * window_seconds_;
    window_seconds_ = 0.0;
    window_steps_ = 0;
    if (is_trial_) {
        is_trial_ = false;
        if (pace * kClearly > other) change();
        return;
    }
    const bool has_become_slow = other > 0.0 && pace > other * kClearly;
    const double cost = cost_of_trial();
    if (cost > budget_ && !has_become_slow) return;
    budget_ = other == 0.0 ? 0.0 : std::max(budget_ - cost, 0.0);
    is_trial_ = true;
    change();
}

/// In seconds, from what the other choice was slower by.
double Pace::cost_of_trial() const {
    const double pace = paces_[shares_], other = paces_[!shares_];
    const double slower = other == 0.0 ? kSlowerUnknown : std::max(other / pace - 1.0, kSlowerLeast);
    const double steps = kStepsToSkip + std::max<double>(kLeastSteps, kLeastSeconds / pace);
    return slower * steps * pace;
}

void Pace::change() {
    shares_ = !shares_;
    steps_to_skip_ = kStepsToSkip;
}

}  // namespace thalweg
