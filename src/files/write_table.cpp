#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/compressed.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <cmath>

#include "core/file.h"
#include "files/arrow_error.h"
#include "files/output_stream.h"
#include "formats/csv_text.h"
#include "thalweg/table.hpp"

namespace thalweg {
namespace {

using Sink = std::shared_ptr<arrow::io::OutputStream>;

arrow::Status write_csv(const Table& table, char delimiter, const Sink& sink) {
    arrow::Status status;
    write_csv_text(table, delimiter, [&](std::string_view piece) {
        if (status.ok()) status = sink->Write(piece.data(), static_cast<std::int64_t>(piece.size()));
    });
    return status;
}

using MaybeArray = arrow::Result<std::shared_ptr<arrow::Array>>;

/// `append(row)` for each cell that is there.
template <class Builder, class Append>
MaybeArray build(const Column& column, Builder& builder, Append append) {
    ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(column.rows())));
    for (std::size_t row = 0; row < column.rows(); ++row)
        ARROW_RETURN_NOT_OK(column.is_missing(row) ? builder.AppendNull() : append(row));
    return builder.Finish();
}

MaybeArray number_array(const Column& column) {
    arrow::DoubleBuilder builder;
    return build(column, builder, [&](std::size_t row) { return builder.Append(column.value(row)); });
}

MaybeArray time_array(const Column& column) {
    // Microseconds are what a double of seconds resolves in this century; some 290,000 years fit.
    constexpr double kLatest = 9.2e12;
    arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                    arrow::default_memory_pool());
    return build(column, builder, [&](std::size_t row) {
        const double seconds = column.value(row);
        if (!(std::fabs(seconds) < kLatest)) return arrow::Status::Invalid("a time out of range");
        return builder.Append(std::llround(seconds * 1e6));
    });
}

MaybeArray text_array(const Column& column) {
    arrow::Int32Builder codes;
    ARROW_ASSIGN_OR_RAISE(const auto indices, build(column, codes, [&](std::size_t row) {
                              return codes.Append(static_cast<std::int32_t>(column.codes[row]));
                          }));
    arrow::StringBuilder values;
    ARROW_RETURN_NOT_OK(values.AppendValues(column.dictionary));
    ARROW_ASSIGN_OR_RAISE(const auto dictionary, values.Finish());
    return arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::utf8()), indices,
                                              dictionary);
}

arrow::Result<std::shared_ptr<arrow::Table>> arrow_table(const Table& table) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (const Column& column : table.columns()) {
        ARROW_ASSIGN_OR_RAISE(auto array, column.type == ColumnType::text   ? text_array(column)
                                          : column.type == ColumnType::time ? time_array(column)
                                                                            : number_array(column));
        fields.push_back(arrow::field(column.name, array->type()));
        arrays.push_back(std::move(array));
    }
    return arrow::Table::Make(arrow::schema(std::move(fields)), arrays,
                              static_cast<std::int64_t>(table.rows()));
}

arrow::Status write_parquet(const Table& table, const Sink& sink) {
    constexpr std::int64_t kRowGroup = 1 << 20;
    ARROW_ASSIGN_OR_RAISE(const auto content, arrow_table(table));
    try {
        return parquet::arrow::WriteTable(*content, arrow::default_memory_pool(), sink, kRowGroup);
    } catch (const parquet::ParquetException& exception) {
        return arrow::Status::IOError(exception.what());
    }
}

arrow::Status write_arrow(const Table& table, const Sink& sink) {
    ARROW_ASSIGN_OR_RAISE(const auto content, arrow_table(table));
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(sink, content->schema()));
    ARROW_RETURN_NOT_OK(writer->WriteTable(*content));
    return writer->Close();
}

arrow::Status write_compressed_csv(const Table& table, char delimiter, arrow::Compression::type compression,
                                   const Sink& sink) {
    ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(compression));
    ARROW_ASSIGN_OR_RAISE(const auto packed, arrow::io::CompressedOutputStream::Make(codec.get(), sink));
    ARROW_RETURN_NOT_OK(write_csv(table, delimiter, packed));
    return packed->Close();
}

/// The form that the ending of a name asks for.
arrow::Status write_as(const std::string& name, const Table& table, const Sink& sink) {
    const TableForm form = form_of(name);
    if (form.kind == FileKind::parquet) return write_parquet(table, sink);
    if (form.kind == FileKind::arrow_file) return write_arrow(table, sink);
    if (form.packing == Packing::gzip)
        return write_compressed_csv(table, form.delimiter, arrow::Compression::GZIP, sink);
    if (form.packing == Packing::zstd)
        return write_compressed_csv(table, form.delimiter, arrow::Compression::ZSTD, sink);
    return write_csv(table, form.delimiter, sink);
}

void write_to(OutputFile& file, const std::string& name, const Table& table) {
    const auto sink = std::make_shared<OutputStream>(file);
    const arrow::Status status = write_as(name, table, sink);
    sink->throw_file_error();
    if (!status.ok())
        throw Error(ErrorKind::io, fmt::format("cannot write '{}': {}", name, detail_of(status)));
}

}  // namespace

void write_table(const Table& table, const std::filesystem::path& path) {
    write_file_or_output(path,
                         [&](OutputFile& file, const std::string& name) { write_to(file, name, table); });
}

}  // namespace thalweg
