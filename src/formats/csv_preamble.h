#pragma once

#include <string>
#include <vector>

#include "formats/csv_record.h"
#include "formats/look_ahead.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// What is known of a file of text before its rows are read; the input stands at the first row.
struct CsvPreamble {
    CsvDialect dialect;
    std::vector<std::string> names;
    std::string skipped;  ///< bytes before the first row, which the scanner must see too
    std::vector<std::string> notes;
};

/// Takes the byte-order mark, blank lines and the header; finds the delimiter. Throws Error{data}: an empty
/// file, a name that occurs twice; Error{usage}: a delimiter that cannot be one.
CsvPreamble read_preamble(const LookAhead& input, const ReadOptions& options);

}  // namespace thalweg
