#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/assemble.h"
#include "model/defaults.h"
#include "model/learn.h"
#include "model/prepare.h"
#include "model/presets.h"
#include "model/rates.h"
#include "model/train_checks.h"
#include "model/train_networks.h"
#include "thalweg/continuation.hpp"

namespace thalweg {
namespace {

/// One network, and nothing that looks at an end.
TrainOptions open_ended(TrainOptions options, bool validates) {
    check_networks(options, validates);
    if (options.ensemble.value_or(1) > 1 || options.folds.value_or(1) > 1)
        throw Error(ErrorKind::usage,
                    "one network can go on, and not several: --ensemble and --folds must be 1 here");
    options.ensemble = options.folds = 1;
    options.schedule = options.schedule.value_or(ScheduleKind::constant);
    options.dropout_schedule = options.dropout_schedule.value_or(ScheduleKind::constant);
    options.weight_decay_schedule = options.weight_decay_schedule.value_or(ScheduleKind::constant);
    options.patience = options.patience.value_or(0);
    return options;
}

Known known_of(const Continuation& continuation) {
    if (continuation.begun()) return {&continuation.model.target_coder(), &continuation.model.preprocessor()};
    return {continuation.coder ? &*continuation.coder : nullptr, nullptr};
}

Task known_task(const Known& known, const Table& table, std::span<const std::uint32_t> rows,
                const TrainOptions& options) {
    return known.coder != nullptr ? known.coder->task() : task_of(table, rows, options);
}

/// The network that was begun is the one that the options describe.
void check_same_network(const NetworkShape& begun, const TrainOptions& options) {
    const std::vector<std::size_t> hidden(begun.widths.begin() + 1, begun.widths.end() - 1);
    const bool same = options.hidden.value_or(hidden) == hidden &&
                      options.activation.value_or(begun.activation) == begun.activation &&
                      options.output.value_or(begun.output) == begun.output;
    if (!same)
        throw Error(
            ErrorKind::usage,
            "training cannot go on with another network: --hidden, --activation and --output must stay as "
            "they were, or begin anew");
}

Choices choose_to_go_on(const Continuation& continuation, const TrainOptions& options, DataFacts facts,
                        const Pair& pair) {
    if (continuation.begun()) {
        facts.training_rows = continuation.training_rows;
        facts.validation_rows = continuation.validation_rows;
    }
    Choices choices = choose(options, facts, pair);
    if (continuation.begun()) {
        check_same_network(continuation.model.network().shape(), options);
        choices.shape = continuation.model.network().shape();
    }
    return choices;
}

}  // namespace

Training train_on(Continuation& continuation, const Table& table, const TrainOptions& given,
                  const TrainCallbacks& callbacks, const Table* validation) {
    TrainOptions options = open_ended(given, validation != nullptr);
    check_columns(table, options);
    check_rates(options);
    const std::optional<Table> read = read_validation(options, validation);
    std::vector<std::string> notes;
    std::vector<std::uint32_t> rows = labelled_rows(table, options, notes);
    const Known known = known_of(continuation);
    if (has_recipe(options.preset)) options = with_recipe(options, known_task(known, table, rows, options));
    Prepared prepared = prepare(table, std::move(rows), options, read ? &*read : validation, known);
    prepared.notes.insert(prepared.notes.begin(), notes.begin(), notes.end());
    const Choices choices =
        choose_to_go_on(continuation, options, facts_of(prepared, options), prepared.pair);
    const Examples training(prepared.training);
    Network<float> start =
        start_network(choices, training, options.seed, prepared.preprocessor.input_columns());
    const bool first = !continuation.begun();
    std::vector<std::optional<FitResult>> fits;
    fits.emplace_back(
        fit(std::move(start), training,
            prepared.validation.rows > 0 ? std::optional<Examples>(prepared.validation) : std::nullopt,
            choices.fit, callbacks, continuation.state));
    if (first) {
        continuation.training_rows = prepared.training.rows;
        continuation.validation_rows = prepared.validation.rows;
    }
    Training trained =
        assemble(std::move(prepared), {choices}, options, network_tasks(options), std::move(fits));
    trained.seconds = trained.networks.front().fit.seconds;
    continuation.model = trained.model;
    return trained;
}

}  // namespace thalweg
