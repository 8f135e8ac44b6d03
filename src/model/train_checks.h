#pragma once

#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What the options say of columns fits the table and itself. Throws Error{data} for a column that is not
/// there (offers the nearest), Error{usage} for none to predict, one named twice, or one that is a target and
/// also ignored or a weight.
void check_columns(const Table& table, const TrainOptions& options);

}  // namespace thalweg
