#include <arrow/csv/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "files/arrow_error.h"
#include "files/csv_types.h"
#include "files/readers.h"
#include "files/scanned_stream.h"
#include "files/table_builder.h"
#include "formats/csv_preamble.h"
#include "formats/csv_scanner.h"

namespace thalweg {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

using Types = std::vector<std::shared_ptr<arrow::DataType>>;

/// A file of text, its header read.
struct OpenCsv {
    Input input;
    CsvPreamble preamble;
    CsvScanner scanner;

    OpenCsv(Input opened, const ReadOptions& options)
        : input(std::move(opened)),
          preamble(read_preamble(look_ahead(input), options)),
          scanner(input.name, preamble.dialect, options.header) {
        scanner.scan(preamble.skipped);
        fail_if_empty(peek(input, 1).empty());
    }

    void fail_if_empty(bool empty) const {
        if (empty) throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", input.name));
    }
};

/// What is to be known of the rows before they are read.
struct Plan {
    Types types;
    std::size_t block_size = kBlock;  ///< no record may be longer
    std::size_t expected_rows = 0;    ///< or 0: unknown
};

/// Looks at the first megabyte. Nothing where that does not tell.
bool guess(OpenCsv& csv, CsvTypes& types, Plan& plan) {
    std::string_view sample = peek(csv.input, kBlock);
    const bool whole_file = sample.size() < kBlock;
    if (!whole_file) sample = sample.substr(0, sample.rfind('\n') + 1);
    // The sample may end inside quotes, or hold a bad line, which the scanner will name.
    if (!types.observe(sample) || types.rows() == 0) return false;
    plan.types = types.types(!whole_file);
    // A little more than expected: what is not used takes no memory, but growing copies everything.
    const std::size_t bytes_of_record = std::max<std::size_t>(1, sample.size() / types.rows());
    if (csv.input.seekable) plan.expected_rows = csv.input.bytes / bytes_of_record * 21 / 20;
    return true;
}

/// Looks at all rows. Throws what the scanner finds.
Plan find_types(OpenCsv& csv, CsvTypes& types) {
    std::string block;
    std::size_t block_begin = csv.scanner.record_begin();
    const auto observe = [&](std::size_t bytes) {
        if (bytes > 0 && !types.observe(std::string_view(block).substr(0, bytes)))
            throw Error(ErrorKind::data, fmt::format("{}: the rows before line {} cannot be read",
                                                     csv.input.name, csv.scanner.line()));
        block.erase(0, bytes);
        block_begin += bytes;
    };
    for (std::string piece = take(csv.input, kBlock); !piece.empty(); piece = take(csv.input, kBlock)) {
        csv.scanner.scan(piece);
        block += piece;
        observe(csv.scanner.record_begin() - block_begin);
    }
    csv.scanner.finish();
    observe(block.size());

    Plan plan;
    plan.types = types.types(false);
    plan.expected_rows = csv.scanner.rows();
    // Arrow takes a record that lies in two blocks, not in three.
    plan.block_size = std::clamp<std::size_t>(2 * csv.scanner.longest_record(), kBlock,
                                              std::numeric_limits<std::int32_t>::max());
    return plan;
}

/// Block by block, so that memory holds little more than the table.
arrow::Status read_rows(std::shared_ptr<arrow::io::InputStream> stream, const CsvPreamble& preamble,
                        const ReadOptions& options, const Plan& plan, TableBuilder& builder) {
    auto convert = arrow_convert_options(options);
    for (std::size_t i = 0; i < plan.types.size(); ++i)
        convert.column_types.emplace(preamble.names[i], plan.types[i]);
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::csv::StreamingReader::Make(
                                                 arrow::io::default_io_context(), std::move(stream),
                                                 arrow_read_options(preamble, plan.block_size),
                                                 arrow_parse_options(preamble), convert));
    while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
        if (!batch) return arrow::Status::OK();
        builder.append(*batch);
    }
}

/// Throws what the scanner finds; what Arrow finds is in the result.
arrow::Result<Table> try_read(OpenCsv csv, const ReadOptions& options, const Plan& plan) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (std::size_t i = 0; i < plan.types.size(); ++i)
        fields.push_back(arrow::field(csv.preamble.names[i], plan.types[i]));
    TableBuilder builder(arrow::Schema(fields), csv.input.name);
    builder.reserve(plan.expected_rows);

    const auto stream = std::make_shared<ScannedStream>(csv.input.stream, csv.scanner);
    const arrow::Status status = read_rows(stream, csv.preamble, options, plan, builder);
    stream->throw_scanner_error();
    ARROW_RETURN_NOT_OK(status);
    csv.fail_if_empty(stream->scanner().rows() == 0);
    Table table = builder.finish();
    table.set_origins({{csv.input.name, 0, stream->scanner().lines()}});
    table.set_notes(std::move(csv.preamble.notes));
    return table;
}

[[noreturn]] void fail_to_read(const Input& input, const arrow::Status& status) {
    const bool damaged = input.codec && status.IsIOError();
    throw_arrow_error(status, input.name + (damaged ? ": the compressed file is damaged or cut"
                                                    : ": cannot read the table"));
}

}  // namespace

Table read_csv(Input input, const ReadOptions& options) {
    const Input again = input;
    OpenCsv csv(std::move(input), options);
    CsvTypes guessed(csv.preamble, options);
    Plan plan;
    if (guess(csv, guessed, plan)) {
        auto table = try_read(std::move(csv), options, plan);
        if (table.ok()) return std::move(table).ValueUnsafe();
        if (!table.status().IsInvalid()) fail_to_read(again, table.status());
        csv = OpenCsv(reopen(again), options);
    }
    // A later row is of another type than the first ones.
    CsvTypes types(csv.preamble, options);
    plan = find_types(csv, types);
    auto table = try_read(OpenCsv(reopen(again), options), options, plan);
    if (!table.ok() && types.give_up_mixed()) {
        plan.types = types.types(false);
        table = try_read(OpenCsv(reopen(again), options), options, plan);
    }
    if (!table.ok()) fail_to_read(again, table.status());
    return std::move(table).ValueUnsafe();
}

}  // namespace thalweg
