#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv_record.h"
#include "thalweg/table.hpp"

namespace thalweg {

/// Looks at every byte of a file of text, in order, before Arrow's parser cuts it into cells. It finds where
/// records end and says what that parser cannot: on which line a record has too few fields, which bytes are
/// not UTF-8, where each row stands.
class CsvScanner {
  public:
    /// `name` is the file's, for messages. With a header, the first record is not a row.
    CsvScanner(std::string name, CsvDialect dialect, bool header);

    /// The next bytes. Throws Error{data} at the first record that has another number of fields than the
    /// first, bytes that are not UTF-8, a zero byte, rows past what 32 bits count.
    void scan(std::string_view bytes);
    /// After the last bytes: ends the last record. Throws as `scan`, and where a quote was never closed.
    void finish();

    std::size_t rows() const { return records_ - (header_ && records_ > 0 ? 1 : 0); }
    std::size_t longest_record() const { return longest_record_; }
    /// Bytes before the record that is not ended yet.
    std::size_t record_begin() const { return record_begin_; }
    /// The line that the next byte stands on, from 1.
    std::size_t line() const { return line_; }
    /// The line that the record began on which came last.
    std::size_t record_line() const { return record_line_; }
    const std::vector<Table::LineRun>& lines() const { return lines_; }

  private:
    enum class State { record_start, field_start, field, quoted, quote_in_quoted };
    enum class Byte : std::uint8_t { plain, delimiter, quote, line_feed, carriage_return, zero, high };

    Byte kind_of(char c) const { return kinds_[static_cast<unsigned char>(c)]; }
    void take(char c);
    void take_outside_quotes(Byte kind);
    void take_high(unsigned char c);
    void begin_record();
    void end_record();
    [[noreturn]] void fail(std::size_t line, const std::string& message) const;
    [[noreturn]] void fail_not_utf8(unsigned char c) const;
    [[noreturn]] void fail_fields() const;

    std::string name_;
    bool header_;
    std::array<Byte, 256> kinds_{};
    State state_ = State::record_start;
    bool after_carriage_return_ = false;

    std::size_t line_ = 1;         ///< that the next byte stands on
    std::size_t record_line_ = 1;  ///< that the record began on
    std::size_t quote_line_ = 1;   ///< that the last quote opened on
    std::size_t fields_ = 0;       ///< of this record, so far
    std::size_t expected_fields_ = 0;
    std::size_t records_ = 0;
    std::size_t bytes_ = 0;  ///< of the whole text so far
    std::size_t record_begin_ = 0;
    std::size_t longest_record_ = 0;
    std::vector<Table::LineRun> lines_;

    int utf8_missing_ = 0;              ///< bytes that the current character still needs
    unsigned char utf8_lead_ = 0;       ///< first byte of the current character
    unsigned char utf8_lowest_ = 0x80;  ///< bounds of its next byte
    unsigned char utf8_highest_ = 0xBF;
};

}  // namespace thalweg
