#include "model/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "model/calibrate.h"
#include "model/conformal.h"
#include "model/judge.h"
#include "model/metrics.h"
#include "model/option_table.h"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

/// Which of the networks the model is made of.
std::vector<bool> worth_keeping(const std::vector<std::optional<FitResult>>& fits) {
    const auto where = [&](const auto& holds) {
        std::vector<bool> kept;
        kept.reserve(fits.size());
        for (const std::optional<FitResult>& fit : fits) kept.push_back(fit && holds(*fit));
        return kept;
    };
    const auto any = [](const std::vector<bool>& kept) {
        return std::ranges::find(kept, true) != kept.end();
    };
    const auto sound = [](const FitResult& fit) { return fit.stop_reason != StopReason::diverged; };
    std::vector<bool> learnt = where([&](const FitResult& fit) { return sound(fit) && fit.best_epoch > 0; });
    if (any(learnt)) return learnt;
    std::vector<bool> not_diverged = where(sound);
    if (any(not_diverged)) return not_diverged;
    return where([](const FitResult&) { return true; });
}

/// Says which networks are missing and why.
void note_left_out(const std::vector<std::optional<FitResult>>& fits, const std::vector<bool>& kept,
                   std::vector<std::string>& notes) {
    std::size_t unlearnt = 0;
    for (std::size_t i = 0; i < fits.size(); ++i) {
        if (kept[i]) continue;
        if (fits[i] && fits[i]->stop_reason == StopReason::diverged)
            notes.push_back(fmt::format("network {} is left out: {}", i + 1, fits[i]->divergence));
        else
            ++unlearnt;
    }
    if (unlearnt > 0)
        notes.push_back(
            fmt::format("{} of {} networks {} left out: training ended before they had learnt "
                        "anything",
                        unlearnt, fits.size(), unlearnt == 1 ? "is" : "are"));
}

/// What ended the training of all.
StopReason reason_of_all(const std::vector<std::optional<FitResult>>& fits, const std::vector<bool>& kept) {
    for (const StopReason reason : {StopReason::stopped, StopReason::time_limit})
        for (const std::optional<FitResult>& fit : fits)
            if (fit && fit->stop_reason == reason) return reason;
    const auto first = std::ranges::find(kept, true) - kept.begin();
    return fits[static_cast<std::size_t>(first)]->stop_reason;
}

std::map<std::string, std::string> outcome(const FitResult& fit) {
    return {{"best_epoch", std::to_string(fit.best_epoch)},
            {"epochs_run", std::to_string(fit.history.size())},
            {"stop_reason", std::string(name_of(fit.stop_reason))}};
}

std::map<std::string, std::string> training_record(const TrainOptions& options, const Choices& choices,
                                                   const Prepared& prepared) {
    std::map<std::string, std::string> record = changed_options(filled(options, choices));
    // The same model comes out of any number of threads, and its file says so.
    record.erase("threads");
    record["seed"] = std::to_string(options.seed);
    record["version"] = version();
    record["rows"] = std::to_string(prepared.training.rows);
    record["validation_rows"] = std::to_string(prepared.validation.rows);
    return record;
}

/// Which networks are chosen or left out together: with --select those of one seed, which have judged all
/// rows between them; without, all.
std::size_t group_of(const NetworkTraining& network, const TrainOptions& options) {
    return options.select ? (network.network - 1) / options.folds.value_or(1) : 0;
}

HeldOutRows held_out_rows(Judged judged) {
    HeldOutRows rows;
    rows.predicted = std::move(judged.predicted.values);
    for (Truth::Target& target : judged.truth.targets) {
        rows.values.push_back(std::move(target.values));
        rows.classes.push_back(std::move(target.classes));
    }
    return rows;
}

/// The label smoothing in the mean of the networks: each has its own share in it.
double smoothing_of(const std::vector<NetworkTraining>& networks, const std::vector<Choices>& kinds,
                    const std::vector<NetworkTask>& tasks) {
    double sum = 0.0, weights = 0.0;
    for (const NetworkTraining& network : networks) {
        if (!network.kept) continue;
        const auto weight = static_cast<double>(network.weight);
        sum += weight * kinds[tasks[network.network - 1].kind].fit.loss.label_smoothing;
        weights += weight;
    }
    return weights > 0.0 ? sum / weights : 0.0;
}

/// What becomes of probabilities where nothing was asked for: label smoothing is undone where the held-out
/// rows say that this is better. Other presets than auto stay as their authors have them.
Calibration calibration_by_rule(double smoothing, const TargetCoder& coder, const TrainOptions& options,
                                const Judged& judged) {
    const std::vector<std::uint32_t>& classes = judged.truth.targets.front().classes;
    const auto known = [](std::uint32_t of_row) { return of_row != kUnknownClass; };
    if (options.preset != Preset::automatic || coder.task() != Task::multiclass || smoothing == 0.0 ||
        std::ranges::none_of(classes, known))
        return {};
    Calibration undone = undo_smoothing(smoothing, coder, judged.predicted, judged.truth);
    const bool better = undone.unsmoothing.log_loss_after < undone.unsmoothing.log_loss_before;
    return better ? undone : Calibration{};
}

