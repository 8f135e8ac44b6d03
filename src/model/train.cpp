#include <optional>
#include <utility>

#include "model/learn.h"
#include "model/prepare.h"
#include "model/train_checks.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

Prepared prepare_all(const Table& table, const TrainOptions& options, const Table* validation) {
    check_networks(options, validation != nullptr);
    check_columns(table, options);
    const std::optional<Table> read = read_validation(options, validation);
    std::vector<std::string> notes;
    std::vector<std::uint32_t> rows = labelled_rows(table, options, notes);
    Prepared prepared = prepare(table, std::move(rows), options, read ? &*read : validation);
    prepared.notes.insert(prepared.notes.begin(), notes.begin(), notes.end());
    return prepared;
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
