#include "formats/csv_preamble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

namespace thalweg {
namespace {

/// The first record, looking further ahead while it is cut.
CsvRecord peek_record(const LookAhead& input, CsvDialect dialect) {
    constexpr std::int64_t kLongest = std::int64_t{1} << 26;
    for (std::int64_t bytes = 1 << 16; bytes <= kLongest; bytes *= 8) {
        const std::string_view text = input.peek(bytes);
        const bool complete = static_cast<std::int64_t>(text.size()) < bytes;
        if (auto record = first_record(text, dialect, complete)) return *record;
    }
    throw Error(
        ErrorKind::data,
        fmt::format("{}: the first line is longer than 64 MiB; is this a table as text?", input.name));
}

void skip_byte_order_mark(const LookAhead& input) {
    if (input.peek(3) == "\xEF\xBB\xBF") input.skip(3);
}

std::string skip_blank_lines(const LookAhead& input) {
    std::string skipped;
    for (std::string_view next = input.peek(1); next == "\n" || next == "\r"; next = input.peek(1)) {
        skipped += next;
        input.skip(1);
    }
    return skipped;
}

CsvDialect find_dialect(const LookAhead& input, const ReadOptions& options) {
    CsvDialect dialect;
    dialect.quote = options.quote;
    if (options.delimiter) {
        dialect.delimiter = *options.delimiter;
    } else {
        constexpr std::int64_t kSample = 1 << 16;
        const std::string_view sample = input.peek(kSample);
        const bool complete = static_cast<std::int64_t>(sample.size()) < kSample;
        dialect.delimiter = sniff_delimiter(sample, options.quote, options.decimal_point, complete);
    }
    return dialect;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> header_names(const std::vector<std::string>& fields, const std::string& file) {
    std::vector<std::string> names;
    for (const std::string& field : fields) {
        const std::string name = trimmed(field);
        names.push_back(name.empty() ? fmt::format("column_{}", names.size() + 1) : name);
    }
    std::set<std::string> seen;
    for (const std::string& name : names)
        if (!seen.insert(name).second)
            throw Error(ErrorKind::data,
                        fmt::format("{}: two columns are called '{}'; rename one, or say --no-header if the "
                                    "first line is data",
                                    file, name));
    return names;
}

std::vector<std::string> numbered_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= count; ++i) names.push_back(fmt::format("column_{}", i));
    return names;
}

bool is_number(std::string text, char decimal_point) {
    text = trimmed(text);
    if (text.empty()) return false;
    std::replace(text.begin(), text.end(), decimal_point, '.');
    const bool like_number = text.find_first_not_of("0123456789.+-eE") == std::string::npos;
    return like_number && text.find_first_of("0123456789") != std::string::npos;
}

/// A table without a header loses its first row to the names, and nobody may notice.
void note_header_like_data(const std::vector<std::string>& names, char decimal_point, const LookAhead& input,
                           std::vector<std::string>& notes) {
    const bool all_numbers = std::all_of(names.begin(), names.end(), [decimal_point](const auto& name) {
        return is_number(name, decimal_point);
    });
    if (all_numbers)
        notes.push_back(
            fmt::format("{}: the first line holds only numbers ({}{}) and is taken for the names of "
                        "the columns; if it is data, say so with --no-header",
                        input.name, names[0], names.size() > 1 ? ", " + names[1] + ", ..." : ""));
}

void check_options(const ReadOptions& options) {
    const char delimiter = options.delimiter.value_or(',');
    const auto unusable = [](char c) {
        return c == '\n' || c == '\r' || static_cast<unsigned char>(c) >= 0x80;
    };
    if (unusable(delimiter) || delimiter == '\0' || delimiter == options.quote)
        throw Error(ErrorKind::usage,
                    "the delimiter must be one character of ASCII, no line end, not the quote");
    if (unusable(options.quote))
        throw Error(ErrorKind::usage, "the quote must be one character of ASCII, no line end");
    if (options.delimiter && *options.delimiter == options.decimal_point)
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' cannot be both delimiter and decimal point", options.decimal_point));
}

}  // namespace

CsvPreamble read_preamble(const LookAhead& input, const ReadOptions& options) {
    check_options(options);
    skip_byte_order_mark(input);
    CsvPreamble preamble;
    preamble.skipped = skip_blank_lines(input);
    if (input.peek(1).empty()) throw Error(ErrorKind::data, fmt::format("{}: the file is empty", input.name));

    preamble.dialect = find_dialect(input, options);
    const CsvRecord first = peek_record(input, preamble.dialect);
    if (!options.header) {
        preamble.names = numbered_names(first.fields.size());
        return preamble;
    }
    preamble.names = header_names(first.fields, input.name);
    note_header_like_data(preamble.names, options.decimal_point, input, preamble.notes);
    preamble.skipped += input.peek(static_cast<std::int64_t>(first.bytes));
    input.skip(static_cast<std::int64_t>(first.bytes));
    return preamble;
}

}  // namespace thalweg
