#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "files/input.h"
#include "formats/csv_preamble.h"
#include "formats/csv_scanner.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// A file of text, its header read, that gives its rows a block of whole records at a time. The scanner has
/// seen what it gives.
class CsvFile {
  public:
    /// Throws what `read_preamble` does, and Error{data} where no row follows.
    CsvFile(Input opened, const ReadOptions& options);

    /// The first bytes of the rows, which stay to be read.
    struct Sample {
        std::string_view text;  ///< ends with a line where it is not the whole
        bool whole = false;     ///< the file ends with it
    };
    Sample sample();

    /// About a megabyte of whole records, or one longer record; nothing at the end. Refers to this file until
    /// the next call. Throws Error{data} what the scanner finds, and where there is no row, a record is
    /// longer than a gigabyte or the file is damaged.
    std::string_view next_block();

    const CsvPreamble& preamble() const { return preamble_; }
    const CsvScanner& scanner() const { return scanner_; }
    const Input& input() const { return input_; }

  private:
    void fail_if_empty(bool empty) const;
    void fail_if_too_long() const;

    Input input_;
    CsvPreamble preamble_;
    CsvScanner scanner_;
    std::string text_;            ///< the last block, and what has come of the record after it
    std::size_t given_ = 0;       ///< bytes of it that were the last block
    std::size_t text_begin_ = 0;  ///< where it stands in the file
    bool finished_ = false;
};

}  // namespace thalweg
