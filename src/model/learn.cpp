#include "model/learn.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "data/quantiles.h"
#include "engine/bf16_product.h"
#include "model/assemble.h"
#include "model/time_plan.h"
#include "train/check.h"

namespace thalweg {
namespace {

/// The edges of the bins of each number, by its training rows.
std::vector<std::vector<float>> edges_of_numbers(const Dataset& training,
                                                 const std::vector<std::size_t>& numbers, std::size_t bins) {
    std::vector<std::vector<float>> edges;
    std::vector<double> values(training.rows);
    for (const std::size_t input : numbers) {
        for (std::size_t row = 0; row < training.rows; ++row) values[row] = training.dense(row, input);
        edges.push_back(quantile_edges(values, bins));
    }
    return edges;
}

/// The numbers that may be embedded: those without a direction, which an embedding would not keep.
std::vector<std::size_t> free_numbers(const Prepared& prepared) {
    std::vector<std::size_t> numbers = prepared.preprocessor.number_inputs();
    std::erase_if(numbers, [&](std::size_t input) {
        return !prepared.monotone.empty() && prepared.monotone[input] != Direction::free;
    });
    return numbers;
}

/// In the units of the loss.
std::vector<Bounds> bounds_of(const TargetCoder& coder) {
    std::vector<Bounds> bounds;
    for (const TargetPlan& target : coder.targets())
        if (target.is_bounded())
            bounds.insert(bounds.end(), target.outputs(),
                          {static_cast<float>((target.least - target.mean) / target.scale),
                           static_cast<float>((target.greatest - target.mean) / target.scale)});
    return bounds;
}

void note_what_brings_nothing(const TrainOptions& options, std::size_t training_rows,
                              std::vector<std::string>& notes) {
    if (options.batch_size.value_or(0) > training_rows)
        notes.push_back(
            fmt::format("a batch of {} is more than the {} to learn from: every batch is all of them",
                        *options.batch_size, rows_text(training_rows)));
    if (options.precision == Precision::bf16 && !bf16_is_native())
        notes.push_back(
            "--precision bf16 brings no speed here: no bfloat16 instructions in use; float32 is faster");
}

std::size_t count_of(const TrainOptions& options) {
    return options.folds.value_or(1) * options.ensemble.value_or(1);
}

/// "--folds 1 --ensemble 2 --epochs 14": what gives the same networks without a limit. Nothing where they are
/// of several kinds, for which there is no flag.
std::string flags_of(const Job& job, const TrainOptions& before, const Networks& networks) {
    const TrainOptions& now = job.options;
    if (count_of(now) > 1 && networks.kinds.size() > 1) return "";
    std::vector<std::string> flags;
    if (job.chosen)
        flags.push_back(
            fmt::format("--folds {} --ensemble {}", now.folds.value_or(1), now.ensemble.value_or(1)));
    if (now.epochs != before.epochs) flags.push_back(fmt::format("--epochs {}", *now.epochs));
    if (now.iterations != before.iterations) flags.push_back(fmt::format("--iterations {}", *now.iterations));
    return fmt::format("{}", fmt::join(flags, " "));
}

/// "--time-limit 10: planned 14 of 57 epochs and 2 of 5 networks; --folds 1 --ensemble 2 --epochs 14 gives
/// the same". Nothing where nothing is shorter.
std::string shortened_text(const Job& job, const TrainOptions& before, const Networks& networks,
                           const std::optional<TimeShare>& time) {
    std::vector<std::string> parts;
    const TrainOptions& now = job.options;
    if (now.epochs != before.epochs)
        parts.push_back(fmt::format("{} of {} epochs", *now.epochs, time->steps / time->steps_per_epoch));
    if (now.iterations != before.iterations)
        parts.push_back(fmt::format("{} of {} updates", *now.iterations, time->steps));
    if (job.chosen && count_of(now) < job.chosen->ensemble * job.chosen->folds)
        parts.push_back(
            fmt::format("{} of {} networks", count_of(now), job.chosen->ensemble * job.chosen->folds));
    if (parts.empty()) return "";
    const std::string flags = flags_of(job, before, networks);
    return fmt::format("--time-limit {:g}: planned {}{}", now.time_limit, fmt::join(parts, " and "),
                       flags.empty() ? "" : fmt::format("; {} gives the same", flags));
}

TrainingPlan make_plan(const Prepared& prepared, const Choices& choices, std::size_t folds,
                       std::size_t networks, const Sharing& sharing) {
    TrainingPlan plan;
    plan.task = prepared.coder.task();
    plan.task_reason = prepared.coder.reason();
    plan.shape = choices.shape;
    plan.fit = choices.fit;
    plan.training_rows = prepared.training.rows;
    plan.validation_rows = prepared.validation.rows;
    plan.folds = folds;
    plan.networks = networks;
    plan.at_once = sharing.at_once;
    plan.notes = prepared.notes;
    return plan;
}

/// The memory that the largest kind needs of all networks.
void check_memory_of(const std::vector<Choices>& kinds, std::size_t networks, const Sharing& sharing) {
    std::size_t parameters = 0;
    for (const Choices& kind : kinds) parameters = std::max(parameters, kind.shape.parameters());
    check_memory(parameters, networks, sharing.at_once);
}

/// Throws where no network has what is to be undone.
void check_smoothing_to_undo(const TrainOptions& options, const std::vector<Choices>& kinds) {
    const auto smooths = [](const Choices& kind) { return kind.fit.loss.label_smoothing > 0.0; };
    if (options.calibrate == CalibrationKind::smoothing && std::ranges::none_of(kinds, smooths))
        throw Error(ErrorKind::usage,
                    "--calibrate smoothing undoes --label-smoothing, and these networks train without it");
}

void note_unselected(const std::vector<NetworkTraining>& networks, std::vector<std::string>& notes) {
    std::size_t unselected = 0;
    for (const NetworkTraining& network : networks)
        if (network.kept && network.weight == 0) ++unselected;
    if (unselected > 0)
        notes.push_back(fmt::format("--select left out {} of {} networks: without them the mean does better",
                                    unselected, networks.size()));
}

}  // namespace

DataFacts facts_of(const Prepared& prepared, const TrainOptions& options, bool mixed) {
    const std::size_t folds = options.folds.value_or(1);
    DataFacts facts{prepared.training.rows, prepared.validation.rows, prepared.preprocessor.inputs(),
                    prepared.coder.outputs(), free_numbers(prepared)};
    facts.monotone = prepared.monotone;
    facts.bounds = bounds_of(prepared.coder);
    facts.categories = prepared.preprocessor.embedded_categories();
    facts.networks = folds * options.ensemble.value_or(1);
    if (folds > 1) {
        facts.validation_rows = facts.training_rows / folds;
        facts.training_rows -= facts.validation_rows;
    }
    if (mixed || choose_embedding(options, facts) == Embedding::piecewise)
        facts.edges = edges_of_numbers(prepared.training, facts.numbers, options.bins);
    return facts;
}

Networks choose_networks_of(const Job& job) {
    const DataFacts facts = facts_of(job.prepared, job.options, job.mixed);
    std::vector<Choices> kinds = choose_kinds(job.options, facts, job.prepared.pair, job.mixed);
    std::vector<NetworkTask> tasks = network_tasks(job.options, kinds.size());
    const Sharing sharing = share_threads(tasks.size(), job.options.threads);
    for (Choices& kind : kinds) kind.fit.threads = sharing.threads_each;
    check_memory_of(kinds, tasks.size(), sharing);
    return {std::move(kinds), std::move(tasks), sharing, facts.training_rows};
}

Training learn(Job job, const TrainHooks& hooks) {
    Networks networks = choose_networks_of(job);
    check_smoothing_to_undo(job.options, networks.kinds);
    const TrainOptions before = job.options;
    const std::optional<TimeShare> time = job.time ? job.time : share_in_time(job, networks);
    if (time && time->share < 1.0) {
        shorten(job.options, *time);
        networks = choose_networks_of(job);
    }
    const TrainOptions& options = job.options;
    Prepared& prepared = job.prepared;
    auto& [kinds, tasks, sharing, training_rows] = networks;
    note_what_brings_nothing(options, training_rows, prepared.notes);
    if (hooks.on_plan) {
        TrainingPlan plan =
            make_plan(prepared, kinds.front(), options.folds.value_or(1), tasks.size(), sharing);
        plan.shortened = shortened_text(job, before, networks, time);
        if (job.checkpointing) plan.resumed = resumed_text(*job.checkpointing);
        hooks.on_plan(plan);
    }
    const double seconds_before =
        job.checkpointing && job.checkpointing->from ? job.checkpointing->from->seconds : 0.0;
    if (options.time_limit > 0.0)
        for (Choices& kind : kinds) kind.fit.time_limit = std::max(seconds_left(job), 1e-9);
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::optional<FitResult>> fits =
        train_networks(prepared, kinds, tasks, sharing, hooks, std::move(job.checkpointing));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    Training training =
        assemble(std::move(prepared), kinds, options, tasks, std::move(fits), hooks.keep_held_out);
    training.seconds = seconds_before + taken.count();
    if (!job.chosen) note_unselected(training.networks, training.notes);
    return training;
}

}  // namespace thalweg
