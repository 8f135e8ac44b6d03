#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "model/defaults.h"
#include "model/learn.h"
#include "model/prepare.h"
#include "model/presets.h"
#include "model/select_networks.h"
#include "model/time_plan.h"
#include "model/train_checks.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

void take(const NetworkCounts& counts, Job& job) {
    job.mixed = counts.mixed;
    job.options.ensemble = counts.ensemble;
    job.options.folds = counts.folds;
    job.options.select = counts.selects;
}

/// `prepare_again` encodes the rows for another number of folds.
template <class PrepareAgain>
void fit_networks_to_time(Job& job, const PrepareAgain& prepare_again) {
    job.time = share_in_time(job, choose_networks_of(job));
    if (!job.time || !job.chosen) return;
    const NetworkCounts counts = counts_in_time(job, *job.chosen, *job.time);
    if (counts == *job.chosen) return;
    job.time.reset();
    take(counts, job);
    if (counts.folds != job.chosen->folds) prepare_again();
}

Job prepare_all(const Table& table, const TrainOptions& options, const Table* validation,
                const TrainHooks& hooks) {
    const auto begun = hooks.begun.value_or(std::chrono::steady_clock::now());
    check_networks(options, validation != nullptr);
    check_columns(table, options);
    check_rates(options);
    const std::optional<Table> read = read_validation(options, validation);
    std::vector<std::string> notes;
    const std::vector<std::uint32_t> rows = labelled_rows(table, options, notes);
    NetworkCounts counts = choose_networks(options, rows.size(), validation != nullptr);
    Job job{.options = options, .prepared = {}, .begun = begun};
    job.checkpointing = begin_checkpointing(hooks.checkpoint, options, table, read ? &*read : validation);
    if (has_recipe(options.preset)) job.options = with_recipe(options, task_of(table, rows, options));
    take(counts, job);
    const auto prepare_rows = [&] {
        job.prepared = prepare(table, rows, job.options, read ? &*read : validation);
        job.prepared.notes.insert(job.prepared.notes.begin(), notes.begin(), notes.end());
    };
    prepare_rows();
    if (counts.mixed) {
        const Prepared& prepared = job.prepared;
        counts = suited(counts, job.options, facts_of(prepared, job.options), prepared.pair);
        counts.selects &= selection_follows(prepared.coder.task(), prepared.pair.loss.loss);
        take(counts, job);
        job.chosen = counts;
    }
    fit_networks_to_time(job, prepare_rows);
    return job;
}

}  // namespace

Training train(const Table& table, const TrainOptions& options, const TrainHooks& hooks,
               const Table* validation) {
    return learn(prepare_all(table, options, validation, hooks), hooks);
}

Training train(Table&& table, const TrainOptions& options, const TrainHooks& hooks, const Table* validation) {
    Job job = prepare_all(table, options, validation, hooks);
    table = Table();
    return learn(std::move(job), hooks);
}

}  // namespace thalweg