Calibration choose_calibration(double smoothing, const TargetCoder& coder, const TrainOptions& options,
                               const Judged& judged) {
    if (!options.calibrate) return calibration_by_rule(smoothing, coder, options, judged);
    if (options.calibrate != CalibrationKind::smoothing)
        return fit_calibration(*options.calibrate, coder, judged.predicted.values, judged.truth);
    // Of a search that has tried both, the best may have none.
    if (smoothing == 0.0) return {};
    return undo_smoothing(smoothing, coder, judged.predicted, judged.truth);
}

/// Fits what was asked for to the predictions of held-out rows, and judges them with it.
HeldOut fit_and_judge(const Prepared& prepared, const TrainOptions& options, double smoothing, Judged judged,
                      bool keep_held_out, Training& training) {
    PredictedValues& predicted = judged.predicted;
    const Truth& truth = judged.truth;
    const auto evaluation = [&] {
        return evaluate_predictions(prepared.coder, prepared.pair.loss, predicted, truth);
    };
    HeldOut held_out;
    if (options.interval) held_out.scores = conformity_scores(prepared.coder, predicted.values, truth);
    if (prepared.coder.task() != Task::regression)
        held_out.calibration = choose_calibration(smoothing, prepared.coder, options, judged);
    if (held_out.calibration.kind != CalibrationKind::none) {
        training.uncalibrated = evaluation();
        calibrate(held_out.calibration, prepared.coder.task(), predicted);
    }
    training.validation = evaluation();
    if (keep_held_out) training.held_out = held_out_rows(std::move(judged));
    return held_out;
}

/// How often each network counts, and what each and all of them score.
HeldOut judge(Training& training, Prepared& prepared, const std::vector<Choices>& kinds,
              const std::vector<NetworkTask>& tasks, const TrainOptions& options, bool keep_held_out) {
    Judge judge(prepared, kinds.front(), options.select ? options.ensemble.value_or(1) : 1, options.threads);
    for (NetworkTraining& network : training.networks)
        if (network.kept)
            network.validation =
                judge.of_network(network.fit.network, network.fold, group_of(network, options));
    const std::vector<std::size_t> counts = options.select ? judge.select() : std::vector<std::size_t>(1, 1);
    for (NetworkTraining& network : training.networks)
        if (network.kept) network.weight = counts[group_of(network, options)];
    const double smoothing = smoothing_of(training.networks, kinds, tasks);
    return fit_and_judge(prepared, options, smoothing, judge.of_all(counts), keep_held_out, training);
}

std::vector<NetworkTraining> networks_of(const std::vector<NetworkTask>& tasks,
                                         std::vector<std::optional<FitResult>> fits,
                                         const std::vector<bool>& kept) {
    std::vector<NetworkTraining> networks;
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (fits[i])
            networks.push_back({i + 1, tasks[i].seed, tasks[i].fold, kept[i], 1, std::move(*fits[i]), {}});
    return networks;
}

/// Takes the networks that are kept.
std::vector<ModelNetwork> into_model(std::vector<NetworkTraining>& trained,
                                     const std::vector<NetworkTask>& tasks) {
    std::vector<ModelNetwork> networks;
    for (NetworkTraining& network : trained) {
        Network<float> taken = std::exchange(network.fit.network, {});
        if (!network.kept || network.weight == 0) continue;
        std::map<std::string, std::string> record = tasks[network.network - 1].record;
        if (tasks.size() > 1) {
            record.merge(outcome(network.fit));
            record["seed"] = std::to_string(network.seed);
            if (network.fold) record["fold"] = std::to_string(*network.fold + 1);
        }
        networks.push_back({std::move(taken), network.weight, std::move(record)});
    }
    return networks;
}

}  // namespace

Training assemble(Prepared prepared, const std::vector<Choices>& kinds, const TrainOptions& options,
                  const std::vector<NetworkTask>& tasks, std::vector<std::optional<FitResult>> fits,
                  bool keep_held_out) {
    const std::vector<bool> kept = worth_keeping(fits);
    note_left_out(fits, kept, prepared.notes);
    const Choices& choices = kinds.front();  // of which all kinds have the same output and loss
    Training result;
    result.stop_reason = reason_of_all(fits, kept);
    result.networks = networks_of(tasks, std::move(fits), kept);
    HeldOut held_out;
    if (!prepared.validation_truth.targets.empty())
        held_out = judge(result, prepared, kinds, tasks, options, keep_held_out);
    std::map<std::string, std::string> record = training_record(options, choices, prepared);
    for (const NetworkTask& task : tasks)
        for (const auto& [name, value] : task.record) record.erase(name);
    if (tasks.size() == 1)
        for (const auto& [key, value] : outcome(result.networks.front().fit)) record[key] = value;
    result.task_reason = prepared.coder.reason();
    result.notes = std::move(prepared.notes);
    result.training_rows = prepared.training.rows;
    result.validation_rows = prepared.validation.rows;
    result.folds = options.folds.value_or(1);
    result.split_off = std::move(prepared.split_off);
    result.dealt = std::move(prepared.dealt);
    result.fold_of_dealt = std::move(prepared.fold_of_rows);
    result.model =
        Model(std::move(prepared.preprocessor), std::move(prepared.coder), into_model(result.networks, tasks),
              choices.fit.loss, std::move(record), std::move(held_out));
    return result;
}

}  // namespace thalweg
