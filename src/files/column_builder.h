#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/text_column.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// Gathers the blocks of one of Arrow's columns into one of ours.
class ColumnBuilder {
  public:
    ColumnBuilder(std::string name, ColumnType type) : name_(std::move(name)), type_(type) {}

    void reserve(std::size_t rows);
    /// An array of a type that fits: text, binary and booleans for text, dates and timestamps for time,
    /// else numbers and durations; or a dictionary or an extension of such.
    void append(const arrow::Array& array);
    /// Moves the column out.
    Column finish();

  private:
    void append_dictionary(const arrow::DictionaryArray& array);
    void convert_dictionary(const arrow::DictionaryArray& array);
    void append_entry(std::size_t index);
    void append_missing();

    std::string name_;
    ColumnType type_;
    std::vector<double> values_;
    TextColumn text_;

    std::shared_ptr<arrow::ArrayData> last_dictionary_;
    Column entries_;                          ///< of the last dictionary
    std::vector<std::uint32_t> entry_codes_;  ///< theirs in text_
};

}  // namespace thalweg
