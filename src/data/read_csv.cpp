#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "data/arrow_error.h"
#include "data/csv_preamble.h"
#include "data/csv_scanner.h"
#include "data/readers.h"
#include "data/scanned_stream.h"
#include "data/table_builder.h"

namespace thalweg {
namespace {

using ArrowTable = arrow::Result<std::shared_ptr<arrow::Table>>;
using ColumnTypes = std::unordered_map<std::string, std::shared_ptr<arrow::DataType>>;

constexpr std::int32_t kBlock = 1 << 20;
/// Where the whole text is kept anyway. A record longer than a block cannot be read.
constexpr std::int32_t kLargeBlock = 1 << 24;

std::shared_ptr<arrow::DataType> text_type() {
    return arrow::dictionary(arrow::int32(), arrow::utf8());
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
    for (const std::string& name : options.text_columns) convert.column_types[name] = text_type();
    return convert;
}

arrow::csv::ReadOptions read_options(const CsvPreamble& preamble, std::int32_t block_size) {
    auto read = arrow::csv::ReadOptions::Defaults();
    read.column_names = preamble.names;
    read.block_size = block_size;
    return read;
}

/// Finds out the types of all columns from all rows. When this returns, no thread of Arrow looks at the
/// stream any more.
ArrowTable read_inferring(std::shared_ptr<arrow::io::InputStream> stream, const CsvPreamble& preamble,
                          const ReadOptions& options, std::int32_t block_size) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::csv::TableReader::Make(
                                                 arrow::io::default_io_context(), std::move(stream),
                                                 read_options(preamble, block_size),
                                                 parse_options(preamble.dialect), convert_options(options)));
    return reader->Read();
}

/// Reads block by block with given types for all columns.
arrow::Status read_typed(std::shared_ptr<arrow::io::InputStream> stream, const CsvPreamble& preamble,
                         const ReadOptions& options, const ColumnTypes& types, TableBuilder& builder) {
    auto convert = convert_options(options);
    convert.column_types = types;
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          arrow::csv::StreamingReader::Make(arrow::io::default_io_context(),
                                                            std::move(stream), read_options(preamble, kBlock),
                                                            parse_options(preamble.dialect), convert));
    while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
        if (!batch) return arrow::Status::OK();
        builder.append(*batch);
    }
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

/// The type to expect of the whole column after a look at its first cells.
std::shared_ptr<arrow::DataType> expected_type(const arrow::DataType& first_cells) {
    switch (first_cells.id()) {
        case arrow::Type::NA:
        case arrow::Type::INT64:
        case arrow::Type::DOUBLE:
            return arrow::float64();
        case arrow::Type::STRING:
        case arrow::Type::DICTIONARY:
            return text_type();
        default:
            return nullptr;
    }
}

struct Guess {
    ColumnTypes types;                ///< of all columns; or none
    std::size_t bytes_of_record = 0;  ///< on average
};

/// Types from the first megabyte of a longer file. Where Arrow finds types out by itself it keeps the whole
/// text until the end, in case the last row is of another type: several times the memory of the table.
Guess guess_types(Input& input, const CsvPreamble& preamble, const ReadOptions& options) {
    constexpr std::int64_t kSample = 1 << 20;
    std::string_view sample = peek(input, kSample);
    const bool whole_file = static_cast<std::int64_t>(sample.size()) < kSample;
    const std::size_t last_line_end = sample.rfind('\n');
    if (whole_file || last_line_end == std::string_view::npos) return {};

    sample = sample.substr(0, last_line_end + 1);
    const auto stream =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::string(sample)));
    const ArrowTable table = read_inferring(stream, preamble, options, kBlock);
    // The sample may end inside quotes, or hold a bad line, which the scanner will name.
    if (!table.ok()) return {};
    Guess guess;
    for (const auto& field : (*table)->schema()->fields()) {
        const auto type = expected_type(*field->type());
        guess.types.emplace(field->name(), type ? type : field->type());
    }
    guess.bytes_of_record =
        sample.size() / static_cast<std::size_t>(std::max<std::int64_t>(1, (*table)->num_rows()));
    return guess;
}

/// A file of text on its way to Arrow, past the scanner.
struct ScannedInput {
    Input input;
    CsvPreamble preamble;
    std::shared_ptr<ScannedStream> stream;

    ScannedInput(Input opened, const ReadOptions& options)
        : input(std::move(opened)), preamble(read_preamble(input, options)) {
        CsvScanner scanner(input.name, preamble.dialect, options.header);
        scanner.scan(preamble.skipped);
        stream = std::make_shared<ScannedStream>(input.stream, std::move(scanner));
        fail_if_no_rows(peek(input, 1).empty());
    }

    void fail_if_no_rows(bool none) const {
        if (none) throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", input.name));
    }
    Table finished(Table table) {
        table.set_origins({{input.name, 0, stream->scanner().lines()}});
        table.set_notes(std::move(preamble.notes));
        return table;
    }
};

/// Nothing where a later row is not of the type that the first ones had.
std::optional<Table> try_typed(ScannedInput& csv, const ReadOptions& options, const Guess& guess) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (const std::string& name : csv.preamble.names)
        fields.push_back(arrow::field(name, guess.types.at(name)));
    TableBuilder builder(arrow::Schema(fields), csv.input.name);
    // A little more than expected: what is not used takes no memory, but growing copies everything.
    if (csv.input.seekable) builder.reserve(csv.input.bytes / guess.bytes_of_record * 21 / 20);
    const arrow::Status status = read_typed(csv.stream, csv.preamble, options, guess.types, builder);
    csv.stream->throw_scanner_error();
    if (!status.ok()) return std::nullopt;
    csv.fail_if_no_rows(csv.stream->scanner().rows() == 0);
    return csv.finished(builder.finish());
}

Table read_whole(ScannedInput& csv, const ReadOptions& options) {
    auto arrow_table = read_inferring(csv.stream, csv.preamble, options, kLargeBlock);
    csv.stream->throw_scanner_error();
    csv.fail_if_no_rows(csv.stream->scanner().rows() == 0);
    const bool damaged = csv.input.codec && arrow_table.status().IsIOError();
    const std::string what =
        csv.input.name + (damaged ? ": the compressed file is damaged or cut" : ": cannot read the table");
    return csv.finished(to_table(value_of(std::move(arrow_table), what), csv.input.name));
}

}  // namespace

Table read_csv(const std::string& path, Input input, const ReadOptions& options) {
    ScannedInput csv(std::move(input), options);
    if (csv.input.repeatable) {
        const Guess guess = guess_types(csv.input, csv.preamble, options);
        if (!guess.types.empty()) {
            if (auto table = try_typed(csv, options, guess)) return std::move(*table);
            csv = ScannedInput(open_input(path), options);
        }
    }
    return read_whole(csv, options);
}

}  // namespace thalweg
