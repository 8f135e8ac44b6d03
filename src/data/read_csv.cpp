#include <arrow/buffer.h>
#include <arrow/csv/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>

#include "data/arrow_error.h"
#include "data/csv_record.h"
#include "data/csv_scanner.h"
#include "data/readers.h"
#include "data/table_builder.h"

namespace thalweg {
namespace {

/// Hands bytes on to Arrow after the scanner has seen them. What the scanner throws ends the reading and is
/// kept, since Arrow only knows its own errors.
class ScannedStream : public arrow::io::InputStream {
  public:
    ScannedStream(std::shared_ptr<arrow::io::InputStream> raw, CsvScanner scanner)
        : raw_(std::move(raw)), scanner_(std::move(scanner)) {}

    arrow::Status Close() override { return raw_->Close(); }
    bool closed() const override { return raw_->closed(); }
    arrow::Result<std::int64_t> Tell() const override { return raw_->Tell(); }

    arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override {
        ARROW_ASSIGN_OR_RAISE(const std::int64_t got, raw_->Read(bytes, out));
        ARROW_RETURN_NOT_OK(scan({static_cast<const char*>(out), static_cast<std::size_t>(got)}));
        return got;
    }
    arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override {
        ARROW_ASSIGN_OR_RAISE(auto buffer, raw_->Read(bytes));
        ARROW_RETURN_NOT_OK(scan(std::string_view(*buffer)));
        return buffer;
    }

    const CsvScanner& scanner() const { return scanner_; }
    void throw_scanner_error() const {
        if (error_) std::rethrow_exception(error_);
    }

  private:
    arrow::Status scan(std::string_view bytes) {
        if (error_) return arrow::Status::Invalid("stopped");
        try {
            if (!bytes.empty()) {
                scanner_.scan(bytes);
            } else if (!finished_) {
                finished_ = true;
                scanner_.finish();
            }
        } catch (...) {
            error_ = std::current_exception();
            return arrow::Status::Invalid("stopped");
        }
        return arrow::Status::OK();
    }

