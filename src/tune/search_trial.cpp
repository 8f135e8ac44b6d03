#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/memory.h"
#include "model/judge.h"
#include "model/train_networks.h"
#include "train/check.h"
#include "tune/score.h"
#include "tune/search_run.h"

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

std::string network_blob(const FitResult& fit) {
    const auto theta = fit.network.theta();
    Checkpoint checkpoint;
    checkpoint.seconds = fit.seconds;
    checkpoint.networks.push_back({nullptr, std::make_shared<FitResult>(fit),
                                   std::make_shared<AlignedVector<float>>(theta.begin(), theta.end())});
    return checkpoint_bytes(checkpoint);
}

/// Mean over networks of the validation loss of their best epochs.
std::optional<double> mean_loss(const std::vector<std::optional<FitResult>>& fits) {
    double sum = 0.0;
    for (const std::optional<FitResult>& fit : fits) {
        if (!fit || fit->best_epoch == 0 || fit->best_epoch > fit->history.size()) return std::nullopt;
        const std::optional<double>& loss = fit->history[fit->best_epoch - 1].validation_loss;
        if (!loss) return std::nullopt;
        sum += *loss;
    }
    return sum / static_cast<double>(fits.size());
}

}  // namespace

void Search::train_trial(std::size_t trial, std::size_t rung, const Sharing& sharing) {
    Outcome outcome;
    outcome.run.trial = trial;
    outcome.run.rung = rung;
    try {
        Choices choices = choices_of(trial);
        outcome.run.values = task_.shown(values(trial));
        if (!begin(outcome.run, choices.fit, threads_of(sharing))) return;
        train_networks_of(outcome, std::move(choices), sharing);
    } catch (const Error& error) {
        // What the defaults cannot have, none of the trials can.
        if (trial == 0) halted_ = true;
        if (trial == 0) throw;
        outcome.run.state = TrialState::failed;
        outcome.run.message = error.what();
    }
    record(std::move(outcome));
}

/// False where it is too late to.
bool Search::begin(TrialRun& run, FitOptions& fit, std::size_t threads) {
    const std::lock_guard lock(mutex_);
    shorten(fit, run.trial, run.rung);
    const std::optional<std::size_t> epochs = affordable_epochs(run.trial, run.rung, fit, threads);
    if (!epochs) return false;
    fit.epochs = run.epochs = *epochs;
    fit.time_limit = time_limit_of(run.trial, run.rung, fit);
    if (!write([&] { study_.put(run, {}, elapsed()); })) return false;
    if (hooks_.on_begin) hooks_.on_begin(run);
    return true;
}

std::vector<NetworkTask> Search::tasks_of(std::size_t trial, std::size_t kind, Hyperparameters record) const {
    const std::uint64_t seed = network_seed(options_.train.seed, trial);
    record["trial"] = std::to_string(trial);
    if (task_.folds == 1) return {{seed, {}, kind, record}};
    std::vector<NetworkTask> tasks;
    for (std::size_t fold = 0; fold < task_.folds; ++fold) tasks.push_back({seed, fold, kind, record});
    return tasks;
}

void Search::train_networks_of(Outcome& outcome, Choices choices, const Sharing& sharing) {
    const bool side_by_side = sharing.at_once > 1;
    const Sharing within =
        side_by_side ? Sharing{1, sharing.threads_each} : share_threads(task_.folds, options_.train.threads);
    choices.fit.threads = within.threads_each;
    TrainHooks hooks;
    hooks.callbacks.stop = hooks_.stop;
    hooks.callbacks.on_epoch = [this](const EpochReport&) {
        const std::lock_guard lock(mutex_);
        if (hooks_.on_epoch) hooks_.on_epoch();
        return !halted_;
    };
    check_memory(choices.shape.parameters(), task_.folds, sharing.at_once * within.at_once);
    const Clock::time_point start = Clock::now();
    outcome.fits =
        train_networks(task_.prepared, {choices}, tasks_of(outcome.run.trial, 0, {}), within, hooks);
    outcome.run.seconds = seconds_since(start);
    outcome.run.core_seconds = outcome.run.seconds * static_cast<double>(threads_of(sharing));
    judge(outcome, choices, within.threads_each);
}

void Search::judge(Outcome& outcome, const Choices& choices, int threads) {
    TrialRun& run = outcome.run;
    run.state = TrialState::done;
    for (const std::optional<FitResult>& fit : outcome.fits) {
        if (!fit || fit->stop_reason == StopReason::stopped || fit->stop_reason == StopReason::time_limit)
            run.state = TrialState::interrupted;
        if (fit && fit->stop_reason == StopReason::diverged) {
            run.state = TrialState::failed;
            run.message = fit->divergence;
            return;
        }
    }
    const bool whole = std::ranges::all_of(outcome.fits, [](const auto& fit) { return fit.has_value(); });
    if (!whole) return;
    const Clock::time_point start = Clock::now();
    Judge judge(task_.prepared, choices, 1, threads);
    const std::vector<NetworkTask> tasks = tasks_of(run.trial, 0, {});
    for (std::size_t i = 0; i < tasks.size(); ++i)
        judge.of_network(outcome.fits[i]->network, tasks[i].fold, 0);
    const Judged judged = judge.of_all(std::vector<std::size_t>{1});
    const Evaluation evaluation =
        evaluate_predictions(task_.prepared.coder, task_.prepared.pair.loss, judged.predicted, judged.truth);
    run.score = score_of(task_.metric, task_.prepared.coder, evaluation);
    for (const auto& [name, value] : evaluation.metrics)
        if (std::isfinite(value)) run.metrics[name] = value;
    run.loss = mean_loss(outcome.fits);
    if (!run.score) {
        run.state = TrialState::failed;
        run.message = "the rows held out do not define " + task_.metric;
    }
    const std::lock_guard lock(mutex_);
    ++judged_;
    judge_seconds_ += seconds_since(start);
}

void Search::record(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    TrialRun& run = outcome.run;
    run.ended = elapsed();
    const bool finished = run.trained() || run.state == TrialState::failed;
    std::vector<std::string> blobs;
    if (run.trained())
        for (const std::optional<FitResult>& fit : outcome.fits) blobs.push_back(network_blob(*fit));
    // As far as it came, for the trials that end by patience: what others are held to.
    if (run.trained() && run.trial == 0 && task_.ends_by_patience(plan_of_defaults())) {
        run.epochs = 0;
        for (const std::optional<FitResult>& fit : outcome.fits)
            run.epochs = std::max(run.epochs, fit->history.size());
    }
    const bool written = write([&] {
        study_.put(run, blobs, elapsed());
        if (finished) runs_[{run.trial, run.rung}] = run;
        if (!blobs.empty()) kept_.emplace(run.trial, run.rung);
        keep_the_best();
    });
    if (!written) {
        runs_.erase({run.trial, run.rung});
        if (run.score) run.state = TrialState::interrupted;
    }
    if (run.state == TrialState::interrupted && run.score)
        cut_short_.push_back({run.trial, run.rung, *run.score, std::move(outcome.fits)});
    else if (run.state == TrialState::interrupted && run.trial == 0)
        unscored_ = Candidate{run.trial, run.rung, 0.0, std::move(outcome.fits)};
    if (hooks_.on_end) hooks_.on_end(run);
}

}  // namespace thalweg
