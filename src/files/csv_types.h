#pragma once

#include <arrow/csv/column_decoder.h>
#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>
#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <memory>
#include <string_view>
#include <vector>

#include "formats/csv_preamble.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// How Arrow is to read cells. Must outlive the decoders that are made with it.
arrow::csv::ConvertOptions arrow_convert_options(const ReadOptions& options);

/// A block of whole records, cut into cells.
using CsvRecords = std::shared_ptr<arrow::csv::BlockParser>;
arrow::Result<CsvRecords> parse_records(std::string_view block, const CsvPreamble& preamble);

/// The types of a file's columns, found out from blocks of its rows. Arrow would do so by itself, but keeps
/// the whole text until the end for it, several times the memory of the table.
class CsvTypes {
  public:
    CsvTypes(const CsvPreamble& preamble, const ReadOptions& options);

    /// Takes a block of whole records into account: 1 and 2.5 are decimals, 1 and "x" text, a date and a
    /// timestamp timestamps. False, and nothing changed, where Arrow cannot read it.
    bool observe(std::string_view block);

    /// Rows seen so far.
    std::size_t rows() const { return rows_; }
    /// For each column. Whole numbers count as decimals where `more_rows` will come.
    std::vector<std::shared_ptr<arrow::DataType>> types(bool more_rows) const;
    /// Columns in which blocks disagreed become text. True where there were any.
    bool give_up_mixed();

  private:
    struct Seen {
        std::shared_ptr<arrow::DataType> type;
        bool mixed = false;
    };

    /// Finds out the type of a column in its first block, but for one that was asked to be text.
    arrow::Result<std::shared_ptr<arrow::csv::ColumnDecoder>> inferring_decoder(std::size_t column) const;

    CsvPreamble preamble_;
    arrow::csv::ConvertOptions convert_;
    std::vector<Seen> columns_;
    std::size_t rows_ = 0;
};

}  // namespace thalweg