    std::shared_ptr<arrow::io::InputStream> raw_;
    CsvScanner scanner_;
    std::exception_ptr error_;
    bool finished_ = false;
};

/// What is known of a file of text before its rows are read; the input stands at the first row.
struct Preamble {
    CsvDialect dialect;
    std::vector<std::string> names;
    std::string skipped;  ///< bytes before the first row, which the scanner must see too
    std::vector<std::string> notes;
};

/// The first record, looking further ahead while it is cut.
CsvRecord peek_record(Input& input, CsvDialect dialect) {
    constexpr std::int64_t kLongest = std::int64_t{1} << 26;
    for (std::int64_t bytes = 1 << 16; bytes <= kLongest; bytes *= 8) {
        const std::string_view text = peek(input, bytes);
        const bool complete = static_cast<std::int64_t>(text.size()) < bytes;
        if (auto record = first_record(text, dialect, complete)) return *record;
    }
    throw Error(
        ErrorKind::data,
        fmt::format("{}: the first line is longer than 64 MiB; is this a table as text?", input.name));
}

void skip_byte_order_mark(Input& input) {
    if (peek(input, 3) == "\xEF\xBB\xBF") skip(input, 3);
}

std::string skip_blank_lines(Input& input) {
    std::string skipped;
    for (std::string_view next = peek(input, 1); next == "\n" || next == "\r"; next = peek(input, 1)) {
        skipped += next;
        skip(input, 1);
    }
    return skipped;
}

CsvDialect find_dialect(Input& input, const ReadOptions& options) {
    CsvDialect dialect;
    dialect.quote = options.quote;
    if (options.delimiter) {
        dialect.delimiter = *options.delimiter;
    } else {
        constexpr std::int64_t kSample = 1 << 16;
        const std::string_view sample = peek(input, kSample);
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
                        fmt::format("{}: two columns are called '{}'; rename one", file, name));
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
void note_header_like_data(const std::vector<std::string>& names, char decimal_point, Input& input,
                           std::vector<std::string>& notes) {
    const bool all_numbers = std::all_of(names.begin(), names.end(), [decimal_point](const auto& name) {
        return is_number(name, decimal_point);
    });
    if (all_numbers)
        notes.push_back(
            fmt::format("{}: the first line holds only numbers ({}{}) and is taken for the names of "
                        "the columns; if it is data, say that there is no header",
                        input.name, names[0], names.size() > 1 ? ", " + names[1] + ", ..." : ""));
}

Preamble read_preamble(Input& input, const ReadOptions& options) {
    skip_byte_order_mark(input);
    Preamble preamble;
    preamble.skipped = skip_blank_lines(input);
    if (peek(input, 1).empty())
        throw Error(ErrorKind::data, fmt::format("{}: the file is empty", input.name));

    preamble.dialect = find_dialect(input, options);
    const CsvRecord first = peek_record(input, preamble.dialect);
    if (!options.header) {
        preamble.names = numbered_names(first.fields.size());
        return preamble;
    }
    preamble.names = header_names(first.fields, input.name);
    note_header_like_data(preamble.names, options.decimal_point, input, preamble.notes);
    preamble.skipped += peek(input, static_cast<std::int64_t>(first.bytes));
    skip(input, static_cast<std::int64_t>(first.bytes));
    return preamble;
}

arrow::csv::ParseOptions parse_options(CsvDialect dialect) {
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.delimiter = dialect.delimiter;
    parse.quoting = dialect.quote != '\0';
    if (parse.quoting) parse.quote_char = dialect.quote;
    parse.newlines_in_values = parse.quoting;
    return parse;
}

arrow::csv::ConvertOptions convert_options(const ReadOptions& options) {
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.check_utf8 = false;  // the scanner has
    convert.null_values.clear();
    for (const std::string& word : options.missing)
        // "a, ?, b" is a common way to write a table.
        for (const std::string& spelling : {word, " " + word, word + " "})
            convert.null_values.push_back(spelling);
    convert.strings_can_be_null = true;
    // Booleans stay text, as the file spells them.
    convert.true_values.clear();
    convert.false_values.clear();
    convert.auto_dict_encode = true;
    convert.auto_dict_max_cardinality = 1 << 16;
    convert.decimal_point = options.decimal_point;
    const auto text = arrow::dictionary(arrow::int32(), arrow::utf8());
    for (const std::string& name : options.text_columns) convert.column_types[name] = text;
    return convert;
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

/// When this returns, no thread of Arrow looks at the stream any more.
arrow::Result<std::shared_ptr<arrow::Table>> read_rows(std::shared_ptr<ScannedStream> stream,
                                                       const Preamble& preamble, const ReadOptions& options) {
    auto read = arrow::csv::ReadOptions::Defaults();
    read.column_names = preamble.names;
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::csv::TableReader::Make(
                                                 arrow::io::default_io_context(), stream, read,
                                                 parse_options(preamble.dialect), convert_options(options)));
    return reader->Read();
}

/// Lets go of each of Arrow's columns once it is converted: memory holds one column twice, not all.
Table to_table(std::shared_ptr<arrow::Table> arrow_table, const std::string& name) {
    TableBuilder builder(*arrow_table->schema(), name);
    std::vector<std::shared_ptr<arrow::ChunkedArray>> columns = arrow_table->columns();
    arrow_table.reset();
    for (std::size_t c = 0; c < columns.size(); ++c) {
        builder.append_column(static_cast<int>(c), *columns[c]);
        columns[c].reset();
    }
    return builder.finish();
}

}  // namespace

Table read_csv(Input input, const ReadOptions& options) {
    check_options(options);
    Preamble preamble = read_preamble(input, options);
    CsvScanner scanner(input.name, preamble.dialect, options.header);
    scanner.scan(preamble.skipped);
    if (peek(input, 1).empty())
        throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", input.name));

    const auto stream = std::make_shared<ScannedStream>(input.stream, std::move(scanner));
    auto arrow_table = read_rows(stream, preamble, options);
    stream->throw_scanner_error();
    if (stream->scanner().rows() == 0)
        throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", input.name));

    Table table =
        to_table(value_of(std::move(arrow_table), input.name + ": cannot read the table"), input.name);
    table.set_origins({{input.name, 0, stream->scanner().lines()}});
    table.set_notes(std::move(preamble.notes));
    return table;
}

}  // namespace thalweg
