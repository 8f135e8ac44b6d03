#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "insight/tensorboard.h"
#include "insight/training_history.h"
#include "insight/training_log.h"
#include "insight/training_report.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {

/// What is written of a training beside the model: a log, event files, a report.
struct TrainingRecords {
    std::filesystem::path log;
    std::filesystem::path tensorboard;
    std::filesystem::path report;
};

std::vector<Option> record_options(TrainingRecords& records);

/// Says before the training whether they can be written, and that none overwrites one of `inputs`, of
/// the `others` that are written (flag, file; empty: not), or another of them. Throws Error{io},
/// Error{usage}.
void check_records(const TrainingRecords& records, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string_view, std::filesystem::path>>& others);

/// Writes them: what can be while training goes on, the report once it is over.
class RecordWriter {
  public:
    explicit RecordWriter(TrainingRecords records);
    RecordWriter(const RecordWriter&) = delete;
    RecordWriter& operator=(const RecordWriter&) = delete;

    /// Hooks that write, and then call those that `hooks` has already.
    void listen(TrainHooks& hooks);
    /// Rows of the data, and of the rows to validate on where they are others, before training takes them.
    void keep_rows(const Table& table, const Table* validation, const std::vector<std::string>& targets);
    /// What went wrong in training and what to do about it.
    std::vector<std::string> diagnose(const Training& training) const;
    /// The ends. warnings: all that was said; command: what was typed. Throws Error{io}.
    void finish(const Training& training, const std::vector<std::string>& warnings,
                const std::string& command);

  private:
    TrainingRecords records_;
    std::optional<TrainingLog> log_;
    std::optional<TensorBoardLog> tensorboard_;
    TrainingHistory history_;
    KeptRows rows_;
};

}  // namespace thalweg::cli
