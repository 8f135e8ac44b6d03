#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "data/quantiles.h"
#include "engine/bf16_product.h"
#include "engine/team.h"
#include "model/defaults.h"
#include "model/evaluate.h"
#include "model/forward.h"
#include "model/option_table.h"
#include "model/pair.h"
#include "model/train_checks.h"
#include "model/weights.h"
#include "thalweg/model.hpp"
#include "thalweg/version.hpp"
#include "train/check.h"

namespace thalweg {
namespace {

/// Fewer labelled rows than this are all learnt from: a validation part of one row says nothing.
constexpr std::size_t kLeastRowsToSplit = 10;

/// Everything that training needs, with the table behind it.
struct Prepared {
    TargetCoder coder;
    Preprocessor preprocessor;
    Pair pair;
    Dataset training;
    Dataset validation;
    Truth validation_truth;
    std::vector<std::string> notes;
};

/// Rows of a table that are to be learnt from or validated on.
struct Part {
    const Table* table = nullptr;
    std::vector<std::uint32_t> rows;
};

std::string rows_text(std::size_t count) {
    return fmt::format("{} row{}", count, count == 1 ? "" : "s");
}

std::vector<std::uint32_t> labelled(const Table& table, const TrainOptions& options,
                                    std::vector<std::string>& notes) {
    std::vector<std::uint32_t> rows = rows_with_targets(table, options.target);
    const std::size_t skipped = table.rows() - rows.size();
    if (skipped > 0 && !rows.empty())
        notes.push_back(fmt::format("{}: {} without a target skipped", table.source(), rows_text(skipped)));
    return rows;
}

/// The class of each row, so that the split keeps their mix; empty for real values and several labels.
std::vector<std::uint32_t> strata(const Table& table, std::span<const std::uint32_t> rows,
                                  const TargetCoder& coder) {
    if (coder.task() != Task::binary && coder.task() != Task::multiclass) return {};
    return read_truth(table, rows, coder).targets[0].classes;
}

std::pair<Part, Part> split(const Table& table, std::vector<std::uint32_t> rows, const TargetCoder& coder,
                            const TrainOptions& options, const Table* validation,
                            std::vector<std::string>& notes) {
    if (validation != nullptr) {
        Part given{validation, labelled(*validation, options, notes)};
        if (given.rows.empty())
            throw Error(ErrorKind::data, fmt::format("{}: no row has a target, so there is nothing to "
                                                     "validate on",
                                                     validation->source()));
        return {{&table, std::move(rows)}, std::move(given)};
    }
    const double share = choose_validation_share(options);
    if (share == 0.0) return {{&table, std::move(rows)}, {&table, {}}};
    if (rows.size() < kLeastRowsToSplit) {
        notes.push_back(fmt::format("only {} with a target: all are learnt from, none is left to validate on",
                                    rows_text(rows.size())));
        return {{&table, std::move(rows)}, {&table, {}}};
    }
    Split parts = split_rows(rows, strata(table, rows, coder), share, options.seed);
    return {{&table, std::move(parts.training)}, {&table, std::move(parts.validation)}};
}

/// Means and scales of the targets come from the training rows alone; the kind and the names of the classes
/// from all of them.
TargetCoder refit(const TargetCoder& coder, const Part& training, const TrainOptions& options) {
    if (coder.task() != Task::regression) return coder;
    const TargetCoder on_training = TargetCoder::fit(*training.table, training.rows, options.target,
                                                     Task::regression, standardises_targets(options));
    return TargetCoder(coder.task(), on_training.targets(), coder.reason());
}

Preprocessor fit_preprocessor(const Part& training, const TrainOptions& options) {
    PreprocessorOptions to_fit{options.ignore, options.categorical, options.numeric};
    to_fit.ignore.insert(to_fit.ignore.end(), options.target.begin(), options.target.end());
    if (!options.weight.empty()) to_fit.ignore.push_back(options.weight);
    if (options.one_hot_up_to) to_fit.one_hot_up_to = *options.one_hot_up_to;
    return Preprocessor::fit(*training.table, training.rows, to_fit);
}

Dataset encode(const Part& part, const Prepared& prepared) {
    Dataset dataset = prepared.preprocessor.transform(*part.table, part.rows);
    prepared.coder.encode(*part.table, part.rows, dataset);
    return dataset;
}

void use_one_hot_where_needed(const Prepared& prepared, Dataset& dataset) {
    if (prepared.coder.task() == Task::multiclass && prepared.pair.loss.loss != Loss::cross_entropy)
        one_hot_targets(dataset, prepared.coder.outputs());
}

void note_dropped_columns(const Preprocessor& preprocessor, std::vector<std::string>& notes) {
    std::map<std::string, std::vector<std::string>> by_reason;
    for (const ColumnPlan& column : preprocessor.columns())
        if (column.treatment == Treatment::dropped) by_reason[column.reason].push_back(column.name);
    constexpr std::size_t kNamed = 5;
    for (const auto& [reason, names] : by_reason) {
        std::string list;
        for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i)
            list += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
        if (names.size() > kNamed) list += fmt::format(" and {} more", names.size() - kNamed);
        notes.push_back(fmt::format("column{} {} left out: {}", names.size() == 1 ? "" : "s", list, reason));
    }
}

Prepared prepare(const Table& table, const TrainOptions& options, const Table* validation) {
    check_columns(table, options);
    Prepared prepared;
    std::vector<std::uint32_t> rows = labelled(table, options, prepared.notes);
    prepared.coder =
        TargetCoder::fit(table, rows, options.target, options.task, standardises_targets(options));
    prepared.pair = choose_pair(prepared.coder.task(), options);
    check_reachable(table, rows, prepared.coder, prepared.pair);
    const auto [training, held_out] =
        split(table, std::move(rows), prepared.coder, options, validation, prepared.notes);
    if (validation != nullptr) check_reachable(*validation, held_out.rows, prepared.coder, prepared.pair);
    prepared.coder = refit(prepared.coder, training, options);
    prepared.preprocessor = fit_preprocessor(training, options);
    note_dropped_columns(prepared.preprocessor, prepared.notes);
    prepared.training = encode(training, prepared);
    const ExampleWeights weights(options, prepared.coder, prepared.training);
    weights.apply(table, training.rows, prepared.training);
    use_one_hot_where_needed(prepared, prepared.training);
    if (held_out.rows.empty()) return prepared;
    prepared.validation = encode(held_out, prepared);
    prepared.validation_truth = read_truth(*held_out.table, held_out.rows, prepared.coder);
    weights.apply(*held_out.table, held_out.rows, prepared.validation);
    use_one_hot_where_needed(prepared, prepared.validation);
    return prepared;
}

std::map<std::string, std::string> training_record(const TrainOptions& options, const Choices& choices,
                                                   const Prepared& prepared, const FitResult& fit) {
    std::map<std::string, std::string> record = changed_options(filled(options, choices));
    // The same model comes out of any number of threads, and its file says so.
    record.erase("threads");
    record["seed"] = std::to_string(options.seed);
    record["version"] = version();
    record["rows"] = std::to_string(prepared.training.rows);
    record["validation_rows"] = std::to_string(prepared.validation.rows);
    record["best_epoch"] = std::to_string(fit.best_epoch);
    record["epochs_run"] = std::to_string(fit.history.size());
    record["stop_reason"] = name_of(fit.stop_reason);
    return record;
}

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

TrainingPlan make_plan(const Prepared& prepared, const Choices& choices) {
    return {prepared.coder.task(),  prepared.coder.reason(),  choices.shape, choices.fit,
            prepared.training.rows, prepared.validation.rows, prepared.notes};
}

Training learn(Prepared prepared, const TrainOptions& options, const TrainHooks& hooks) {
    DataFacts facts{prepared.training.rows, prepared.validation.rows, prepared.preprocessor.inputs(),
                    prepared.coder.outputs(), prepared.preprocessor.number_inputs()};
    facts.categories = prepared.preprocessor.embedded_categories();
    if (choose_embedding(options, facts) == Embedding::piecewise)
        facts.edges = edges_of_numbers(prepared.training, facts.numbers, options.bins);
    Choices choices = choose(options, facts, prepared.pair);
    choices.fit.threads = useful_threads(options.threads);
    check_memory(choices.shape.parameters());
    if (options.batch_size.value_or(0) > facts.training_rows)
        prepared.notes.push_back(
            fmt::format("a batch of {} is more than the {} to learn from: every batch is "
                        "all of them",
                        *options.batch_size, rows_text(facts.training_rows)));
    if (options.precision == Precision::bf16 && !bf16_is_native())
        prepared.notes.push_back(
            "--precision bf16 brings no speed here: no bfloat16 instructions in use; float32 is faster");
    if (hooks.on_plan) hooks.on_plan(make_plan(prepared, choices));

    Network<float> network(choices.shape);
    initialise(network, options.seed, choices.frequency_scale, prepared.preprocessor.input_columns());
    Training result;
    result.fit =
        fit(std::move(network), prepared.training, facts.validation_rows > 0 ? &prepared.validation : nullptr,
            choices.fit, hooks.callbacks);
    if (facts.validation_rows > 0)
        result.validation = evaluate_logits(
            prepared.coder, choices.shape.output,
            dataset_logits(PackedNetwork(result.fit.network), prepared.validation, options.threads),
            prepared.validation_truth);
    std::map<std::string, std::string> record = training_record(options, choices, prepared, result.fit);
    result.task_reason = prepared.coder.reason();
    result.notes = std::move(prepared.notes);
    result.training_rows = facts.training_rows;
    result.validation_rows = facts.validation_rows;
    result.model = Model(std::move(prepared.preprocessor), std::move(prepared.coder), result.fit.network,
                         choices.fit.loss, std::move(record));
    return result;
}

std::optional<Table> read_validation(const TrainOptions& options, const Table* validation) {
    if (validation != nullptr || options.validation_file.empty()) return std::nullopt;
    ReadOptions reading;
    reading.text_columns = options.categorical;
    return read_table({options.validation_file}, reading);
}

Prepared prepare_all(const Table& table, const TrainOptions& options, const Table* validation) {
    const std::optional<Table> read = read_validation(options, validation);
    return prepare(table, options, read ? &*read : validation);
}

}  // namespace

Training train(const Table& table, const TrainOptions& options, const TrainHooks& hooks,
               const Table* validation) {
    return learn(prepare_all(table, options, validation), options, hooks);
}

Training train(Table&& table, const TrainOptions& options, const TrainHooks& hooks, const Table* validation) {
    Prepared prepared = prepare_all(table, options, validation);
    table = Table();
    return learn(std::move(prepared), options, hooks);
}

}  // namespace thalweg
