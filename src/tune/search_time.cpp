#include <algorithm>
#include <cmath>

#include "data/numbers.h"
#include "model/option_table.h"
#include "tune/halving.h"
#include "tune/search_run.h"

namespace thalweg {
namespace {

/// Of the time, what the defaults in full may take. Where they would take more, all epochs are planned
/// shorter.
constexpr double kShareOfDefaults = 0.4;
/// Below this share of their epochs it is better that the defaults have all of the time: trials so short say
/// little of each other, and none of them makes up for what the defaults lack.
constexpr double kLeastScale = 1.0 / 3.0;
/// Of what is left when a training is planned: no pace is known exactly.
constexpr double kMargin = 0.85;
/// Of the epochs of the lowest rung, what tells the pace of the defaults.
constexpr double kShareOfPace = 1.0 / 3.0;

}  // namespace

/// What the last steps, from the trials to the model, will take.
double Search::reserve() const {
    if (judged_ == 0) return 0.02 * options_.time_limit;
    const double each = judge_seconds_ / static_cast<double>(judged_);
    return 0.01 * options_.time_limit + 1.5 * each * static_cast<double>(options_.ensemble);
}

/// What the defaults take in full, by what a training of theirs took.
double Search::seconds_of_defaults(const TrialRun& training) const {
    return training.seconds * static_cast<double>(plan_of_defaults().epochs) /
           static_cast<double>(training.epochs);
}

/// A short training of the defaults tells the pace, and by it epochs are planned so that a round fits in.
void Search::fit_to_time() {
    if (rungs_ > 1) run_rung({0}, 0);
    const TrialRun* pace = find(0, 0);
    if (pace == nullptr || stop_asked()) return;
    const double whole = seconds_of_defaults(*pace);
    const double scale = kShareOfDefaults * left() / whole;
    searches_ = scale >= kLeastScale;
    plan(searches_ ? scale : kMargin * left() / whole);
    // What told the pace is shorter than what is trained on this rung now.
    if (rungs_ == 1) forget_defaults(0);
}

/// A study whose time was enough for the defaults alone is given more: for a search, with longer trainings if
/// need be.
void Search::fit_to_more_time() {
    const TrialRun& defaults = *find(0, top());
    if (!defaults.trained()) return;
    const double scale_before = scale_;
    const std::size_t top_before = top();
    const double scale = kShareOfDefaults * left() / seconds_of_defaults(defaults);
    searches_ = scale >= kLeastScale;
    plan(searches_ ? std::max(scale, scale_) : scale_);
    if (scale_ > scale_before && top() == top_before) forget_defaults(top());
}

/// Trainings of this share of their epochs, and whether there are any but the defaults'.
void Search::plan(double scale) {
    scale_ = std::clamp(scale, 1e-6, 1.0);
    rungs_ = rungs_for(scale_ * static_cast<double>(plan_of_defaults().epochs));
    if (!searches_)
        warn("there is no time for a search: the defaults have all of it; give a longer --time-limit");
    write([&] {
        study_.set_text("scale", number_text(scale_));
        study_.set_text("searches", searches_ ? "1" : "0");
    });
}

/// Since they are trained anew for this rung, with other epochs.
void Search::forget_defaults(std::size_t rung) {
    runs_.erase({0, rung});
    write([&] { study_.set_state({{0, rung}}, TrialState::interrupted); });
}

std::size_t Search::epochs_of(const FitOptions& fit, std::size_t trial, std::size_t rung) const {
    const double share = share_of_rung(rung, rungs_);
    double whole = static_cast<double>(fit.epochs);
    if (task_.ends_by_patience(fit)) {
        // However many epochs it may take, it takes about as many as the defaults did.
        const TrialRun* defaults = find(0, top());
        if (rung == top() || trial < task_.defaults.size() || defaults == nullptr) return fit.epochs;
        whole = std::min(whole, static_cast<double>(defaults->epochs));
        return static_cast<std::size_t>(std::max(1.0, std::round(share * whole)));
    }
    const bool tells_pace = trial == 0 && rung < top();
    const double part = scale_ * share * (tells_pace ? kShareOfPace : 1.0);
    return static_cast<std::size_t>(std::max(1.0, std::round(part * whole)));
}

/// A shorter training, whose schedules end with it.
void Search::shorten(FitOptions& fit, std::size_t trial, std::size_t rung) const {
    const std::size_t whole = fit.epochs, epochs = epochs_of(fit, trial, rung);
    const double share = static_cast<double>(epochs) / static_cast<double>(whole);
    constexpr double kLeastPatience = 10.0;
    fit.epochs = epochs;
    if (fit.iterations > 0)
        fit.iterations =
            static_cast<std::size_t>(std::max(1.0, std::round(share * static_cast<double>(fit.iterations))));
    if (fit.patience > 0 && !task_.options.patience)
        fit.patience = static_cast<std::size_t>(
            std::max(kLeastPatience, std::round(share * static_cast<double>(fit.patience))));
}

/// What training a trial on a rung will take, by what others took; none where none has been. Of different
/// trials it is the share of their epochs that counts: wide networks are planned fewer than narrow ones.
std::optional<double> Search::core_seconds(std::size_t trial, std::size_t rung, std::size_t epochs) const {
    if (const TrialRun* shorter = rung > 0 ? find(trial, rung - 1) : nullptr)
        return shorter->core_seconds * static_cast<double>(epochs) /
               static_cast<double>(std::max<std::size_t>(shorter->epochs, 1));
    double sum = 0.0;
    std::size_t count = 0;
    for (const auto& [key, run] : runs_)
        if (run.trained() && key.second == rung && key.first != 0) sum += run.core_seconds, ++count;
    if (count > 0) return sum / static_cast<double>(count);
    const TrialRun* defaults = find(0, top());
    if (defaults == nullptr || trial == 0) return std::nullopt;
    return defaults->core_seconds * share_of_rung(rung, rungs_);
}

/// The epochs of a training that the time left is enough for; none where it is not worth beginning.
std::optional<std::size_t> Search::affordable_epochs(std::size_t trial, std::size_t rung,
                                                     const FitOptions& fit, std::size_t threads) const {
    if (trial == 0) return fit.epochs;  // it always begins, so that there is a model
    if (stop_asked() || left() <= 0.0) return std::nullopt;
    const std::optional<double> expected = core_seconds(trial, rung, fit.epochs);
    if (!limited() || !expected) return fit.epochs;
    const double share = kMargin * left() * static_cast<double>(threads) / *expected;
    if (share >= 1.0) return fit.epochs;
    // On a rung above the first a somewhat shorter training is better than none.
    constexpr double kLeastShare = 0.5;
    if (rung == 0 || share < kLeastShare || task_.ends_by_patience(fit)) return std::nullopt;
    return std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(fit.epochs)));
}

/// Of a first training that tells the pace, and of one that only patience ends, others need the rest.
double Search::time_limit_of(std::size_t trial, std::size_t rung, const FitOptions& fit) const {
    if (!limited()) return 0.0;
    const bool leaves_time =
        trial == 0 && most_trials() > 1 && searches_ && (rung < top() || task_.ends_by_patience(fit));
    return std::max(1e-3, (leaves_time ? 0.5 : 1.0) * left());
}

}  // namespace thalweg
