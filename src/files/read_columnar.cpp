#include <arrow/chunked_array.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cstdint>

#include "core/memory.h"
#include "files/arrow_error.h"
#include "files/growing_stream.h"
#include "files/readers.h"
#include "files/table_builder.h"

namespace thalweg {
namespace {

using File = std::shared_ptr<arrow::io::RandomAccessFile>;

std::string damaged(const Input& input, std::string_view kind) {
    return fmt::format("{}: the {} file is damaged or cut", input.name, kind);
}

/// Texts arrive as codes and a dictionary: a fraction of the memory, and how we keep them too.
parquet::ArrowReaderProperties texts_as_dictionaries(const parquet::FileMetaData& metadata) {
    parquet::ArrowReaderProperties properties;
    for (int leaf = 0; leaf < metadata.num_columns(); ++leaf)
        if (metadata.schema()->Column(leaf)->physical_type() == parquet::Type::BYTE_ARRAY)
            properties.set_read_dictionary(leaf, true);
    return properties;
}

/// A few bytes may stand for any number of equal cells, so whether there is room for them is asked first.
void check_room(const arrow::Schema& schema, std::int64_t rows, const std::string& name) {
    constexpr double kLeastOfACell = sizeof(std::uint32_t);  // the code of a text
    const auto columns = std::ranges::count_if(
        schema.fields(), [](const auto& field) { return TableBuilder::is_readable(*field->type()); });
    const double bytes = kLeastOfACell * static_cast<double>(rows) * static_cast<double>(columns);
    if (bytes > available_memory())
        throw_no_memory(fmt::format("{}: a table of {} rows and {} columns", name, rows, columns), bytes);
}

/// A million rows at a time: a file may speak of any number of rows, and Arrow makes room for all that it is
/// asked for.
void append_parquet_column(TableBuilder& builder, parquet::arrow::FileReader& reader, int c,
                           std::int64_t rows, const std::string& where) {
    constexpr std::int64_t kRows = 1 << 20;
    std::unique_ptr<parquet::arrow::ColumnReader> column;
    check(reader.GetColumn(c, &column), where);
    std::int64_t read = 0;
    while (read <= rows) {
        std::shared_ptr<arrow::ChunkedArray> cells;
        check(column->NextBatch(kRows, &cells), where);
        if (!cells || cells->length() == 0) break;
        check(cells->ValidateFull(), where);
        builder.append_column(c, *cells);
        read += cells->length();
    }
    if (read != rows)
        throw Error(ErrorKind::data, fmt::format("{}: it has {} rows and not {}", where, read, rows));
}

/// Column by column, so that memory holds little of what is Arrow's at a time.
Table read_parquet(const Input& input, const File& file) {
    const std::string what = damaged(input, "Parquet");
    parquet::arrow::FileReaderBuilder opener;
    check(opener.Open(file), what);
    opener.properties(texts_as_dictionaries(*opener.raw_reader()->metadata()));
    std::unique_ptr<parquet::arrow::FileReader> reader;
    check(opener.Build(&reader), what);
    std::shared_ptr<arrow::Schema> schema;
    check(reader->GetSchema(&schema), what);

    TableBuilder builder(*schema, input.name);
    const std::int64_t rows = reader->parquet_reader()->metadata()->num_rows();
    check_room(*schema, rows, input.name);
    for (int c = 0; c < schema->num_fields(); ++c) {
        if (!TableBuilder::is_readable(*schema->field(c)->type())) continue;
        append_parquet_column(builder, *reader, c, rows,
                              fmt::format("{} in column '{}'", what, schema->field(c)->name()));
    }
    return builder.finish();
}

/// Nulls take no room in Arrow's formats: with nothing beside them there may be any number of rows.
void refuse_nulls_alone(const arrow::Schema& schema, const Input& input) {
    bool has_nulls = false, has_values = false;
    for (const auto& field : schema.fields()) {
        const bool is_null = field->type()->id() == arrow::Type::NA;
        has_nulls |= is_null;
        has_values |= !is_null && TableBuilder::is_readable(*field->type());
    }
    if (has_nulls && !has_values)
        throw Error(ErrorKind::data, fmt::format("{}: no column of the table has a value", input.name));
}

/// Offsets and codes inside Arrow's formats are used as they stand, so they are checked first.
void append_checked(TableBuilder& builder, const arrow::RecordBatch& batch, const std::string& what) {
    check(batch.ValidateFull(), what);
    for (int c = 0; c < batch.num_columns(); ++c)
        builder.append(static_cast<std::size_t>(c), *batch.column(c));
}

Table read_arrow_file(const Input& input, const File& file) {
    const std::string what = damaged(input, "Arrow");
    const auto reader = value_of(arrow::ipc::RecordBatchFileReader::Open(file), what);
    refuse_nulls_alone(*reader->schema(), input);
    TableBuilder builder(*reader->schema(), input.name);
    for (int i = 0; i < reader->num_record_batches(); ++i)
        append_checked(builder, *value_of(reader->ReadRecordBatch(i), what), what);
    return builder.finish();
}

Table read_arrow_stream(const Input& input) {
    const std::string what = damaged(input, "Arrow");
    const auto stream = std::make_shared<GrowingStream>(input.stream);
    const auto reader = value_of(arrow::ipc::RecordBatchStreamReader::Open(stream), what);
    refuse_nulls_alone(*reader->schema(), input);
    TableBuilder builder(*reader->schema(), input.name);
    while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        check(reader->ReadNext(&batch), what);
        if (!batch) return builder.finish();
        append_checked(builder, *batch, what);
    }
}

}  // namespace

Table read_columnar(Input input) {
    try {
        if (input.kind == FileKind::arrow_stream) return read_arrow_stream(input);
        const File file = open_random_access(input);
        if (input.kind == FileKind::parquet) return read_parquet(input, file);
        return read_arrow_file(input, file);
    } catch (const parquet::ParquetException& exception) {
        throw Error(ErrorKind::data, fmt::format("{} ({})", damaged(input, "Parquet"), exception.what()));
    }
}

}  // namespace thalweg
