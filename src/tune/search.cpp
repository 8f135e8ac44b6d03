#include "tune/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "core/file.h"
#include "core/memory.h"
#include "data/numbers.h"
#include "engine/team.h"
#include "model/assemble.h"
#include "model/json_text.h"
#include "model/judge.h"
#include "model/option_table.h"
#include "model/train_networks.h"
#include "train/check.h"
#include "tune/halving.h"
#include "tune/score.h"
#include "tune/task.h"

namespace thalweg {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

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
/// More trials than this are no search any more, and their numbers are 32 bits of a random number's place.
constexpr std::size_t kAnyNumber = 1'000'000;

/// A trained trial, ready for the model.
struct Candidate {
    std::size_t trial = 0;
    std::size_t rung = 0;
    double score = 0.0;
    std::vector<std::optional<FitResult>> fits = {};  ///< empty: they are in the study

    auto rank() const { return std::tuple(score, trial, rung); }
};

/// What a model is chosen from: trainings, and of each its networks.
struct Library {
    std::vector<Choices> kinds;
    std::vector<std::pair<std::size_t, std::size_t>> places;  ///< trial and rung of each
    std::vector<NetworkTask> tasks;
    std::vector<std::optional<FitResult>> fits;
};

/// What came of training a trial.
struct Outcome {
    std::vector<std::optional<FitResult>> fits;
    TrialRun run;
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string network_blob(const FitResult& fit) {
    const auto theta = fit.network.theta();
    Checkpoint checkpoint;
    checkpoint.seconds = fit.seconds;
    checkpoint.networks.push_back({nullptr, std::make_shared<FitResult>(fit),
                                   std::make_shared<AlignedVector<float>>(theta.begin(), theta.end())});
    return checkpoint_bytes(checkpoint);
}

FitResult network_from(const std::string& blob, const NetworkShape& shape, const std::string& source) {
    const Checkpoint checkpoint = checkpoint_from_bytes(blob, source);
    if (checkpoint.networks.size() != 1 || !checkpoint.networks.front().result)
        throw Error(ErrorKind::model, source + ": the study is damaged: a network in it was not trained");
    FitResult result = *checkpoint.networks.front().result;
    const AlignedVector<float>& theta = *checkpoint.networks.front().theta;
    result.network = Network<float>(shape);
    if (theta.size() != result.network.theta().size())
        throw Error(ErrorKind::model, source + ": the study is damaged: a network in it is of another trial");
    std::ranges::copy(theta, result.network.theta().begin());
    return result;
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

class Search {
  public:
    Search(TuneTask task, const TuneOptions& options, const TuneHooks& hooks, Study study)
        : task_(std::move(task)),
          options_(options),
          hooks_(hooks),
          study_(std::move(study)),
          threads_(static_cast<std::size_t>(useful_threads(options.train.threads))),
          kind_(score_kind(task_.prepared.coder.task(), task_.prepared.pair.loss.loss)) {
        take_up();
    }

    void tell_plan(const std::string& resumed) const;
    void run();
    Tuning finish(const Table& table);

  private:
    void take_up();
    void train_defaults();
    void fit_to_time();
    bool run_round(std::size_t round);
    bool run_rung(const std::vector<std::size_t>& trials, std::size_t rung);
    void settle(const std::vector<std::size_t>& trials, const std::vector<std::size_t>& going_on,
                std::size_t rung);
    void train_trial(std::size_t trial, std::size_t rung, const Sharing& sharing);
    std::optional<std::size_t> affordable_epochs(std::size_t trial, std::size_t rung, const FitOptions& fit,
                                                 std::size_t threads) const;
    double time_limit_of(std::size_t trial, std::size_t rung, const FitOptions& fit) const;
    bool begin(TrialRun& run, FitOptions& fit, std::size_t threads);
    void train_networks_of(Outcome& outcome, Choices choices, const Sharing& sharing);
    void judge(Outcome& outcome, const Choices& choices, int threads);
    void record(Outcome outcome);
    void keep_the_best();
    bool write(const std::function<void()>& change);
    void warn(const std::string& text);

    Hyperparameters values(std::size_t trial) const;
    Choices choices_of(std::size_t trial) const;
    void shorten(FitOptions& fit, std::size_t trial, std::size_t rung) const;
    std::size_t epochs_of(const FitOptions& fit, std::size_t trial, std::size_t rung) const;
    std::vector<NetworkTask> tasks_of(std::size_t trial, std::size_t kind, Hyperparameters record) const;
    const TrialRun* find(std::size_t trial, std::size_t rung) const;
    std::optional<double> core_seconds(std::size_t trial, std::size_t rung, std::size_t epochs) const;
    std::vector<Candidate> candidates() const;
    std::vector<Candidate> all_candidates();
    std::vector<std::optional<FitResult>> take_fits(Candidate& candidate, const NetworkShape& shape) const;
    Library library_of(std::vector<Candidate> best);
    /// That a trial has, where a rung's share them so.
    std::size_t threads_of(const Sharing& sharing) const {
        return sharing.at_once > 1 ? static_cast<std::size_t>(sharing.threads_each) : threads_;
    }
    FitOptions plan_of_defaults() const { return choices_of(0).fit; }
    std::size_t top() const { return rungs_ - 1; }
    std::size_t most_trials() const { return options_.trials == 0 ? kAnyNumber : options_.trials; }

    bool stop_asked() const { return halted_ || (hooks_.stop != nullptr && *hooks_.stop); }
    bool limited() const { return options_.time_limit > 0.0; }
    double elapsed() const { return before_ + seconds_since(task_.start); }
    double left() const {
        return limited() ? options_.time_limit - elapsed() - reserve()
                         : std::numeric_limits<double>::infinity();
    }
    double reserve() const;

    TuneTask task_;
    const TuneOptions& options_;
    const TuneHooks& hooks_;
    Study study_;
    std::size_t threads_;
    ScoreKind kind_;
    std::mutex mutex_;
    std::map<std::pair<std::size_t, std::size_t>, TrialRun> runs_;
    std::set<std::pair<std::size_t, std::size_t>> kept_;  ///< those whose networks the study has
    std::vector<Candidate> cut_short_;  ///< trained as far as time allowed; not in the study
    /// A first training that was ended before all of its networks had begun.
    std::optional<Candidate> unscored_;
    std::atomic<bool> halted_{false};  ///< the study cannot be written, or the defaults cannot be trained
    bool lost_ = false;                ///< the study cannot be written
    double before_ = 0.0;              ///< seconds of search of earlier runs
    double scale_ = 1.0;               ///< of all epochs, so that a round fits into the time
    bool searches_ = true;             ///< there is time for more than the defaults
    std::size_t rungs_ = 1;
    std::size_t judged_ = 0;
    double judge_seconds_ = 0.0;
};

/// From the study, where it goes on.
void Search::take_up() {
    for (TrialRun& run : study_.runs()) {
        if (!run.trained() && run.state != TrialState::failed) continue;
        const std::pair key(run.trial, run.rung);
        runs_.emplace(key, std::move(run));
    }
    const auto number = [&](const char* key, double otherwise) {
        const std::optional<std::string> text = study_.find_text(key);
        const std::optional<double> value = text ? parse_number(*text) : otherwise;
        if (!value || !(*value >= 0.0) || !std::isfinite(*value))
            throw Error(ErrorKind::model,
                        fmt::format("{}: the study is damaged: its '{}' is no number", study_.source(), key));
        return *value;
    };
    before_ = number("seconds", 0.0);
    scale_ = std::min(number("scale", 1.0), 1.0);
    searches_ = number("searches", 1.0) != 0.0;
    rungs_ = rungs_for(scale_ * static_cast<double>(plan_of_defaults().epochs));
    for (const Candidate& candidate : candidates()) kept_.emplace(candidate.trial, candidate.rung);
}

/// What the last steps, from the trials to the model, will take.
double Search::reserve() const {
    if (judged_ == 0) return 0.02 * options_.time_limit;
    const double each = judge_seconds_ / static_cast<double>(judged_);
    return 0.01 * options_.time_limit + 1.5 * each * static_cast<double>(options_.ensemble);
}

void Search::tell_plan(const std::string& resumed) const {
    const Prepared& prepared = task_.prepared;
    if (hooks_.on_plan)
        hooks_.on_plan({kind_.metric, prepared.training.rows, prepared.validation.rows,
                        task_.test_rows.size(), task_.folds, task_.space.size(), before_, resumed,
                        prepared.notes});
}

void Search::run() {
    train_defaults();
    for (std::size_t round = 0; searches_ && run_round(round); ++round) continue;
}

/// First of all and in full, so that the search is never behind them.
void Search::train_defaults() {
    const bool has_schedule = !task_.ends_by_patience(plan_of_defaults());
    if (limited() && has_schedule && most_trials() > 1 && find(0, top()) == nullptr) fit_to_time();
    const std::size_t defaults = std::min(task_.defaults.size(), most_trials());
    for (std::size_t trial = 0; trial < defaults; ++trial)
        if (!run_rung({trial}, top())) searches_ = false;
}

/// A short training of the defaults tells the pace, and by it epochs are planned so that a round fits in.
void Search::fit_to_time() {
    if (rungs_ > 1) run_rung({0}, 0);
    const TrialRun* pace = find(0, 0);
    if (pace == nullptr || stop_asked()) return;
    const FitOptions plan = plan_of_defaults();
    const double whole = pace->seconds * static_cast<double>(plan.epochs) / static_cast<double>(pace->epochs);
    const double scale = kShareOfDefaults * left() / whole;
    searches_ = scale >= kLeastScale;
    scale_ = std::clamp(searches_ ? scale : kMargin * left() / whole, 1e-6, 1.0);
    if (!searches_)
        warn("there is no time for a search: the defaults have all of it; give a longer --time-limit");
    rungs_ = rungs_for(scale_ * static_cast<double>(plan.epochs));
    const bool is_shorter = rungs_ == 1;  // what told the pace, than what is trained on this rung now
    if (is_shorter) runs_.erase({0, 0});
    write([&] {
        study_.set_text("scale", number_text(scale_));
        study_.set_text("searches", searches_ ? "1" : "0");
        if (is_shorter) study_.set_state({{0, 0}}, TrialState::interrupted);
    });
}

/// False where the search is over.
bool Search::run_round(std::size_t round) {
    const std::size_t size = round_trials(rungs_), first = task_.defaults.size() + round * size;
    std::vector<std::size_t> trials;
    for (std::size_t trial = first; trial < std::min(first + size, most_trials()); ++trial)
        trials.push_back(trial);
    if (trials.empty() || task_.space.empty()) return false;
    for (std::size_t rung = 0; rung < rungs_; ++rung) {
        if (!run_rung(trials, rung)) return false;
        std::vector<Standing> standings;
        for (const std::size_t trial : trials)
            if (const TrialRun* run = find(trial, rung); run->score)
                standings.push_back({trial, *run->score});
        const std::vector<std::size_t> going_on =
            rung == top() ? trials : promoted(std::move(standings), trials.size());
        settle(trials, going_on, rung);
        trials = going_on;
    }
    return true;
}

/// Writes down who goes on and who does not.
void Search::settle(const std::vector<std::size_t>& trials, const std::vector<std::size_t>& going_on,
                    std::size_t rung) {
    std::vector<std::pair<std::size_t, std::size_t>> done, stopped;
    for (const std::size_t trial : trials) {
        TrialRun& run = runs_.at({trial, rung});
        if (!run.trained()) continue;
        const bool goes_on = std::ranges::find(going_on, trial) != going_on.end();
        const TrialState state = goes_on ? TrialState::done : TrialState::stopped;
        if (run.state != state) (goes_on ? done : stopped).emplace_back(trial, rung);
        run.state = state;
    }
    write([&] {
        if (!done.empty()) study_.set_state(done, TrialState::done);
        if (!stopped.empty()) study_.set_state(stopped, TrialState::stopped);
    });
}

/// Trains those that are not yet; false where not all of them could be.
bool Search::run_rung(const std::vector<std::size_t>& trials, std::size_t rung) {
    std::vector<std::size_t> waiting;
    for (const std::size_t trial : trials)
        if (find(trial, rung) == nullptr) waiting.push_back(trial);
    const Sharing sharing = share_threads(waiting.size(), options_.train.threads);
    run_side_by_side(waiting.size(), sharing.at_once,
                     [&](std::size_t place) { train_trial(waiting[place], rung, sharing); });
    return std::ranges::all_of(trials, [&](std::size_t trial) { return find(trial, rung) != nullptr; });
}

const TrialRun* Search::find(std::size_t trial, std::size_t rung) const {
    const auto found = runs_.find({trial, rung});
    return found == runs_.end() ? nullptr : &found->second;
}

Hyperparameters Search::values(std::size_t trial) const {
    if (trial < task_.defaults.size()) return task_.defaults[trial];
    return draw(task_.space, task_.chosen, options_.train.seed, static_cast<std::uint32_t>(trial));
}

Choices Search::choices_of(std::size_t trial) const {
    return task_.choices(values(trial));
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
    run.score = score_of(kind_, task_.prepared.coder, evaluation);
    for (const auto& [name, value] : evaluation.metrics)
        if (std::isfinite(value)) run.metrics[name] = value;
    run.loss = mean_loss(outcome.fits);
    if (!run.score) {
        run.state = TrialState::failed;
        run.message = "the rows held out do not define " + kind_.metric;
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

/// A study that cannot be written any more ends the search, and what has been trained is not lost by it.
bool Search::write(const std::function<void()>& change) {
    if (lost_) return false;
    try {
        change();
        return true;
    } catch (const Error& error) {
        lost_ = halted_ = true;
        warn(fmt::format("{}; the search ends here, and the model is made of what there is", error.what()));
        return false;
    }
}

void Search::warn(const std::string& text) {
    if (hooks_.on_warning) hooks_.on_warning(text);
}

/// Of each trial in the study its best training; the best first, as many as the model may have.
std::vector<Candidate> Search::candidates() const {
    std::vector<Candidate> all, best;
    for (const auto& [key, run] : runs_)
        if (run.trained() && run.score) all.push_back({key.first, key.second, *run.score});
    std::ranges::sort(all, {}, &Candidate::rank);
    for (Candidate& one : all) {
        if (best.size() == options_.ensemble) break;
        if (std::ranges::find(best, one.trial, &Candidate::trial) == best.end())
            best.push_back(std::move(one));
    }
    return best;
}

/// The study keeps the networks of those that the model may have.
void Search::keep_the_best() {
    std::set<std::pair<std::size_t, std::size_t>> best;
    for (const Candidate& candidate : candidates()) best.emplace(candidate.trial, candidate.rung);
    std::erase_if(kept_, [&](const auto& kept) {
        if (best.contains(kept)) return false;
        study_.drop_networks(kept.first, kept.second);
        return true;
    });
}

/// Those that the model is chosen from.
std::vector<Candidate> Search::all_candidates() {
    std::vector<Candidate> best = candidates();
    for (Candidate& cut : cut_short_) best.push_back(std::move(cut));
    std::ranges::sort(best, {}, &Candidate::rank);
    best.resize(std::min(best.size(), kind_.selects ? options_.ensemble : 1));
    if (best.empty() && unscored_) best.push_back(*std::move(unscored_));
    if (!best.empty()) return best;
    for (const auto& [key, run] : runs_)
        if (run.state == TrialState::failed)
            throw Error(ErrorKind::numeric, fmt::format("no trial could be trained; the first of {}: {}",
                                                        runs_.size(), run.message));
    throw Error(ErrorKind::usage, "the search was ended before its first training had begun");
}

std::vector<std::optional<FitResult>> Search::take_fits(Candidate& candidate,
                                                        const NetworkShape& shape) const {
    if (!candidate.fits.empty()) return std::move(candidate.fits);
    std::vector<std::optional<FitResult>> fits;
    for (const std::string& blob : study_.networks(candidate.trial, candidate.rung))
        fits.emplace_back(network_from(blob, shape, study_.source()));
    if (fits.size() != task_.folds)
        throw Error(ErrorKind::model, fmt::format("{}: the study is damaged: trial {} lacks networks",
                                                  study_.source(), candidate.trial));
    return fits;
}

/// As many of the best as there is memory for.
Library Search::library_of(std::vector<Candidate> best) {
    Library library;
    double parameters = 0.0;
    constexpr double kCopies = 2.0;  // theta, and theta as predictions read it
    for (Candidate& candidate : best) {
        Choices choices = choices_of(candidate.trial);
        parameters += static_cast<double>(task_.folds * choices.shape.parameters());
        if (!library.kinds.empty() && kCopies * sizeof(float) * parameters > available_memory()) {
            warn(fmt::format("the model is chosen from {} of {} trainings: more do not fit into memory",
                             library.kinds.size(), best.size()));
            break;
        }
        const Hyperparameters record = task_.shown(values(candidate.trial));
        for (NetworkTask& task : tasks_of(candidate.trial, library.kinds.size(), record))
            library.tasks.push_back(std::move(task));
        for (std::optional<FitResult>& fit : take_fits(candidate, choices.shape))
            library.fits.push_back(std::move(fit));
        library.kinds.push_back(std::move(choices));
        library.places.emplace_back(candidate.trial, candidate.rung);
    }
    return library;
}

/// One model of what was trained.
Tuning Search::finish(const Table& table) {
    Library library = library_of(all_candidates());
    TrainOptions options = task_.options;
    options.ensemble = library.kinds.size();
    options.select = true;
    Tuning tuning;
    tuning.training =
        assemble(std::move(task_.prepared), library.kinds, options, library.tasks, std::move(library.fits));
    json shares = json::array();
    for (const NetworkTraining& network : tuning.training.networks) {
        const auto [trial, rung] = library.places[(network.network - 1) / task_.folds];
        const bool is_first =
            tuning.shares.empty() || tuning.shares.back().trial != trial || tuning.shares.back().rung != rung;
        if (!network.kept || network.weight == 0 || !is_first) continue;
        tuning.shares.push_back({trial, rung, network.weight});
        shares.push_back({trial, rung, network.weight});
    }
    write([&] { study_.set_text("model", shares.dump()); });
    if (!task_.test_rows.empty())
        tuning.test = tuning.training.model.evaluate(table, task_.test_rows, {options.threads, {}, false});
    tuning.runs = study_.runs();
    tuning.metric = kind_.metric;
    tuning.interrupted = hooks_.stop != nullptr && *hooks_.stop;
    tuning.seconds = tuning.training.seconds = elapsed();
    return tuning;
}

std::string resumed_text(const TuneOptions& options, const Study* study) {
    if (!options.resume) return "";
    const std::string file = options.study.string();
    if (study == nullptr) return fmt::format("no study at {} yet: the search begins", file);
    std::size_t trained = 0;
    for (const TrialRun& run : study->runs()) trained += run.trained();
    return fmt::format("the search goes on from {}: {} trainings are done", file, trained);
}

}  // namespace

void check_study(const TuneOptions& options) {
    std::error_code unknown;
    if (!options.resume && std::filesystem::exists(options.study, unknown))
        throw Error(ErrorKind::usage,
                    fmt::format("--study {}: there is a file already, which may be hours of work; go on from "
                                "it with --resume, or name another",
                                options.study.string()));
    check_writable(options.study);
}

Tuning tune(const Table& table, const TuneOptions& options, const TuneHooks& hooks, const Table* validation) {
    check_study(options);
    std::error_code unknown;
    const bool goes_on = std::filesystem::exists(options.study, unknown) && !Study::is_empty(options.study);
    std::optional<Study> study;
    if (goes_on) study.emplace(Study::open(options.study));
    TuneTask task = make_task(table, options, validation);
    if (goes_on) {
        check_same_search(*study, task);
        study->lock();
    }
    const std::string resumed = resumed_text(options, study ? &*study : nullptr);
    if (!goes_on) study.emplace(Study::create(options.study, texts_of(task)));
    Search search(std::move(task), options, hooks, std::move(*study));
    search.tell_plan(resumed);
    search.run();
    return search.finish(table);
}

}  // namespace thalweg
