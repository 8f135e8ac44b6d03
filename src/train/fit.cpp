#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "core/random.h"
#include "thalweg/train.hpp"
#include "train/check.h"
#include "train/gradient.h"

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Rules whose step makes no sense on a sample: the line search of lbfgs, and rprop, which reads only signs.
bool needs_all_rows(OptimizerKind kind) {
    return kind == OptimizerKind::lbfgs || kind == OptimizerKind::rprop;
}

std::size_t batch_size_of(const FitOptions& options, std::size_t rows) {
    return needs_all_rows(options.optimizer.kind) ? rows : std::min(options.batch_size, rows);
}

std::size_t total_steps_of(const FitOptions& options, std::size_t steps_per_epoch) {
    const std::size_t by_epochs = options.epochs > std::numeric_limits<std::size_t>::max() / steps_per_epoch
                                      ? std::numeric_limits<std::size_t>::max()
                                      : options.epochs * steps_per_epoch;
    if (options.iterations == 0) return by_epochs;
    return options.epochs == 0 ? options.iterations : std::min(options.iterations, by_epochs);
}

/// 1 for weights and 0 for biases: decay pulls no bias towards zero.
std::vector<float> decay_mask(const NetworkShape& shape) {
    std::vector<float> mask(shape.parameters(), 1.0f);
    for (std::size_t i = 1; i <= shape.layers(); ++i) {
        const std::size_t end = shape.offset(i + 1);
        std::fill(mask.begin() + static_cast<std::ptrdiff_t>(end - shape.widths[i]),
                  mask.begin() + static_cast<std::ptrdiff_t>(end), 0.0f);
    }
    return mask;
}

double norm(std::span<const float> vector) {
    double sum = 0.0;
    for (const float value : vector) sum += double{value} * value;
    return std::sqrt(sum);
}

bool all_finite(std::span<const float> vector) {
    return std::ranges::all_of(vector, [](float value) { return std::isfinite(value); });
}

/// The parameters worth keeping, whatever ends the run.
struct Best {
    AlignedVector<float> theta;
    double score = std::numeric_limits<double>::infinity();
    std::size_t epoch = 0;

    void offer(std::span<const float> candidate, double candidate_score, std::size_t candidate_epoch) {
        theta.assign(candidate.begin(), candidate.end());
        score = candidate_score;
        epoch = candidate_epoch;
    }
};

/// One run of training.
class Run {
  public:
    Run(Network<float> start, const Dataset& training, const Dataset* validation, const FitOptions& options,
        const TrainCallbacks& callbacks)
        : options_(options),
          callbacks_(callbacks),
          network_(std::move(start)),
          rows_(training.rows),
          batch_size_(batch_size_of(options, training.rows)),
          steps_per_epoch_((training.rows + batch_size_ - 1) / batch_size_),
          total_steps_(total_steps_of(options, steps_per_epoch_)),
          gradient_of_(training, network_.shape(), options.loss, batch_size_, options.threads),
          schedule_(options.schedule, total_steps_, steps_per_epoch_),
          decays_(decay_mask(network_.shape())),
          optimizer_(make_optimizer<float>(options.optimizer, decays_.size(), decays_)),
          gradient_(decays_.size()) {
        std::iota(rows_.begin(), rows_.end(), 0u);
        if (validation != nullptr)
            validation_.emplace(*validation, network_.shape(), options.loss, ChunkedGradient::kChunk,
                                options.threads);
    }

    FitResult run();

  private:
    void start();
    void run_epoch();
    void step(std::span<const std::uint32_t> rows);
    void minimise(std::span<const std::uint32_t> rows, double loss);
    void end_epoch();
    void keep_unfinished_epoch();
    void offer(double score);
    Dropout dropout() const { return {options_.dropout, options_.seed, static_cast<std::uint32_t>(step_)}; }
    void diverge(const std::string& what, double learning_rate);
    void stop(StopReason reason);
    bool out_of_time() const;
    double seconds_left() const;
    EpochReport epoch_report() const;

    const FitOptions& options_;
    const TrainCallbacks& callbacks_;
    Network<float> network_;
    std::vector<std::uint32_t> rows_;
    std::size_t batch_size_;
    std::size_t steps_per_epoch_;
    std::size_t total_steps_;
    ChunkedGradient gradient_of_;
    std::optional<ChunkedGradient> validation_;
    Schedule schedule_;
    std::vector<float> decays_;
    std::unique_ptr<Optimizer<float>> optimizer_;
    AlignedVector<float> gradient_;
    // Without validation rows only; what a run that diverges falls back to. An epoch's loss belongs to the
    // parameters around its start, so those are what it speaks for.
    AlignedVector<float> epoch_start_;
    Best lowest_loss_;

