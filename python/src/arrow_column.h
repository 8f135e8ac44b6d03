#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow_abi.h"
#include "data/text_column.h"
#include "thalweg/table.hpp"

namespace thalweg::python {

/// Gathers the arrays of one column of an Arrow stream into a column of ours.
class ArrowColumn {
  public:
    /// The schema must live as long as the arrays are appended.
    explicit ArrowColumn(const ArrowSchema& schema);

    /// Numbers, texts and times can become a column; lists, structs, bytes and the like cannot.
    bool is_readable() const { return type_.has_value(); }
    /// "column 'x' is left out: ..."
    std::string reason_to_leave_out() const;

    /// Throws Error{data} for a code beyond its dictionary.
    void append(const ArrowArray& array);
    /// Takes the numbers of `array`, which is all of the column, as they lie, if they are float or double and
    /// none is missing. They must live as long as the column.
    bool borrow(const ArrowArray& array);
    /// Moves the column out.
    Column finish();

  private:
    void append_numbers(const ArrowArray& array);
    void append_texts(const ArrowArray& array);
    void append_dictionary(const ArrowArray& array);
    void append_entry(const Column& entries, std::size_t index);
    void append_missing();

    const ArrowSchema* schema_;
    std::string name_;
    std::string_view format_;  ///< of the cells: of a dictionary's values, where there is one
    std::optional<ColumnType> type_;
    std::vector<double> values_;
    BorrowedNumbers borrowed_;
    TextColumn text_;
};

}  // namespace thalweg::python
