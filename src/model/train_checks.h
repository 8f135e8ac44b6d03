#pragma once

#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What the options say of columns fits the table and itself. Throws Error{data} for a column that is not
/// there (offers the nearest), Error{usage} for none to predict, one named twice, or one that is a target and
/// also ignored or a weight.
void check_columns(const Table& table, const TrainOptions& options);

/// The options say of rates, momentum and the scale of inputs what can be together. Throws Error{usage}.
void check_rates(const TrainOptions& options);

/// The options say how many networks there are without contradiction. Throws Error{usage}: none, or folds
/// beside other rows to validate on.
void check_networks(const TrainOptions& options, bool has_validation_table);

}  // namespace thalweg
