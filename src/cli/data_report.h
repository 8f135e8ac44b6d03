#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"

namespace thalweg::cli {

/// What `thalweg inspect` tells of a column.
struct ColumnSummary {
    std::string name;
    ColumnType type = ColumnType::number;
    std::size_t missing = 0;
    std::size_t distinct = 0;           ///< different values, missing cells aside
    std::vector<std::string> examples;  ///< the first few of them
    Treatment treatment = Treatment::number;
    std::string reason;  ///< of the treatment
};

struct DataReport {
    std::string source;
    std::size_t rows = 0;
    std::vector<ColumnSummary> columns;
};

/// True if a file begins as a safetensors file does, or is named so: the first byte after a header's length
/// is that of a JSON object.
bool looks_like_model(const std::string& path);

/// Summarises every column; the treatment is what training would do with all other columns as targets'
/// inputs.
DataReport describe_data(const Table& table);
std::string data_text(const DataReport& report);
std::string data_json(const DataReport& report);

}  // namespace thalweg::cli