    FitResult result_;
    Best best_;
    Clock::time_point start_ = Clock::now();
    bool stopped_ = false;
    std::size_t epoch_ = 0;
    std::size_t step_ = 0;  ///< updates made
    // Of the epoch that runs:
    std::size_t epoch_steps_ = 0;
    std::size_t epoch_rows_ = 0;
    double epoch_loss_ = 0.0;  ///< weighted sum over batches
    double epoch_weight_ = 0.0;
    double epoch_norm_ = 0.0;     ///< sum over batches
    double learning_rate_ = 0.0;  ///< of the last step
    Clock::time_point epoch_begin_ = start_;
    double validation_seconds_ = 0.0;
};

FitResult Run::run() {
    start();
    while (!stopped_) run_epoch();
    std::ranges::copy(best_.theta, network_.theta().begin());
    result_.network = std::move(network_);
    result_.best_epoch = best_.epoch;
    result_.best_score = best_.score;
    result_.seconds = seconds_since(start_);
    return std::move(result_);
}

/// The start is the best so far: a run that never improves on it gives it back.
void Run::start() {
    if (!all_finite(network_.theta()))
        throw Error(ErrorKind::usage, "the network to start from has parameters that are not finite");
    best_.theta.assign(network_.theta().begin(), network_.theta().end());
    if (validation_) {
        const Clock::time_point begin = Clock::now();
        best_.score = validation_->loss(network_.theta());
        if (!std::isfinite(best_.score)) best_.score = std::numeric_limits<double>::infinity();
        validation_seconds_ = seconds_since(begin);
    }
    lowest_loss_.theta = best_.theta;
}

void Run::run_epoch() {
    ++epoch_;
    epoch_steps_ = epoch_rows_ = 0;
    epoch_loss_ = epoch_weight_ = epoch_norm_ = 0.0;
    epoch_begin_ = Clock::now();
    if (!validation_) epoch_start_.assign(network_.theta().begin(), network_.theta().end());
    if (options_.shuffle && batch_size_ < rows_.size())
        shuffle(rows_, Random(options_.seed, RandomStream::shuffle, static_cast<std::uint32_t>(epoch_)));
    for (std::size_t first = 0; first < rows_.size() && !stopped_ && step_ < total_steps_;
         first += batch_size_)
        step(std::span(rows_).subspan(first, std::min(batch_size_, rows_.size() - first)));
    if (stopped_ && result_.stop_reason != StopReason::converged) {
        keep_unfinished_epoch();
    } else {
        end_epoch();
    }
}

/// One update; theory.md, section 4.
void Run::step(std::span<const std::uint32_t> rows) {
    learning_rate_ = schedule_.learning_rate(step_);
    const double loss = gradient_of_.loss_and_gradient(network_.theta(), rows, dropout(), gradient_);
    const double weight = gradient_of_.total_weight();
    const double gradient_norm = norm(gradient_);
    if (!std::isfinite(loss) || !std::isfinite(gradient_norm))
        return diverge(std::isfinite(loss) ? "the gradient" : "the loss", learning_rate_);

    if (optimizer_->needs_objective()) {
        minimise(rows, loss);
    } else if (weight > 0.0) {
        if (options_.clip_norm > 0.0 && gradient_norm > options_.clip_norm) {
            const auto factor = static_cast<float>(options_.clip_norm / gradient_norm);
            for (float& g : gradient_) g *= factor;
        }
        optimizer_->step(network_.theta(), gradient_, learning_rate_);
    }
    ++step_;
    ++epoch_steps_;
    epoch_rows_ += rows.size();
    epoch_loss_ += weight * loss;
    epoch_weight_ += weight;
    epoch_norm_ += gradient_norm;

    if (callbacks_.on_step) {
        const double rate = static_cast<double>(epoch_rows_) / std::max(1e-9, seconds_since(epoch_begin_));
        if (!callbacks_.on_step({epoch_, step_, loss, gradient_norm, learning_rate_, rate}))
            return stop(StopReason::stopped);
    }
    if (callbacks_.stop != nullptr && callbacks_.stop->load(std::memory_order_relaxed))
        stop(StopReason::stopped);
    if (out_of_time()) stop(StopReason::time_limit);
}

