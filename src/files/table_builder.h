#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "files/column_builder.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// Gathers a table of ours from Arrow's columns, whole or piece by piece. Columns of types that are neither
/// number, text nor time (lists, structs, maps, ...) are left out, with a note.
class TableBuilder {
  public:
    TableBuilder(const arrow::Schema& schema, std::string name);

    /// Whether a column of this type can become one of ours.
    static bool is_readable(const arrow::DataType& type);

    /// Room for so many rows.
    void reserve(std::size_t rows);
    /// The whole of column `c`.
    void append_column(int c, const arrow::ChunkedArray& column);
    /// Further cells of column `c`. Columns may be appended to side by side.
    void append(std::size_t c, const arrow::Array& cells);
    /// Throws Error{data}: no column is left, or no row; text that is not UTF-8; a name that occurs twice.
    Table finish();

  private:
    void leave_out(const arrow::Field& field);

    std::string name_;
    std::vector<std::shared_ptr<arrow::Field>> fields_;
    std::vector<ColumnBuilder> builders_;  ///< one for each field
    std::vector<std::string> notes_;
};

}  // namespace thalweg
