#include "train/fit_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/floating_point.h"

namespace thalweg {
namespace {

/// Of a time limit, what the validation of the start may take.
constexpr double kStartShare = 0.1;

}  // namespace

FitRun::FitRun(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
               const FitOptions& options, const TrainCallbacks& callbacks, const Succession& succession)
    : options_(options),
      callbacks_(callbacks),
      state_(succession.state),
      keeper_(succession.keeper),
      from_(succession.from),
      network_(std::move(start)),
      batch_size_(batch_rows(options, training.size())),
      order_(training, network_.shape(), options, batch_size_),
      steps_per_epoch_(steps_per_epoch(options, training.size())),
      total_steps_((state_ ? state_->step : 0) + total_steps(options, steps_per_epoch_)),
      chunk_(std::min(batch_size_, chunk_rows(training, network_.shape()))),
      validation_chunk_(validation ? chunk_rows(*validation, network_.shape()) : 0),
      engine_(network_.shape(), options.loss, std::max(chunk_, validation_chunk_), options.threads,
              options.precision),
      gradient_of_(training, engine_, network_.shape(), options.loss, chunk_, order_.member_batches()),
      schedule_(options.schedule, total_steps_, steps_per_epoch_),
      decays_(decay_mask(network_.shape(), options.rates, options.decay_of)),
      optimizer_(make_optimizer<float>(options.optimizer, decays_.size(), decays_,
                                       parameter_groups(network_.shape(), options.rates))),
      gradient_(decays_.size()) {
    if (!options.monotone.empty()) bounds_ = monotone_bounds(network_.shape(), options.monotone);
    if (callbacks.layers) layer_bounds_ = layer_bounds(network_.shape());
    if (callbacks.layers) layer_norms_.resize(network_.shape().layers());
    epoch_layer_norms_.resize(layer_norms_.size());
    gradient_of_.set_give_up([this] { return must_break_off(); });
    objective_ = [this](std::span<const float> theta, std::span<float> gradient) {
        return objective(theta, gradient);
    };
    if (validation)
        validation_.emplace(*validation, engine_, network_.shape(), options.loss, validation_chunk_);
    if (validation_ && options.keep_by == KeepBy::error) validation_->measure_error(options.bounds);
}

FitResult FitRun::run() {
    start();
    while (!stopped_) {
        begin_epoch();
        run_epoch();
    }
    if (state_ != nullptr && result_.stop_reason != StopReason::diverged) leave_state();
    std::ranges::copy(best_.theta, network_.theta().begin());
    result_.network = std::move(network_);
    result_.best_epoch = best_.epoch;
    result_.best_score = best_.score;
    result_.seconds = seconds_since(start_);
    return std::move(result_);
}

/// The start is the best so far: a run that never improves on it gives it back.
void FitRun::start() {
    if (from_ != nullptr) return resume(*from_);
    const bool goes_on = state_ != nullptr && state_->epoch > 0;
    if (goes_on) go_on();
    if (bounds_ && !goes_on) start_within(*bounds_, network_);
    if (!goes_on) best_.theta.assign(network_.theta().begin(), network_.theta().end());
    if (validation_) validate_start();
    lowest_loss_.theta.assign(network_.theta().begin(), network_.theta().end());
    tell_parameters();
}

/// Little of a time limit goes into the start. Where its validation takes longer than that, its loss counts
/// as infinite, and what is known of the pace tells how long a validation takes.
void FitRun::validate_start() {
    const std::optional<double> loss = validation_->loss(best_.theta, [this](double share) {
        const double elapsed = seconds_since(start_);
        validation_seconds_ = elapsed / share;
        return stop_is_set() || (options_.time_limit > 0.0 && elapsed > kStartShare * options_.time_limit);
    });
    if (!loss) return;
    validation_seconds_ = seconds_since(start_);
    if (std::isfinite(*loss)) best_.score = validation_score(*loss);
}

void FitRun::begin_epoch() {
    ++epoch_;
    epoch_steps_ = epoch_rows_ = 0;
    epoch_loss_ = epoch_weight_ = epoch_norm_ = 0.0;
    std::ranges::fill(epoch_layer_norms_, 0.0);
    layer_norm_steps_ = 0;
    epoch_begin_ = Clock::now();
    if (!validation_) epoch_start_.assign(network_.theta().begin(), network_.theta().end());
}

/// From the step of the epoch where the run stands: the first, unless it was resumed.
void FitRun::run_epoch() {
    order_.begin_epoch(epoch_);
    const std::size_t examples = std::min(order_.examples(), steps_per_epoch_ * batch_size_);
    for (std::size_t first = epoch_steps_ * batch_size_;
         first < examples && !stopped_ && step_ < total_steps_; first += batch_size_)
        step(order_.batch(first, batch_size_));
    if (result_.stop_reason == StopReason::diverged) return;
    if (stopped_ && epoch_rows_ < examples) {
        // Before the epoch counts as if it were whole.
        if (keeper_ != nullptr && !broken_off_) keep();
        keep_unfinished_epoch();
    } else {
        end_epoch();
    }
}

void FitRun::step(std::span<const std::uint32_t> rows) {
    const std::optional<Update> made = update(rows);
    if (!made) return;
    count_step(rows.size() / order_.rows_per_example(), *made);
    if (callbacks_.on_step && !callbacks_.on_step({epoch_, step_, made->loss, made->gradient_norm,
                                                   learning_rate_, examples_per_second(), 1, layer_norms_}))
        stop(StopReason::stopped);
    must_stop();
    if (!stopped_ && keeper_ != nullptr && keeper_->wants_step()) keep();
}

/// One update; theory.md, section 4. None where training ended instead. Callbacks are not called from here:
/// they run in the caller's floating-point mode.
std::optional<FitRun::Update> FitRun::update(std::span<const std::uint32_t> rows) {
    const FlushSubnormals mode;
    learning_rate_ = schedule_.learning_rate(step_);
    if (options_.weight_decay_schedule != ScheduleKind::constant)
        optimizer_->scale_weight_decay(share_of(options_.weight_decay_schedule));
    const double loss = known_loss_
                            ? *known_loss_
                            : gradient_of_.loss_and_gradient(network_.theta(), rows, dropout(), gradient_);
    if (gradient_of_.gave_up()) return std::nullopt;
    const double gradient_norm =
        callbacks_.layers ? layer_norms(gradient_, layer_bounds_, layer_norms_) : norm(gradient_);
    if (!std::isfinite(loss)) return diverge("the loss", step_ + 1), std::nullopt;
    if (!std::isfinite(gradient_norm)) return diverge("the gradient", step_ + 1), std::nullopt;

    if (optimizer_->needs_objective()) {
        minimise(loss);
    } else if (gradient_of_.total_weight() > 0.0) {
        clip(gradient_, gradient_norm, options_.clip_norm);
        optimizer_->step_shared(
            network_.theta(), gradient_, learning_rate_,
            [this](std::size_t /*size*/, const auto& part) { engine_.share_parameters(part); });
        keep_bounds();
    }
    return Update{loss, gradient_norm};
}

void FitRun::keep_bounds() {
    if (!bounds_) return;
    engine_.share_parameters(
        [this](std::size_t first, std::size_t last) { bounds_->project(network_.theta(), first, last); });
}

/// One outer iteration of a rule that evaluates the loss of all rows along its own search. What the search
/// found at its end serves the next iteration, unless that one drops other activations.
void FitRun::minimise(double loss) {
    bool progressed = true;
    searching_ = true;
    const double found =
        optimizer_->minimise(network_.theta(), gradient_, loss, learning_rate_, objective_, progressed);
    searching_ = false;
    if (options_.dropout == 0.0) known_loss_ = found;
    if (!progressed) stop(StopReason::converged);
}

/// Once training must stop every further point counts as infinitely high, so that the search ends at the best
/// one that it has seen.
double FitRun::objective(std::span<const float> theta, std::span<float> gradient) {
    if (must_break_off()) return std::numeric_limits<double>::infinity();
    return gradient_of_.loss_and_gradient(theta, order_.all(), dropout(), gradient);
}

void FitRun::count_step(std::size_t rows, const Update& made) {
    const double weight = gradient_of_.total_weight();
    ++step_;
    ++epoch_steps_;
    epoch_rows_ += rows;
    epoch_loss_ += weight * made.loss;
    epoch_weight_ += weight;
    epoch_norm_ += made.gradient_norm;
    for (std::size_t i = 0; i < layer_norms_.size(); ++i) epoch_layer_norms_[i] += layer_norms_[i];
    ++layer_norm_steps_;
}

void FitRun::tell_parameters() const {
    if (callbacks_.on_parameters)
        callbacks_.on_parameters({epoch_, std::as_const(network_).theta(), network_.shape()});
}

double FitRun::validate() {
    const Clock::time_point begin = Clock::now();
    const double loss = *validation_->loss(network_.theta());
    validation_seconds_ = seconds_since(begin);
    return loss;
}

void FitRun::end_epoch() {
    if (!all_finite(network_.theta())) return diverge("a parameter", step_);
    EpochReport report = epoch_report();
    if (validation_) {
        report.validation_loss = validate();
        if (!std::isfinite(*report.validation_loss)) return diverge("the validation loss", step_);
    }
    const double score = validation_ ? validation_score(*report.validation_loss) : report.loss;
    report.best = validation_ ? beats(score, best_.score) : score < lowest_loss_.score;
    offer(score);
    if (!validation_ && report.best) lowest_loss_.offer(epoch_start_, score, epoch_ - 1);
    schedule_.end_epoch(report.validation_loss.value_or(report.loss));
    report.seconds = seconds_since(start_);
    report.seconds_left = seconds_left();
    result_.history.push_back(report);

    tell_parameters();
    if (callbacks_.on_epoch && !callbacks_.on_epoch(report)) stop(StopReason::stopped);
    const bool from_outside = stopped_ && result_.stop_reason != StopReason::converged;
    stop_if_done();
    if (keeper_ != nullptr && !broken_off_ && (from_outside || (!stopped_ && keeper_->wants_epoch(epoch_))))
        keep();
}

void FitRun::stop_if_done() {
    const std::size_t since_best = epoch_ - best_.epoch;
    if (options_.patience > 0 && since_best >= options_.patience) stop(StopReason::patience);
    if (step_ >= total_steps_) stop(StopReason::epochs);
}

/// With validation rows the best of them wins (see KeepBy). Without, training goes on from the last
/// parameters and those are what it is for; they are replaced by earlier ones only where it diverges.
void FitRun::offer(double score) {
    if (!validation_ || beats(score, best_.score)) best_.offer(network_.theta(), score, epoch_);
}

/// What there is of the epoch counts where it is better than what was before it.
void FitRun::keep_unfinished_epoch() {
    if (epoch_steps_ == 0) return;
    if (!all_finite(network_.theta())) return diverge("a parameter", step_);
    const double loss = validation_ ? validate() : epoch_report().loss;
    if (std::isfinite(loss)) offer(validation_ ? validation_score(loss) : loss);
}

void FitRun::diverge(const std::string& what, std::size_t step) {
    stopped_ = true;
    result_.stop_reason = StopReason::diverged;
    const bool could_clip = options_.clip_norm == 0.0 && !optimizer_->needs_objective();
    result_.divergence = fmt::format(
        "training diverged: {} became infinite or not a number in epoch {}, step {}, at learning rate {:g}; "
        "try --learning-rate {:g}{}, and look for extreme values in the data",
        what, epoch_, step, learning_rate_, options_.schedule.learning_rate / 10.0,
        could_clip ? ", or --clip-norm 1" : "");
    if (!validation_) best_ = lowest_loss_;
}

void FitRun::stop(StopReason reason) {
    if (stopped_) return;
    stopped_ = true;
    result_.stop_reason = reason;
}

bool FitRun::stop_is_set() const {
    return callbacks_.stop != nullptr && callbacks_.stop->load(std::memory_order_relaxed);
}

/// The time left is that of one more validation. Half of the limit is for training however long that takes.
bool FitRun::out_of_time() const {
    if (options_.time_limit == 0.0) return false;
    const double reserved = std::min(validation_seconds_, 0.5 * options_.time_limit);
    return seconds_since(start_) + reserved >= options_.time_limit;
}

bool FitRun::must_stop() {
    if (stop_is_set()) stop(StopReason::stopped);
    if (out_of_time()) stop(StopReason::time_limit);
    return stopped_;
}

/// A line search that is left early ends at another point than it would have. Where somebody wants to go on
/// with the bits of a run without a stop, it is finished; only a time limit does not wait for that.
bool FitRun::must_break_off() {
    if (!searching_ || keeper_ == nullptr) return must_stop();
    if (!out_of_time()) return false;
    broken_off_ = true;
    return must_stop();
}

double FitRun::examples_per_second() const {
    return static_cast<double>(epoch_rows_) / std::max(1e-9, seconds_since(epoch_begin_));
}

double FitRun::seconds_left() const {
    const double elapsed = seconds_since(start_);
    const std::size_t made = step_ - (state_ != nullptr ? state_->step : 0);
    const double per_step = elapsed / static_cast<double>(std::max<std::size_t>(made, 1));
    const double left = per_step * static_cast<double>(total_steps_ - step_);
    return options_.time_limit > 0.0 ? std::clamp(options_.time_limit - elapsed, 0.0, left) : left;
}

EpochReport FitRun::epoch_report() const {
    EpochReport report;
    report.epoch = epoch_;
    report.epochs = total_steps_ / steps_per_epoch_ + (total_steps_ % steps_per_epoch_ != 0);
    report.loss = epoch_weight_ > 0.0 ? epoch_loss_ / epoch_weight_ : 0.0;
    report.gradient_norm = epoch_norm_ / static_cast<double>(std::max<std::size_t>(epoch_steps_, 1));
    const auto steps = static_cast<double>(std::max<std::size_t>(layer_norm_steps_, 1));
    for (const double sum : epoch_layer_norms_) report.layer_gradient_norms.push_back(sum / steps);
    report.learning_rate = learning_rate_;
    report.examples_per_second = examples_per_second();
    return report;
}

}  // namespace thalweg
