#include <optional>
#include <utility>
#include <vector>

#include "model/defaults.h"
#include "model/learn.h"
#include "model/prepare.h"
#include "model/presets.h"
#include "model/train_checks.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

Job prepare_all(const Table& table, const TrainOptions& options, const Table* validation,
                const CheckpointOptions& checkpoint) {
    check_networks(options, validation != nullptr);
    check_columns(table, options);
    check_rates(options);
    const std::optional<Table> read = read_validation(options, validation);
    std::vector<std::string> notes;
    std::vector<std::uint32_t> rows = labelled_rows(table, options, notes);
    const NetworkCounts counts = choose_networks(options, rows.size(), validation != nullptr);
    Job job{options, counts.mixed, {}};
    job.checkpointing = begin_checkpointing(checkpoint, options, table, read ? &*read : validation);
    if (has_recipe(options.preset)) job.options = with_recipe(options, task_of(table, rows, options));
    job.options.ensemble = counts.ensemble;
    job.options.folds = counts.folds;
    job.prepared = prepare(table, std::move(rows), job.options, read ? &*read : validation);
    job.prepared.notes.insert(job.prepared.notes.begin(), notes.begin(), notes.end());
    return job;
}

}  // namespace

Training train(const Table& table, const TrainOptions& options, const TrainHooks& hooks,
               const Table* validation) {
    return learn(prepare_all(table, options, validation, hooks.checkpoint), hooks);
}

Training train(Table&& table, const TrainOptions& options, const TrainHooks& hooks, const Table* validation) {
    Job job = prepare_all(table, options, validation, hooks.checkpoint);
    table = Table();
    return learn(std::move(job), hooks);
}

}  // namespace thalweg
