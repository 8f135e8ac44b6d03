#include "tune/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "data/numbers.h"
#include "tune/halving.h"
#include "tune/search_run.h"

namespace thalweg {

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

void Search::tell_plan(const std::string& resumed) const {
    const Prepared& prepared = task_.prepared;
    if (hooks_.on_plan)
        hooks_.on_plan({task_.metric, prepared.training.rows, prepared.validation.rows,
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
    const bool is_first = find(0, top()) == nullptr;
    if (most_trials() > 1 && has_schedule) {
        if (is_first && limited()) fit_to_time();
        if (!is_first && !searches_) fit_to_more_time();
    }
    const std::size_t defaults = std::min(task_.defaults.size(), most_trials());
    for (std::size_t trial = 0; trial < defaults; ++trial)
        if (!run_rung({trial}, top())) searches_ = false;
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

namespace {

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
