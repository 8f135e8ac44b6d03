#include <arrow/array.h>
#include <arrow/csv/column_decoder.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/util/future.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/team.h"
#include "files/arrow_error.h"
#include "files/csv_file.h"
#include "files/csv_types.h"
#include "files/readers.h"
#include "files/table_builder.h"

namespace thalweg {
namespace {

using Types = std::vector<std::shared_ptr<arrow::DataType>>;

/// What is to be known of the rows before they are read.
struct Plan {
    Types types;
    std::size_t expected_rows = 0;  ///< or 0: unknown
};

/// Looks at the first megabyte. Nothing where that does not tell.
bool guess(CsvFile& csv, CsvTypes& types, Plan& plan) {
    const auto [sample, whole] = csv.sample();
    // The sample may end inside quotes, or hold a bad line, which the scanner will name.
    if (!types.observe(sample) || types.rows() == 0) return false;
    plan.types = types.types(!whole);
    // A little more than expected: what is not used takes no memory, but growing copies everything.
    const std::size_t bytes_of_record = std::max<std::size_t>(1, sample.size() / types.rows());
    if (csv.input().seekable) plan.expected_rows = csv.input().bytes / bytes_of_record * 21 / 20;
    return true;
}

/// Looks at all rows. Throws what the scanner finds.
Plan find_types(CsvFile& csv, CsvTypes& types) {
    for (std::string_view block = csv.next_block(); !block.empty(); block = csv.next_block())
        if (!types.observe(block))
            throw Error(ErrorKind::data, fmt::format("{}: the rows before line {} cannot be read",
                                                     csv.input().name, csv.scanner().line()));
    return {types.types(false), csv.scanner().rows()};
}

/// The records of the next block, or null at the end.
arrow::Result<CsvRecords> next_records(CsvFile& csv) {
    const std::string_view block = csv.next_block();
    if (block.empty()) return CsvRecords();
    return parse_records(block, csv.preamble());
}

/// Block by block, so that memory holds little more than the table. While the columns of one block are
/// converted, a thread of the team reads the next. Throws what the scanner finds; what Arrow finds is in the
/// result.
arrow::Status read_rows(CsvFile& csv, const ReadOptions& options, const Types& types, TableBuilder& builder) {
    /// Bytes that take some 0.8 ms to convert; to wake a helper takes tens of microseconds.
    constexpr std::uint32_t kWorthATeam = 1 << 16;

    const auto convert = arrow_convert_options(options);
    std::vector<std::shared_ptr<arrow::csv::ColumnDecoder>> decoders(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(decoders[i],
                              arrow::csv::ColumnDecoder::Make(arrow::default_memory_pool(), types[i],
                                                              static_cast<std::int32_t>(i), convert));
    }
    const auto append_column = [&](std::size_t i, const CsvRecords& records) -> arrow::Status {
        const auto decoded = decoders[i]->Decode(records);  // keeps the result that the next line refers to
        ARROW_ASSIGN_OR_RAISE(const auto cells, decoded.result());
        builder.append(i, *cells);
        return arrow::Status::OK();
    };

    Team team(0);
    ARROW_ASSIGN_OR_RAISE(CsvRecords records, next_records(csv));
    while (records) {
        arrow::Result<CsvRecords> next = CsvRecords();
        std::vector<arrow::Status> found(types.size());
        std::atomic<std::size_t> jobs_taken = 0;
        const std::size_t threads =
            records->num_bytes() < kWorthATeam ? 1 : std::min(team.size(), types.size() + 1);
        team.run(threads, [&](std::size_t) {
            for (std::size_t job = jobs_taken++; job <= types.size(); job = jobs_taken++) {
                if (job == 0)
                    next = next_records(csv);
                else
                    found[job - 1] = append_column(job - 1, records);
            }
        });
        for (const arrow::Status& status : found) ARROW_RETURN_NOT_OK(status);
        ARROW_ASSIGN_OR_RAISE(records, std::move(next));
    }
    return arrow::Status::OK();
}

/// Throws what the scanner finds; what Arrow finds is in the result.
arrow::Result<Table> try_read(CsvFile csv, const ReadOptions& options, const Plan& plan) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (std::size_t i = 0; i < plan.types.size(); ++i)
        fields.push_back(arrow::field(csv.preamble().names[i], plan.types[i]));
    TableBuilder builder(arrow::Schema(fields), csv.input().name);
    builder.reserve(plan.expected_rows);
    ARROW_RETURN_NOT_OK(read_rows(csv, options, plan.types, builder));
    Table table = builder.finish();
    table.set_origins({{csv.input().name, 0, csv.scanner().lines()}});
    table.set_notes(csv.preamble().notes);
    return table;
}

}  // namespace

Table read_csv(Input input, const ReadOptions& options) {
    const Input again = input;
    const std::string cannot_read = input.name + ": cannot read the table";
    CsvFile csv(std::move(input), options);
    CsvTypes guessed(csv.preamble(), options);
    Plan plan;
    if (guess(csv, guessed, plan)) {
        auto table = try_read(std::move(csv), options, plan);
        if (table.ok()) return std::move(table).ValueUnsafe();
        if (!table.status().IsInvalid()) throw_arrow_error(table.status(), cannot_read);
        csv = CsvFile(reopen(again), options);
    }
    // A later row is of another type than the first ones.
    CsvTypes types(csv.preamble(), options);
    plan = find_types(csv, types);
    auto table = try_read(CsvFile(reopen(again), options), options, plan);
    if (!table.ok() && types.give_up_mixed()) {
        plan.types = types.types(false);
        table = try_read(CsvFile(reopen(again), options), options, plan);
    }
    return value_of(std::move(table), cannot_read);
}

}  // namespace thalweg
