#pragma once

#include <string>
#include <vector>

#include "files/input.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// One reader for each kind of file. They throw Error{data} and
/// Error{io}; the table has its source, origins and notes.
Table read_csv(Input input, const ReadOptions& options);
Table read_columnar(Input input);
Table read_idx(Input input);
/// The numbers of an IDX file of one dimension.
std::vector<double> read_idx_labels(const std::string& path);

}  // namespace thalweg
