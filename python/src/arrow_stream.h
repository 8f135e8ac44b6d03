#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

#include "thalweg/table.hpp"

namespace thalweg::python {

struct ArrowColumns {
    std::vector<Column> columns;
    std::vector<std::shared_ptr<void>> owners;  ///< of the numbers that columns borrow
    std::vector<std::string> notes;             ///< columns left out: neither number, text nor time
};

/// The columns of an Arrow C stream of record batches, as src/files/ takes those of Arrow's files. Numbers of
/// one batch in float32 or float64 without a missing one are not copied. Throws Error{data} where the stream
/// is not of a table, or fails.
ArrowColumns read_arrow_stream(const nanobind::capsule& capsule);

}  // namespace thalweg::python
