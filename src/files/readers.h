#pragma once

#include "files/input.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// A reader for text and one for Parquet and Arrow. They throw Error{data} and
/// Error{io}; the table has its source, origins and notes.
Table read_csv(Input input, const ReadOptions& options);
Table read_columnar(Input input);

}  // namespace thalweg
