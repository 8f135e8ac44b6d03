#include "tune/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/random.h"
#include "model/json_text.h"
#include "model/learn.h"
#include "model/option_table.h"
#include "model/presets.h"
#include "model/train_checks.h"
#include "thalweg/version.hpp"
#include "train/check.h"
#include "tune/score.h"

namespace thalweg {
namespace {

using nlohmann::json;

/// As train has it for such rows, where nothing is said of folds or validation.
std::size_t folds_of(const TuneOptions& options, std::size_t rows, bool validates) {
    const TrainOptions& train = options.train;
    if (train.folds) return *train.folds;
    if (train.preset != Preset::automatic || train.validation || validates) return 1;
    return choose_networks({}, rows, false).folds;
}

void check_search(const TuneOptions& options, bool validates) {
    const TrainOptions& train = options.train;
    if (train.validation == 0.0 && train.folds.value_or(1) == 1 && !validates)
        throw Error(ErrorKind::usage,
                    "--validation 0 leaves a search no rows to choose by: leave it out, or give --folds");
}

/// The rows that the search never sees are taken off first, with the same mix of classes.
std::vector<std::uint32_t> take_test_rows(const Table& table, const TuneOptions& options,
                                          std::vector<std::uint32_t>& rows) {
    if (options.test == 0.0) return {};
    const TargetCoder coder = TargetCoder::fit(table, rows, options.train.target, options.train.task,
                                               target_scaling(options.train));
    // Drawn by a seed of its own: with that of the validation part, one would be a part of the other.
    const std::uint64_t seed = Random(options.train.seed, RandomStream::network_seed).block(~0ULL)[0];
    Split parts = split_rows(rows, strata(table, rows, coder), options.test, seed);
    rows = std::move(parts.training);
    return std::move(parts.validation);
}

/// Of the options that were said those of the space count even where they are as they would be anyway: they
/// are not searched.
TrainingIdentity identity_of_search(const TuneOptions& options, Task task, const Table& table,
                                    const Table* validation) {
    TrainingIdentity identity = identity_of(options.train, table, validation);
    const std::vector<Dimension> whole = space_of({.preset = options.train.preset, .task = task});
    for (const auto& [name, value] : values_of(options.train, whole))
        if (options.given.contains(name)) identity.options[name] = value;
    identity.options["ensemble"] = std::to_string(options.ensemble);
    if (options.test > 0.0) identity.options["test"] = number_text(options.test);
    try {
        static_cast<void>(to_json(identity).dump());
    } catch (const json::type_error& error) {
        throw Error(ErrorKind::data,
                    fmt::format("a name cannot be stored in a study, it is not UTF-8: {}", error.what()));
    }
    return identity;
}

SpaceFacts space_facts(const TuneTask& task, const TuneOptions& options, const DataFacts& facts) {
    SpaceFacts space{.preset = options.train.preset,
                     .task = task.prepared.coder.task(),
                     .may_embed = !facts.numbers.empty() && options.train.monotone.empty(),
                     .may_bend = options.train.monotone.empty(),
                     .fixed = options.given};
    for (const auto& [name, value] : changed_options(options.train)) space.fixed.insert(name);
    // Pixels and the like, which the defaults read as they are, would take longer than the layers above them.
    constexpr std::size_t kMostEmbedded = 50;
    if (facts.numbers.size() > kMostEmbedded && options.train.preset == Preset::automatic)
        space.may_embed = false;
    if (options.train.embedding && *options.train.embedding != Embedding::periodic)
        space.fixed.insert("frequency-scale");
    return space;
}

/// The kinds of networks that the preset has for such data, as values.
std::vector<Hyperparameters> default_kinds(const TuneTask& task, const TuneOptions& options,
                                           const DataFacts& facts) {
    std::vector<Hyperparameters> kinds(1);
    const bool searched = std::ranges::find(task.space, "embedding", &Dimension::option) != task.space.end();
    const bool mixed = options.train.preset == Preset::automatic && searched && !options.train.folds &&
                       choose_networks({}, facts.training_rows + facts.validation_rows, false).mixed;
    if (mixed && choose_kinds(task.options, facts, task.prepared.pair, true).size() > 1)
        kinds.push_back({{"embedding", std::string(name_of(Embedding::piecewise))}});
    return kinds;
}

}  // namespace

Choices TuneTask::choices(const Hyperparameters& values) const {
    const TrainOptions of_trial = with_values(options, values);
    return choose(of_trial, facts_of(prepared, of_trial), prepared.pair);
}

Hyperparameters TuneTask::shown(const Hyperparameters& values) const {
    return values_of(filled(with_values(options, values), choices(values)), space);
}

TuneTask make_task(const Table& table, const TuneOptions& options, const Table* validation) {
    check_columns(table, options.train);
    check_rates(options.train);
    const std::optional<Table> read = read_validation(options.train, validation);
    const Table* held_out = read ? &*read : validation;
    check_search(options, held_out != nullptr);
    TuneTask task;
    task.options = options.train;
    task.options.ensemble = 1;
    std::vector<std::string> notes;
    std::vector<std::uint32_t> rows = labelled_rows(table, options.train, notes);
    task.test_rows = take_test_rows(table, options, rows);
    task.folds = folds_of(options, rows.size(), held_out != nullptr);
    task.options.folds = task.folds;
    check_networks(task.options, held_out != nullptr);
    if (task.folds == 1 && options.train.preset == Preset::plain && !task.options.validation)
        task.options.validation = 0.2;  // the textbook holds out none, and a search needs some
    if (has_recipe(options.train.preset))
        task.options = with_recipe(task.options, task_of(table, rows, task.options));
    task.prepared = prepare(table, std::move(rows), task.options, held_out);
    task.prepared.notes.insert(task.prepared.notes.begin(), notes.begin(), notes.end());
    if (task.prepared.validation_truth.targets.empty())
        throw Error(ErrorKind::data,
                    fmt::format("{}: {} with a target are too few to choose by; give more, or --folds",
                                table.source(), rows_text(task.prepared.training.rows)));
    const DataFacts facts = facts_of(task.prepared, task.options, true);
    task.space = space_of(space_facts(task, options, facts));
    const Choices plan = choose(task.options, facts, task.prepared.pair);
    check_memory(plan.shape.parameters(), task.folds);
    task.chosen = values_of(filled(task.options, plan), task.space);
    task.defaults = default_kinds(task, options, facts);
    task.identity = identity_of_search(options, task.prepared.coder.task(), table, held_out);
    task.metric = score_metric(task.prepared.coder.task(), task.prepared.pair.loss.loss);
    return task;
}

std::map<std::string, std::string> texts_of(const TuneTask& task) {
    json space = json::object();
    for (const Dimension& dimension : task.space) space[std::string(dimension.option)] = dimension.text();
    return {{"version", version()},
            {"identity", to_json(task.identity).dump()},
            {"space", space.dump()},
            {"metric", task.metric},
            {"preset", std::string(name_of(task.options.preset))},
            {"task", std::string(name_of(task.prepared.coder.task()))},
            {"target", json(task.options.target).dump()},
            {"folds", std::to_string(task.folds)},
            {"seed", std::to_string(task.options.seed)},
            {"seconds", "0"}};
}

void check_same_search(const Study& study, const TuneTask& task) {
    const std::string written_by = study.text("version");
    if (written_by != version())
        throw Error(
            ErrorKind::model,
            fmt::format("{}: written by thalweg {}, this is {}, which might end with other bits: go on "
                        "with that version, or name another --study",
                        study.source(), written_by, version()));
    try {
        check_same_training(training_identity_from(parse_json(study.text("identity"))), task.identity,
                            study.source(), "--study");
    } catch (const json::exception& error) {
        throw Error(ErrorKind::model,
                    fmt::format("{}: the study is damaged: {}", study.source(), error.what()));
    }
}

}  // namespace thalweg
