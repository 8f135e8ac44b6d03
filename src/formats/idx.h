#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "thalweg/table.hpp"

namespace thalweg {

/// The images of an IDX file (the format of MNIST), a column for each pixel. `name` is the file's. Throws
/// Error{data}: a header that does not fit the length.
Table read_idx(std::string_view content, const std::string& name);
/// The numbers of an IDX file of one dimension. Throws Error{data} for any other file.
std::vector<double> read_idx_labels(std::string_view content, const std::string& name);

}  // namespace thalweg
