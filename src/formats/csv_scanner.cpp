#include "formats/csv_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace thalweg {

CsvScanner::CsvScanner(std::string name, CsvDialect dialect, bool header)
    : name_(std::move(name)), header_(header) {
    std::fill(kinds_.begin() + 0x80, kinds_.end(), Byte::high);
    kinds_[0] = Byte::zero;
    kinds_['\n'] = Byte::line_feed;
    kinds_['\r'] = Byte::carriage_return;
    kinds_[static_cast<unsigned char>(dialect.delimiter)] = Byte::delimiter;
    if (dialect.quote != '\0') kinds_[static_cast<unsigned char>(dialect.quote)] = Byte::quote;
}

void CsvScanner::scan(std::string_view bytes) {
    const char* byte = bytes.data();
    const char* const end = byte + bytes.size();
    const std::size_t offset = bytes_;
    while (byte != end) {
        const bool inside = state_ == State::field || state_ == State::quoted;
        // Most bytes of a table are plain ones inside a field, and change nothing.
        if (inside && utf8_missing_ == 0)
            while (byte != end && kind_of(*byte) == Byte::plain) ++byte;
        if (byte == end) break;
        bytes_ = offset + static_cast<std::size_t>(byte - bytes.data());
        take(*byte++);
    }
    bytes_ = offset + bytes.size();
}

void CsvScanner::finish() {
    if (utf8_missing_ > 0) fail(line_, "the text ends inside a character; was the file cut?");
    if (state_ == State::quoted) fail(quote_line_, "a quote opens here and is never closed");
    if (state_ != State::record_start) end_record();
}

void CsvScanner::take(char c) {
    const Byte kind = kind_of(c);
    if (kind == Byte::high || utf8_missing_ > 0) take_high(static_cast<unsigned char>(c));
    if (kind == Byte::zero)
        fail(line_, "a zero byte: this is not a table as text, or its encoding is UTF-16");

    // The \n of \r\n belongs to the line end that \r was.
    const bool second_half = std::exchange(after_carriage_return_, false) && kind == Byte::line_feed;
    if (second_half) {
        record_begin_ = bytes_ + 1;
        return;
    }
    if (state_ == State::quoted) {
        if (kind == Byte::quote) state_ = State::quote_in_quoted;
        if (kind == Byte::line_feed) ++line_;
        return;
    }
    if (state_ == State::quote_in_quoted && kind == Byte::quote) {
        state_ = State::quoted;
        return;
    }
    take_outside_quotes(kind);
}

void CsvScanner::take_outside_quotes(Byte kind) {
    const bool ends_line = kind == Byte::line_feed || kind == Byte::carriage_return;
    if (ends_line) {
        // A blank line is no record.
        if (state_ != State::record_start) end_record();
        state_ = State::record_start;
        after_carriage_return_ = kind == Byte::carriage_return;
        record_begin_ = bytes_ + 1;
        ++line_;
        return;
    }
    const bool at_field_start = state_ == State::record_start || state_ == State::field_start;
    if (state_ == State::record_start) begin_record();
    if (kind == Byte::delimiter) {
        ++fields_;
        state_ = State::field_start;
    } else if (kind == Byte::quote && at_field_start) {
        quote_line_ = line_;
        state_ = State::quoted;
    } else {
        state_ = State::field;
    }
}

void CsvScanner::begin_record() {
    record_line_ = line_;
    fields_ = 1;
}

void CsvScanner::end_record() {
    longest_record_ = std::max(longest_record_, bytes_ - record_begin_);
    if (records_ == 0) expected_fields_ = fields_;
    if (fields_ != expected_fields_) fail_fields();
    ++records_;
    if (header_ && records_ == 1) return;

    const std::size_t row = rows() - 1;
    // Datasets count rows with 32 bits, and need one value that is no row.
    if (row >= std::numeric_limits<std::uint32_t>::max() - 1)
        fail(record_line_, "more rows than 32 bits count");
    const bool next_line = !lines_.empty() && lines_.back().line + (row - lines_.back().row) == record_line_;
    if (!next_line) lines_.push_back({row, record_line_});
}

/// The well-formed sequences of Unicode's table 3-7: the first byte fixes the bounds of the second.
void CsvScanner::take_high(unsigned char c) {
    if (utf8_missing_ > 0) {
        if (c < utf8_lowest_ || c > utf8_highest_) fail_not_utf8(utf8_lead_);
        --utf8_missing_;
        utf8_lowest_ = 0x80;
        utf8_highest_ = 0xBF;
        return;
    }
    if (c < 0xC2 || c > 0xF4) fail_not_utf8(c);
    utf8_lead_ = c;
    utf8_missing_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    if (c == 0xE0) utf8_lowest_ = 0xA0;   // shorter forms exist
    if (c == 0xED) utf8_highest_ = 0x9F;  // surrogates
    if (c == 0xF0) utf8_lowest_ = 0x90;   // shorter forms exist
    if (c == 0xF4) utf8_highest_ = 0x8F;  // past the last character
}

void CsvScanner::fail(std::size_t line, const std::string& message) const {
    throw Error(ErrorKind::data, fmt::format("{}: line {}: {}", name_, line, message));
}

void CsvScanner::fail_not_utf8(unsigned char c) const {
    fail(line_, fmt::format("the byte 0x{:02X} is no UTF-8; convert the file first, for example: "
                            "iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
                            c));
}

void CsvScanner::fail_fields() const {
    const std::string first = header_ ? "the header" : "the first line";
    const char* hint =
        fields_ > expected_fields_ ? "; a text that holds the delimiter must stand in quotes" : "";
    fail(record_line_, fmt::format("{} {}, {} has {}{}", fields_, fields_ == 1 ? "field" : "fields", first,
                                   expected_fields_, hint));
}

}  // namespace thalweg
