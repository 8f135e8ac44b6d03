#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/floating_point.h"
#include "core/memory.h"
#include "network/monotone.h"
#include "thalweg/fit_state.hpp"
#include "thalweg/train.hpp"
#include "train/check.h"
#include "train/fit_keeper.h"
#include "train/gradient.h"
#include "train/parameters.h"
#include "train/row_order.h"
#include "train/steps.h"

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

/// Of a time limit, what the validation of the start may take.
constexpr double kStartShare = 0.1;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

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

/// One run of training.
class Run {
  public:
    Run(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
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
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    FitResult run();

  private:
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

FitResult Run::run() {
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
void Run::start() {
    if (from_ != nullptr) return resume(*from_);
    const bool goes_on = state_ != nullptr && state_->epoch > 0;
    if (goes_on) go_on();
    if (bounds_ && !goes_on) start_within(*bounds_, network_);
    if (!goes_on) best_.theta.assign(network_.theta().begin(), network_.theta().end());
    if (validation_) validate_start();
    lowest_loss_.theta.assign(network_.theta().begin(), network_.theta().end());
    tell_parameters();
}

/// Everything that a run without the break would have at this point.
void Run::go_on() {
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

void Run::leave_state() {
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
bool Run::can_be_from_here(const FitProgress& from) const {
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

void Run::resume(const FitProgress& from) {
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

void Run::keep() {
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

/// Little of a time limit goes into the start. Where its validation takes longer than that, its loss counts
/// as infinite, and what is known of the pace tells how long a validation takes.
void Run::validate_start() {
    const std::optional<double> loss = validation_->loss(best_.theta, [this](double share) {
        const double elapsed = seconds_since(start_);
        validation_seconds_ = elapsed / share;
        return stop_is_set() || (options_.time_limit > 0.0 && elapsed > kStartShare * options_.time_limit);
    });
    if (!loss) return;
    validation_seconds_ = seconds_since(start_);
    if (std::isfinite(*loss)) best_.score = validation_score(*loss);
}

void Run::begin_epoch() {
    ++epoch_;
    epoch_steps_ = epoch_rows_ = 0;
    epoch_loss_ = epoch_weight_ = epoch_norm_ = 0.0;
    std::ranges::fill(epoch_layer_norms_, 0.0);
    layer_norm_steps_ = 0;
    epoch_begin_ = Clock::now();
    if (!validation_) epoch_start_.assign(network_.theta().begin(), network_.theta().end());
}

/// From the step of the epoch where the run stands: the first, unless it was resumed.
void Run::run_epoch() {
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

void Run::step(std::span<const std::uint32_t> rows) {
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
std::optional<Run::Update> Run::update(std::span<const std::uint32_t> rows) {
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
        optimizer_->step_shared(network_.theta(), gradient_, learning_rate_,
                                [this](std::size_t size, const auto& part) { engine_.share(size, part); });
        keep_bounds();
    }
    return Update{loss, gradient_norm};
}

void Run::keep_bounds() {
    if (!bounds_) return;
    engine_.share(decays_.size(), [this](std::size_t first, std::size_t last) {
        bounds_->project(network_.theta(), first, last);
    });
}

/// One outer iteration of a rule that evaluates the loss of all rows along its own search. What the search
/// found at its end serves the next iteration, unless that one drops other activations.
void Run::minimise(double loss) {
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
double Run::objective(std::span<const float> theta, std::span<float> gradient) {
    if (must_break_off()) return std::numeric_limits<double>::infinity();
    return gradient_of_.loss_and_gradient(theta, order_.all(), dropout(), gradient);
}

void Run::count_step(std::size_t rows, const Update& made) {
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

void Run::tell_parameters() const {
    if (callbacks_.on_parameters)
        callbacks_.on_parameters({epoch_, std::as_const(network_).theta(), network_.shape()});
}

double Run::validate() {
    const Clock::time_point begin = Clock::now();
    const double loss = *validation_->loss(network_.theta());
    validation_seconds_ = seconds_since(begin);
    return loss;
}

void Run::end_epoch() {
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

void Run::stop_if_done() {
    const std::size_t since_best = epoch_ - best_.epoch;
    if (options_.patience > 0 && since_best >= options_.patience) stop(StopReason::patience);
    if (step_ >= total_steps_) stop(StopReason::epochs);
}

/// With validation rows the best of them wins (see KeepBy). Without, training goes on from the last
/// parameters and those are what it is for; they are replaced by earlier ones only where it diverges.
void Run::offer(double score) {
    if (!validation_ || beats(score, best_.score)) best_.offer(network_.theta(), score, epoch_);
}

/// What there is of the epoch counts where it is better than what was before it.
void Run::keep_unfinished_epoch() {
    if (epoch_steps_ == 0) return;
    if (!all_finite(network_.theta())) return diverge("a parameter", step_);
    const double loss = validation_ ? validate() : epoch_report().loss;
    if (std::isfinite(loss)) offer(validation_ ? validation_score(loss) : loss);
}

void Run::diverge(const std::string& what, std::size_t step) {
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

void Run::stop(StopReason reason) {
    if (stopped_) return;
    stopped_ = true;
    result_.stop_reason = reason;
}

bool Run::stop_is_set() const {
    return callbacks_.stop != nullptr && callbacks_.stop->load(std::memory_order_relaxed);
}

/// The time left is that of one more validation. Half of the limit is for training however long that takes.
bool Run::out_of_time() const {
    if (options_.time_limit == 0.0) return false;
    const double reserved = std::min(validation_seconds_, 0.5 * options_.time_limit);
    return seconds_since(start_) + reserved >= options_.time_limit;
}

bool Run::must_stop() {
    if (stop_is_set()) stop(StopReason::stopped);
    if (out_of_time()) stop(StopReason::time_limit);
    return stopped_;
}

/// A line search that is left early ends at another point than it would have. Where somebody wants to go on
/// with the bits of a run without a stop, it is finished; only a time limit does not wait for that.
bool Run::must_break_off() {
    if (!searching_ || keeper_ == nullptr) return must_stop();
    if (!out_of_time()) return false;
    broken_off_ = true;
    return must_stop();
}

double Run::examples_per_second() const {
    return static_cast<double>(epoch_rows_) / std::max(1e-9, seconds_since(epoch_begin_));
}

double Run::seconds_left() const {
    const double elapsed = seconds_since(start_);
    const std::size_t made = step_ - (state_ != nullptr ? state_->step : 0);
    const double per_step = elapsed / static_cast<double>(std::max<std::size_t>(made, 1));
    const double left = per_step * static_cast<double>(total_steps_ - step_);
    return options_.time_limit > 0.0 ? std::clamp(options_.time_limit - elapsed, 0.0, left) : left;
}

EpochReport Run::epoch_report() const {
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

/// Parameters, their gradient, two copies of the best, two of an update rule; and a chunk.
double bytes_of(const NetworkShape& shape, const Examples& training) {
    constexpr double kVectors = 6.0;
    return sizeof(float) * (kVectors * static_cast<double>(shape.parameters()) +
                            static_cast<double>(chunk_rows(training, shape) * training.dataset().inputs));
}

}  // namespace

FitResult fit(Network<float> start, const Dataset& training, const Dataset* validation,
              const FitOptions& options, const TrainCallbacks& callbacks) {
    return fit(std::move(start), Examples(training),
               validation == nullptr ? std::nullopt : std::optional<Examples>(*validation), options,
               callbacks);
}

namespace {

FitResult checked_fit(Network<float> start, const Examples& training,
                      const std::optional<Examples>& validation, const FitOptions& options,
                      const TrainCallbacks& callbacks, const Succession& succession) {
    check_options(options);
    check_network(start);
    check_memory(start.shape().parameters());
    const NetworkShape shape = start.shape();
    check_pair(shape.output, options.loss);
    check_examples(training, shape, options.loss, "training");
    if (validation) check_examples(*validation, shape, options.loss, "validation");
    return with_memory(
        fmt::format("training {} parameters", shape.parameters()), bytes_of(shape, training),
        [&] { return Run(std::move(start), training, validation, options, callbacks, succession).run(); });
}

}  // namespace

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks) {
    return checked_fit(std::move(start), training, validation, options, callbacks, {});
}

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitState& state) {
    return checked_fit(std::move(start), training, validation, options, callbacks, {.state = &state});
}

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitKeeper& keeper,
              const FitProgress* from) {
    return checked_fit(std::move(start), training, validation, options, callbacks,
                       {.keeper = &keeper, .from = from});
}

}  // namespace thalweg
