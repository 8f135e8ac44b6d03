#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "insight/training_log.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {

/// What is written of a training beside the model: a log, event files, a report.
struct TrainingRecords {
    std::filesystem::path log;
    std::filesystem::path tensorboard;
    std::filesystem::path report;

    bool wanted() const { return !log.empty() || !tensorboard.empty() || !report.empty(); }
};

std::vector<Option> record_options(TrainingRecords& records);

/// Says before the training whether they can be written, and that none overwrites one of `inputs`, of
/// the `others` that are written (flag, file; empty: not), or another of them. Throws Error{io},
/// Error{usage}.
void check_records(const TrainingRecords& records, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string_view, std::filesystem::path>>& others);

/// rows: some of the data, warnings: what was said of the training.
void write_records(const TrainingRecords& records, const TrainingLog& log, const Training& training,
                   const Table& rows, const std::vector<std::string>& warnings);

}  // namespace thalweg::cli
