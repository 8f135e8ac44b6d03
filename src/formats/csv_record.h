#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// How a file of text is cut into records and fields (RFC 4180, with any delimiter and quote).
struct CsvDialect {
    char delimiter = ',';
    char quote = '"';  ///< '\0': none
};

/// One record: usually a line, more where quotes hold line breaks.
struct CsvRecord {
    std::vector<std::string> fields;  ///< without their quotes
    std::size_t bytes = 0;            ///< that it takes, with its line end
    std::size_t lines = 1;            ///< that it takes
};

/// The record at the start of `text`; nothing where it is cut, unless `text` is `complete`. A quote counts
/// only at the start of a field, as in Arrow.
std::optional<CsvRecord> first_record(std::string_view text, CsvDialect dialect, bool complete);

/// The one of tab ; | , that splits the first records of `sample` into equally many fields; ',' where none
/// does. `decimal_point` is no delimiter.
char sniff_delimiter(std::string_view sample, char quote, char decimal_point, bool complete);

}  // namespace thalweg
