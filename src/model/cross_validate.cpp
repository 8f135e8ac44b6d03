#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "model/learn.h"
#include "model/prepare.h"
#include "model/presets.h"
#include "model/side_by_side.h"
#include "model/train_checks.h"
#include "thalweg/cross_validation.hpp"

namespace thalweg {
namespace {

std::vector<std::uint32_t> pick(std::span<const std::uint32_t> rows,
                                std::span<const std::uint32_t> positions) {
    std::vector<std::uint32_t> picked;
    for (const std::uint32_t position : positions) picked.push_back(rows[position]);
    return picked;
}

/// The hooks of all folds as one: numbers networks over all of them, tells the plan once, and lets one fold
/// at a time speak.
class SharedHooks {
  public:
    SharedHooks(const TrainHooks& hooks, std::size_t folds, std::size_t networks_each, std::size_t at_once)
        : hooks_(hooks), folds_(folds), networks_each_(networks_each), at_once_(at_once) {}

    TrainHooks of_fold(std::size_t fold) {
        const std::size_t before = fold * networks_each_;
        TrainHooks shared;
        shared.callbacks.stop = hooks_.callbacks.stop;
        shared.callbacks.on_epoch = [this, before](const EpochReport& report) {
            return tell(hooks_.callbacks.on_epoch, report, before);
        };
        if (hooks_.callbacks.on_step)
            shared.callbacks.on_step = [this, before](const StepReport& report) {
                return tell(hooks_.callbacks.on_step, report, before);
            };
        shared.on_network = [this, before](std::size_t network) {
            const std::lock_guard lock(mutex_);
            if (hooks_.on_network) hooks_.on_network(before + network);
        };
        shared.on_plan = [this](const TrainingPlan& plan) { tell_plan(plan); };
        return shared;
    }
    bool must_stop() const { return halted_ || (hooks_.callbacks.stop != nullptr && *hooks_.callbacks.stop); }

  private:
    template <class Report>
    bool tell(const std::function<bool(const Report&)>& callback, Report report, std::size_t before) {
        if (callback && !halted_) {
            report.network += before;
            const std::lock_guard lock(mutex_);
            if (!callback(report)) halted_ = true;
        }
        return !halted_;
    }
    void tell_plan(TrainingPlan plan) {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(told_, true) && hooks_.on_plan) {
            plan.networks = folds_ * networks_each_;
            plan.at_once = at_once_;
            hooks_.on_plan(plan);
        }
    }

    const TrainHooks& hooks_;
    std::size_t folds_;
    std::size_t networks_each_;
    std::size_t at_once_;
    std::mutex mutex_;
    bool told_ = false;
    std::atomic<bool> halted_{false};
};

/// What a fold gave; no evaluation where its training was stopped.
struct Fold {
    std::optional<Evaluation> evaluation;
    std::vector<std::string> notes;
};

Fold train_and_judge(const Table& table, std::span<const std::uint32_t> rows, const Split& positions,
                     const TrainOptions& options, const TrainHooks& hooks, const Table* validation) {
    const Training training = learn(
        {.options = options, .prepared = prepare(table, pick(rows, positions.training), options, validation)},
        hooks);
    Fold fold{std::nullopt, training.notes};
    if (training.stop_reason == StopReason::diverged)
        fold.notes.push_back(training.networks.front().fit.divergence);
    if (training.stop_reason != StopReason::stopped)
        fold.evaluation = training.model.evaluate(table, pick(rows, positions.validation),
                                                  EvaluateOptions{options.threads, {}, false});
    return fold;
}

/// Each text once, with the folds that it is said of where it is not said of all.
std::vector<std::string> joined_notes(const std::vector<Fold>& folds) {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> said;
    for (std::size_t fold = 0; fold < folds.size(); ++fold)
        for (const std::string& note : folds[fold].notes) {
            auto found =
                std::ranges::find(said, note, &std::pair<std::string, std::vector<std::size_t>>::first);
            if (found == said.end()) found = said.insert(said.end(), {note, {}});
            found->second.push_back(fold + 1);
        }
    std::vector<std::string> notes;
    notes.reserve(said.size());
    for (const auto& [note, of_folds] : said)
        notes.push_back(of_folds.size() == folds.size()
                            ? note
                            : fmt::format("fold {}: {}", fmt::join(of_folds, ", "), note));
    return notes;
}

/// `metrics_of` gives a fold's metrics, whose names are the same in all.
template <class MetricsOf>
std::vector<MetricSpread> spreads(const std::vector<Evaluation>& folds, const MetricsOf& metrics_of) {
    std::vector<MetricSpread> result;
    if (folds.empty()) return result;
    const auto count = static_cast<double>(folds.size());
    for (std::size_t i = 0; i < metrics_of(folds.front()).size(); ++i) {
        MetricSpread& metric = result.emplace_back();
        metric.name = metrics_of(folds.front())[i].first;
        double sum = 0.0, squares = 0.0;
        for (const Evaluation& fold : folds) {
            metric.folds.push_back(metrics_of(fold)[i].second);
            sum += metric.folds.back();
        }
        metric.mean = sum / count;
        for (const double value : metric.folds) squares += (value - metric.mean) * (value - metric.mean);
        metric.deviation = folds.size() > 1 ? std::sqrt(squares / (count - 1.0)) : 0.0;
    }
    return result;
}

nlohmann::ordered_json spreads_json(const std::vector<MetricSpread>& metrics) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const MetricSpread& metric : metrics)
        json[metric.name] = {{"mean", metric.mean}, {"deviation", metric.deviation}, {"folds", metric.folds}};
    return json;
}

