#pragma once

#include <string>
#include <vector>

#include "model/prepare.h"

namespace thalweg {

/// Says which of the columns that are learnt from have the same value as another one in every row.
void note_same_columns(const Table& table, const Preprocessor& preprocessor, std::vector<std::string>& notes);

/// Says of real targets under squared error of which a few rows have most of the variance: the rest is hardly
/// learnt. Nothing of fewer than a hundred rows.
void note_heavy_tails(const Prepared& prepared, std::vector<std::string>& notes);

}  // namespace thalweg
