#include "model/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "model/data_notes.h"
#include "model/defaults.h"
#include "model/monotone.h"
#include "model/weights.h"

namespace thalweg {
namespace {

/// Fewer labelled rows than this are all learnt from: a validation part of one row says nothing.
constexpr std::size_t kLeastRowsToSplit = 10;

/// Rows of a table that are to be learnt from or validated on.
struct Part {
    const Table* table = nullptr;
    std::vector<std::uint32_t> rows;
};

std::pair<Part, Part> split(const Table& table, std::vector<std::uint32_t> rows, const TargetCoder& coder,
                            const TrainOptions& options, const Table* validation,
                            std::vector<std::string>& notes) {
    Part learnt{&table, std::move(rows)}, judged{&table, {}};
    const double share = choose_validation_share(options);
    if (options.folds.value_or(1) > 1) return std::pair(std::move(learnt), std::move(judged));
    if (validation != nullptr) {
        judged = {validation, labelled_rows(*validation, options, notes)};
        if (judged.rows.empty())
            throw Error(ErrorKind::data, fmt::format("{}: no row has a target, so there is nothing to "
                                                     "validate on",
                                                     validation->source()));
    } else if (share > 0.0 && learnt.rows.size() < kLeastRowsToSplit) {
        notes.push_back(fmt::format("only {} with a target: all are learnt from, none is left to validate on",
                                    rows_text(learnt.rows.size())));
    } else if (share > 0.0) {
        Split parts = split_rows(learnt.rows, strata(table, learnt.rows, coder), share, options.seed);
        learnt.rows = std::move(parts.training);
        judged.rows = std::move(parts.validation);
    }
    return std::pair(std::move(learnt), std::move(judged));
}

/// Means and scales of the targets come from the training rows alone; the kind and the names of the classes
/// from all of them.
TargetCoder refit(const TargetCoder& coder, const Part& training, const TrainOptions& options) {
    if (coder.task() != Task::regression) return coder;
    const TargetCoder on_training = TargetCoder::fit(*training.table, training.rows, options.target,
                                                     Task::regression, target_scaling(options));
    const TargetCoder refitted(coder.task(), on_training.targets(), coder.reason());
    return options.clamp.value_or(false) ? refitted.bounded_by(*training.table, training.rows) : refitted;
}

Preprocessor fit_preprocessor(const Part& training, const TrainOptions& options) {
    PreprocessorOptions to_fit{options.ignore, options.categorical, options.numeric};
    to_fit.ignore.insert(to_fit.ignore.end(), options.target.begin(), options.target.end());
    if (!options.weight.empty()) to_fit.ignore.push_back(options.weight);
    if (options.one_hot_up_to) to_fit.one_hot_up_to = *options.one_hot_up_to;
    if (options.scaling) to_fit.scaling = *options.scaling;
    to_fit.recurring_values = options.recurring_values;
    if (options.category_coding) to_fit.category_coding = *options.category_coding;
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

/// Says which classes are so rare that a fold has none of them.
void note_rare_classes(const TargetCoder& coder, std::span<const std::uint32_t> classes, std::size_t folds,
                       std::vector<std::string>& notes) {
    if (classes.empty()) return;
    const std::vector<std::string>& names = coder.targets()[0].classes;
    std::vector<std::size_t> counts(names.size());
    for (const std::uint32_t of_row : classes) ++counts[of_row];
    for (std::size_t j = 0; j < names.size(); ++j)
        if (counts[j] < folds)
            notes.push_back(
                fmt::format("class '{}' has {}, fewer than the {} folds: some folds validate "
                            "without it",
                            names[j], rows_text(counts[j]), folds));
}

void deal_into_folds(const Part& training, const TrainOptions& options, Prepared& prepared) {
    const std::vector<std::uint32_t> classes = strata(*training.table, training.rows, prepared.coder);
    prepared.fold_of_rows = deal_folds(training.rows.size(), classes, *options.folds, options.seed);
    note_rare_classes(prepared.coder, classes, *options.folds, prepared.notes);
    prepared.validation_truth = read_truth(*training.table, training.rows, prepared.coder);
    prepared.dealt = training.rows;
}

/// A calibration was asked for.
bool calibrates(const TrainOptions& options) {
    return options.calibrate.value_or(CalibrationKind::none) != CalibrationKind::none;
}

/// What is fitted to held-out rows fits the task.
void check_held_out(Task task, const TrainOptions& options) {
    const bool real = task == Task::regression;
    if (options.interval && !real)
        throw Error(ErrorKind::usage,
                    fmt::format("--interval is for real values; this task is {}", name_of(task)));
    if (options.clamp.value_or(false) && !real)
        throw Error(ErrorKind::usage,
                    fmt::format("--clamp is for real values; this task is {}", name_of(task)));
    if (calibrates(options) && real)
        throw Error(ErrorKind::usage, "--calibrate is for probabilities of classes; this task is regression");
    if (options.calibrate == CalibrationKind::smoothing && task != Task::multiclass)
        throw Error(ErrorKind::usage,
                    fmt::format("--calibrate smoothing is for more than two classes; this task "
                                "is {}",
                                name_of(task)));
}

void check_rows_held_out(const Prepared& prepared, const TrainOptions& options) {
    const bool needed = options.interval || calibrates(options);
    if (needed && prepared.validation_truth.targets.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("{} needs rows that the network does not learn from, and none are held out: "
                                "give --validation or --folds",
                                options.interval ? "--interval" : "--calibrate"));
}

}  // namespace

std::string rows_text(std::size_t count) {
    return fmt::format("{} row{}", count, count == 1 ? "" : "s");
}

std::vector<std::uint32_t> labelled_rows(const Table& table, const TrainOptions& options,
                                         std::vector<std::string>& notes) {
    std::vector<std::uint32_t> rows = rows_with_targets(table, options.target);
    const std::size_t skipped = table.rows() - rows.size();
    if (skipped > 0 && !rows.empty())
        notes.push_back(fmt::format("{}: {} without a target skipped", table.source(), rows_text(skipped)));
    if (!options.weight.empty()) {
        const std::size_t weightless = leave_out_weightless_rows(table, options.weight, rows);
        if (weightless > 0)
            notes.push_back(
                fmt::format("{}: {} of weight 0 left out", table.source(), rows_text(weightless)));
    }
    return rows;
}

std::optional<Table> read_validation(const TrainOptions& options, const Table* given) {
    if (given != nullptr || options.validation_file.empty()) return std::nullopt;
    ReadOptions reading;
    reading.text_columns = options.categorical;
    return read_table({options.validation_file}, reading);
}

std::vector<std::uint32_t> strata(const Table& table, std::span<const std::uint32_t> rows,
                                  const TargetCoder& coder) {
    if (coder.task() != Task::binary && coder.task() != Task::multiclass) return {};
    return read_truth(table, rows, coder).targets[0].classes;
}

Task task_of(const Table& table, std::span<const std::uint32_t> rows, const TrainOptions& options) {
    return TargetCoder::fit(table, rows, options.target, options.task, target_scaling(options)).task();
}

Prepared prepare(const Table& table, std::vector<std::uint32_t> rows, const TrainOptions& options,
                 const Table* validation, const Known& known) {
    Prepared prepared;
    prepared.coder = known.coder != nullptr ? *known.coder
                                            : TargetCoder::fit(table, rows, options.target, options.task,
                                                               target_scaling(options));
    prepared.pair = choose_pair(prepared.coder.task(), options);
    check_monotone_task(prepared.coder.task(), options);
    check_held_out(prepared.coder.task(), options);
    check_reachable(table, rows, prepared.coder, prepared.pair);
    const auto [training, held_out] =
        split(table, std::move(rows), prepared.coder, options, validation, prepared.notes);
    if (validation != nullptr) check_reachable(*validation, held_out.rows, prepared.coder, prepared.pair);
    if (options.folds.value_or(1) > 1) deal_into_folds(training, options, prepared);
    if (known.coder == nullptr)
        prepared.coder = with_levels_of(prepared.pair.loss, refit(prepared.coder, training, options));
    const std::vector<MonotoneColumn> monotone = monotone_columns(options.monotone);
    prepared.preprocessor = known.preprocessor != nullptr
                                ? *known.preprocessor
                                : in_exact_order(fit_preprocessor(training, options), monotone);
    prepared.monotone = input_directions(prepared.preprocessor, monotone);
    note_dropped_columns(prepared.preprocessor, prepared.notes);
    if (known.preprocessor == nullptr) note_same_columns(table, prepared.preprocessor, prepared.notes);
    prepared.training = encode(training, prepared);
    if (known.preprocessor == nullptr) note_heavy_tails(prepared, prepared.notes);
    const ExampleWeights weights(options, prepared.coder, prepared.training);
    weights.apply(table, training.rows, prepared.training);
    use_one_hot_where_needed(prepared, prepared.training);
    if (held_out.rows.empty()) {
        check_rows_held_out(prepared, options);
        return prepared;
    }
    if (validation == nullptr) prepared.split_off = held_out.rows;
    prepared.validation = encode(held_out, prepared);
    prepared.validation_truth = read_truth(*held_out.table, held_out.rows, prepared.coder);
    weights.apply(*held_out.table, held_out.rows, prepared.validation);
    use_one_hot_where_needed(prepared, prepared.validation);
    return prepared;
}

}  // namespace thalweg
