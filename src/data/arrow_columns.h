#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <vector>

#include "thalweg/table.hpp"

namespace thalweg {

/// Whether a column of this type becomes one of ours. Lists, structs, maps and the like do not.
bool is_readable(const arrow::DataType& type);

/// Converts Arrow's columns one by one and lets go of each, so that memory holds both forms of one column
/// at most. Columns that cannot be read are left out, with a note. Throws Error{data} where none is left.
Table to_table(std::shared_ptr<arrow::Table> arrow_table, const std::string& name);

}  // namespace thalweg
