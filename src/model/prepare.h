#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/evaluate.h"
#include "model/pair.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// Everything that training needs of its tables.
struct Prepared {
    TargetCoder coder;
    Preprocessor preprocessor;
    std::vector<Direction> monotone;  ///< of each input; empty: none has a direction
    Pair pair;
    Dataset training;
    Dataset validation;                       ///< without rows where there is none, and with folds
    std::vector<std::uint32_t> fold_of_rows;  ///< with folds: of each training row
    std::vector<std::uint32_t> dealt;         ///< with folds: rows of the table that are those of `training`
    std::vector<std::uint32_t> split_off;     ///< rows of the table that are those of `validation`
    Truth validation_truth;                   ///< of the validation rows; with folds, of the training rows
    std::vector<std::string> notes;
};

/// The rows of a table that have every target and do not weigh 0; says how many others there are. Throws
/// Error{data}: all weigh 0.
std::vector<std::uint32_t> labelled_rows(const Table& table, const TrainOptions& options,
                                         std::vector<std::string>& notes);

/// The table of options.validation_file, if there is one and none is given.
std::optional<Table> read_validation(const TrainOptions& options, const Table* given);

/// The class of each row, so that a split keeps their mix; empty for real values and several labels.
std::vector<std::uint32_t> strata(const Table& table, std::span<const std::uint32_t> rows,
                                  const TargetCoder& coder);

/// What the target is, asked for or recognised.
Task task_of(const Table& table, std::span<const std::uint32_t> rows, const TrainOptions& options);

/// What is known before the rows are looked at: nullptr for what they decide.
struct Known {
    const TargetCoder* coder = nullptr;
    const Preprocessor* preprocessor = nullptr;
};

/// Fits the preprocessing on the rows to learn from (with folds, all `rows`), as far as it is not known, and
/// encodes them. `rows` have every target; `validation`: rows to validate on instead of a split. Throws
/// Error{usage}, Error{data} (see train).
Prepared prepare(const Table& table, std::vector<std::uint32_t> rows, const TrainOptions& options,
                 const Table* validation, const Known& known = {});

/// "1 row", "12 rows"
std::string rows_text(std::size_t count);

}  // namespace thalweg
