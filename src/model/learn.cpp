#include "model/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "data/quantiles.h"
#include "engine/bf16_product.h"
#include "model/assemble.h"
#include "model/train_networks.h"
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

void note_what_brings_nothing(const TrainOptions& options, const DataFacts& facts,
                              std::vector<std::string>& notes) {
    if (options.batch_size.value_or(0) > facts.training_rows)
        notes.push_back(
            fmt::format("a batch of {} is more than the {} to learn from: every batch is all of them",
                        *options.batch_size, rows_text(facts.training_rows)));
    if (options.precision == Precision::bf16 && !bf16_is_native())
        notes.push_back(
            "--precision bf16 brings no speed here: no bfloat16 instructions in use; float32 is faster");
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

Training learn(Job job, const TrainHooks& hooks) {
    const TrainOptions& options = job.options;
    Prepared& prepared = job.prepared;
    const DataFacts facts = facts_of(prepared, options, job.mixed);
    std::vector<Choices> kinds = choose_kinds(options, facts, prepared.pair, job.mixed);
    const std::vector<NetworkTask> tasks = network_tasks(options, kinds.size());
    const Sharing sharing = share_threads(tasks.size(), options.threads);
    for (Choices& kind : kinds) kind.fit.threads = sharing.threads_each;
    check_memory_of(kinds, tasks.size(), sharing);
    note_what_brings_nothing(options, facts, prepared.notes);
    if (hooks.on_plan) {
        TrainingPlan plan =
            make_plan(prepared, kinds.front(), options.folds.value_or(1), tasks.size(), sharing);
        if (job.checkpointing) plan.resumed = resumed_text(*job.checkpointing);
        hooks.on_plan(plan);
    }
    const double seconds_before =
        job.checkpointing && job.checkpointing->from ? job.checkpointing->from->seconds : 0.0;
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::optional<FitResult>> fits =
        train_networks(prepared, kinds, tasks, sharing, hooks, std::move(job.checkpointing));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    Training training =
        assemble(std::move(prepared), kinds, options, tasks, std::move(fits), hooks.keep_held_out);
    training.seconds = seconds_before + taken.count();
    note_unselected(training.networks, training.notes);
    return training;
}

}  // namespace thalweg
