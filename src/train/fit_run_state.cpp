#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "train/fit_run.h"

namespace thalweg {

/// Everything that a run without the break would have at this point.
void FitRun::go_on() {
    const std::vector<Optimizer<float>::State> rule = optimizer_->state();
    const std::size_t size = network_.theta().size();
    const std::size_t kept = state_->rule.size();
    bool fits = state_->theta.size() == size && state_->best_theta.size() == size &&
                (kept == 0 || kept == rule.size());
    for (std::size_t i = 0; fits && i < kept; ++i) fits = state_->rule[i].size() == rule[i].values.size();
    if (!fits)
        throw Error(ErrorKind::usage,
                    "training cannot go on: it began with another network or another --optimizer");
    std::ranges::copy(state_->theta, network_.theta().begin());
    for (std::size_t i = 0; i < kept; ++i) std::ranges::copy(state_->rule[i], rule[i].values.begin());
    for (const double score : state_->scores) schedule_.end_epoch(score);
    epoch_ = state_->epoch;
    step_ = state_->step;
    best_.theta = state_->best_theta;
    best_.epoch = state_->best_epoch;
}

void FitRun::leave_state() {
    state_->epoch = epoch_;
    state_->step = step_;
    state_->theta.assign(network_.theta().begin(), network_.theta().end());
    state_->rule.clear();
    for (const Optimizer<float>::State& kept : optimizer_->state())
        state_->rule.emplace_back(kept.values.begin(), kept.values.end());
    for (const EpochReport& report : result_.history)
        state_->scores.push_back(report.validation_loss.value_or(report.loss));
    state_->best_theta = best_.theta;
    state_->best_epoch = best_.epoch;
}

/// Sizes and counts that another fit would have are told before they are used: a file may say anything.
bool FitRun::can_be_from_here(const FitProgress& from) const {
    const std::size_t size = network_.theta().size();
    const auto rule = optimizer_->state();
    const std::size_t ended = from.history.size();
    bool fits = from.theta.size() == size && from.best.theta.size() == size &&
                from.rule.size() == rule.size() && (ended == from.epoch || ended + 1 == from.epoch) &&
                from.step <= total_steps_ && from.epoch_steps <= steps_per_epoch_ &&
                from.best.epoch <= from.epoch;
    for (std::size_t i = 0; fits && i < rule.size(); ++i) fits = from.rule[i].size() == rule[i].values.size();
    if (!validation_) fits = fits && from.lowest_loss.theta.size() == size && from.epoch_start.size() == size;
    return fits;
}

void FitRun::resume(const FitProgress& from) {
    if (!can_be_from_here(from))
        throw Error(ErrorKind::model, "a network of the checkpoint is not the one that is trained here");
    std::ranges::copy(from.theta, network_.theta().begin());
    const std::vector<Optimizer<float>::State> rule = optimizer_->state();
    for (std::size_t i = 0; i < rule.size(); ++i) std::ranges::copy(from.rule[i], rule[i].values.begin());
    best_ = {from.best};
    lowest_loss_ = {from.lowest_loss};
    epoch_start_ = from.epoch_start;
    result_.history = from.history;
    for (const EpochReport& report : from.history)
        schedule_.end_epoch(report.validation_loss.value_or(report.loss));
    epoch_ = from.epoch;
    step_ = from.step;
    epoch_steps_ = from.epoch_steps;
    epoch_rows_ = from.epoch_rows;
    epoch_loss_ = from.epoch_loss;
    epoch_weight_ = from.epoch_weight;
    epoch_norm_ = from.epoch_norm;
    const auto ago = [](double seconds) {
        return Clock::now() -
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    };
    start_ = ago(from.seconds);
    epoch_begin_ = ago(from.epoch_seconds);
    const bool within_epoch = result_.history.size() < epoch_;
    if (epoch_ > 0 && !within_epoch) stop_if_done();
    must_stop();
    if (within_epoch) run_epoch();
}

void FitRun::keep() {
    auto progress = std::make_shared<FitProgress>();
    progress->epoch = epoch_;
    progress->step = step_;
    progress->theta.assign(network_.theta().begin(), network_.theta().end());
    for (const Optimizer<float>::State& kept : optimizer_->state())
        progress->rule.emplace_back(kept.values.begin(), kept.values.end());
    progress->best = best_;
    if (!validation_) {
        progress->lowest_loss = lowest_loss_;
        progress->epoch_start = epoch_start_;
    }
    progress->history = result_.history;
    progress->seconds = seconds_since(start_);
    progress->epoch_steps = epoch_steps_;
    progress->epoch_rows = epoch_rows_;
    progress->epoch_loss = epoch_loss_;
    progress->epoch_weight = epoch_weight_;
    progress->epoch_norm = epoch_norm_;
    progress->epoch_seconds = seconds_since(epoch_begin_);
    keeper_->keep(std::move(progress));
}

}  // namespace thalweg
