#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// What is done with a column and why, in words.
std::string column_text(const ColumnPlan& column);

/// One line of the list of columns: a column, or many that are treated alike.
struct ColumnGroup {
    std::string names;
    Treatment treatment = Treatment::number;
    std::size_t inputs = 0;
    std::string what;
};

/// The columns in their order; where many are treated alike (the pixels of an image), they are one line at
/// the place of the first.
std::vector<ColumnGroup> group_columns(std::span<const ColumnPlan> columns);

}  // namespace thalweg