void check_no_folds_within(const TrainOptions& options) {
    if (options.folds.value_or(1) > 1)
        throw Error(ErrorKind::usage,
                    "folds within folds are not trained: each fold's model is of one network, "
                    "or of an ensemble");
}

}  // namespace

std::vector<MetricSpread> CrossValidation::metrics() const {
    return spreads(folds, [](const Evaluation& fold) -> const Metrics& { return fold.metrics; });
}

std::vector<std::pair<std::string, std::vector<MetricSpread>>> CrossValidation::targets() const {
    std::vector<std::pair<std::string, std::vector<MetricSpread>>> result;
    if (folds.empty()) return result;
    for (std::size_t j = 0; j < folds.front().targets.size(); ++j)
        result.emplace_back(
            folds.front().targets[j].first,
            spreads(folds, [j](const Evaluation& fold) -> const Metrics& { return fold.targets[j].second; }));
    return result;
}

std::string CrossValidation::to_json() const {
    nlohmann::ordered_json json;
    json["task"] = name_of(task);
    json["rows"] = rows;
    json["folds"] = folds.size();
    json["metrics"] = spreads_json(metrics());
    for (const auto& [target, of_target] : targets()) json["targets"][target] = spreads_json(of_target);
    json["seconds"] = seconds;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

CrossValidation cross_validate(const Table& table, std::size_t folds, const TrainOptions& options,
                               const TrainHooks& hooks, const Table* validation) {
    const auto start = std::chrono::steady_clock::now();
    check_no_folds_within(options);
    check_networks(options, false);
    check_columns(table, options);
    check_rates(options);
    CrossValidation result;
    const std::vector<std::uint32_t> rows = labelled_rows(table, options, result.notes);
    const TargetCoder coder =
        TargetCoder::fit(table, rows, options.target, options.task, target_scaling(options));
    const std::vector<std::uint32_t> fold_of_rows =
        deal_folds(rows.size(), strata(table, rows, coder), folds, options.seed);

    const Sharing sharing = share_threads(folds, options.threads);
    TrainOptions of_fold = with_recipe(options, coder.task());
    of_fold.task = coder.task();
    of_fold.folds = 1;
    of_fold.threads = sharing.threads_each;
    const std::optional<Table> read = read_validation(options, validation);
    SharedHooks shared(hooks, folds, options.ensemble.value_or(1), sharing.at_once);
    std::vector<Fold> done(folds);
    run_side_by_side(folds, sharing.at_once, [&](std::size_t fold) {
        if (shared.must_stop()) return;
        done[fold] = train_and_judge(table, rows, split_fold(fold_of_rows, fold), of_fold,
                                     shared.of_fold(fold), read ? &*read : validation);
    });

    result.task = coder.task();
    result.task_reason = coder.reason();
    result.rows = rows.size();
    result.planned_folds = folds;
    for (Fold& fold : done)
        if (fold.evaluation) result.folds.push_back(std::move(*fold.evaluation));
    for (std::string& note : joined_notes(done)) result.notes.push_back(std::move(note));
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace thalweg