/// One outer iteration of a rule that evaluates the loss along its own search.
void Run::minimise(std::span<const std::uint32_t> rows, double loss) {
    bool progressed = true;
    optimizer_->minimise(
        network_.theta(), gradient_, loss, learning_rate_,
        [&](std::span<const float> theta, std::span<float> gradient) {
            return gradient_of_.loss_and_gradient(theta, rows, dropout(), gradient);
        },
        progressed);
    if (!progressed) stop(StopReason::converged);
}

void Run::end_epoch() {
    if (!all_finite(network_.theta())) return diverge("a parameter", learning_rate_);
    EpochReport report = epoch_report();
    if (validation_) {
        const Clock::time_point begin = Clock::now();
        report.validation_loss = validation_->loss(network_.theta());
        validation_seconds_ = seconds_since(begin);
        if (!std::isfinite(*report.validation_loss)) return diverge("the validation loss", learning_rate_);
    }
    const double score = report.validation_loss.value_or(report.loss);
    report.best = score <= (validation_ ? best_.score : lowest_loss_.score);
    offer(score);
    if (!validation_ && report.best) lowest_loss_.offer(epoch_start_, score, epoch_ - 1);
    schedule_.end_epoch(score);
    report.seconds = seconds_since(start_);
    report.seconds_left = seconds_left();
    result_.history.push_back(report);

    if (callbacks_.on_epoch && !callbacks_.on_epoch(report)) stop(StopReason::stopped);
    const std::size_t since_best = epoch_ - best_.epoch;
    if (validation_ && options_.patience > 0 && since_best >= options_.patience) stop(StopReason::patience);
    if (step_ >= total_steps_) stop(StopReason::epochs);
}

/// With validation rows the least loss wins. Without, training goes on from the last parameters and those are
/// what it is for; they are replaced by earlier ones only where it diverges.
void Run::offer(double score) {
    if (!validation_ || score <= best_.score) best_.offer(network_.theta(), score, epoch_);
}

/// What there is of the epoch counts where it is better than what was before it.
void Run::keep_unfinished_epoch() {
    if (result_.stop_reason == StopReason::diverged || epoch_steps_ == 0) return;
    if (!all_finite(network_.theta())) return diverge("a parameter", learning_rate_);
    const double score = validation_ ? validation_->loss(network_.theta()) : epoch_report().loss;
    if (std::isfinite(score)) offer(score);
}

void Run::diverge(const std::string& what, double learning_rate) {
    stopped_ = true;
    result_.stop_reason = StopReason::diverged;
    result_.divergence = fmt::format(
        "training diverged: {} became infinite or not a number in epoch {}, step {}, at learning rate {:g}; "
        "try "
        "--learning-rate {:g}, or --clip-norm 1, and look for extreme values in the data",
        what, epoch_, step_ + 1, learning_rate, options_.schedule.learning_rate / 10.0);
    if (!validation_) best_ = lowest_loss_;
}

void Run::stop(StopReason reason) {
    if (stopped_) return;
    stopped_ = true;
    result_.stop_reason = reason;
}

bool Run::out_of_time() const {
    return options_.time_limit > 0.0 && seconds_since(start_) + validation_seconds_ >= options_.time_limit;
}

double Run::seconds_left() const {
    const double elapsed = seconds_since(start_);
    const double per_step = elapsed / static_cast<double>(std::max<std::size_t>(step_, 1));
    const double left = per_step * static_cast<double>(total_steps_ - step_);
    return options_.time_limit > 0.0 ? std::clamp(options_.time_limit - elapsed, 0.0, left) : left;
}

EpochReport Run::epoch_report() const {
    EpochReport report;
    report.epoch = epoch_;
    report.epochs = (total_steps_ + steps_per_epoch_ - 1) / steps_per_epoch_;
    report.loss = epoch_weight_ > 0.0 ? epoch_loss_ / epoch_weight_ : 0.0;
    report.gradient_norm = epoch_norm_ / static_cast<double>(std::max<std::size_t>(epoch_steps_, 1));
    report.learning_rate = learning_rate_;
    report.examples_per_second =
        static_cast<double>(epoch_rows_) / std::max(1e-9, seconds_since(epoch_begin_));
    return report;
}

}  // namespace

FitResult fit(Network<float> start, const Dataset& training, const Dataset* validation,
              const FitOptions& options, const TrainCallbacks& callbacks) {
    check_options(options);
    check_pair(start.shape().output, options.loss);
    check_dataset(training, start.shape(), options.loss, "training");
    if (validation != nullptr) check_dataset(*validation, start.shape(), options.loss, "validation");
    return Run(std::move(start), training, validation, options, callbacks).run();
}

}  // namespace thalweg
