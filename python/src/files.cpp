#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "arrays.h"
#include "arrow_stream.h"
#include "core/file.h"
#include "formats/csv_preamble.h"
#include "formats/csv_scanner.h"
#include "formats/csv_text.h"
#include "formats/idx.h"
#include "formats/several_files.h"
#include "thalweg/error.hpp"
#include "thalweg/table.hpp"

// The files of the command in the wheel: what src/files/ does with Arrow's libraries is done with pyarrow
// here, in thalweg/_files.py, which hands over Arrow streams. All else is the same code.

namespace nb = nanobind;

namespace thalweg {
namespace {

/// What Python says went wrong, as an error of ours.
[[noreturn]] void throw_as_ours(const nb::python_error& failure, const std::string& name) {
    if (failure.matches(PyExc_MemoryError))
        throw Error(ErrorKind::io, fmt::format("not enough memory for the table '{}'", name));
    const bool of_system = failure.matches(PyExc_OSError) || failure.matches(PyExc_ImportError);
    throw Error(of_system ? ErrorKind::io : ErrorKind::data, nb::str(failure.value()).c_str());
}

/// A function of thalweg/_files.py. Without pyarrow it says what to install.
template <class... Arguments>
nb::object in_python(const std::string& name, const char* function, const Arguments&... arguments) {
    try {
        return nb::module_::import_("thalweg._files").attr(function)(arguments...);
    } catch (const nb::python_error& failure) {
        throw_as_ours(failure, name);
    }
}

/// The bytes of a file, which one of Python's buffers holds.
class Content {
  public:
    explicit Content(nb::object buffer) : buffer_(std::move(buffer)) {
        if (PyObject_GetBuffer(buffer_.ptr(), &view_, PyBUF_SIMPLE) != 0) throw nb::python_error();
    }
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    ~Content() { PyBuffer_Release(&view_); }

    const nb::object& buffer() const { return buffer_; }
    std::string_view bytes() const {
        return {static_cast<const char*>(view_.buf), static_cast<std::size_t>(view_.len)};
    }

  private:
    nb::object buffer_;
    Py_buffer view_{};
};

const char* codec_name(Packing packing) {
    return packing == Packing::gzip ? "gzip" : "zstd";
}

/// The whole content of a path or of standard input, unpacked.
nb::object content_of(const std::string& path) {
    const std::string name = name_of_path(path);
    if (path != "-") check_readable(path, "table");
    nb::object packed = in_python(name, "read_bytes", path);
    Packing packing = Packing::none;
    {
        const Content content(packed);
        packing = packing_of(content.bytes().substr(0, kMagicBytes));
    }
    if (packing == Packing::none) return packed;
    return in_python(name, "unpack", packed, codec_name(packing), name);
}

/// The columns of one of Arrow's streams, with a copy of what they would borrow.
std::vector<Column> columns_of(const nb::object& stream) {
    python::ArrowColumns read = python::read_arrow_stream(nb::cast<nb::capsule>(stream));
    for (Column& column : read.columns) {
        if (column.borrowed.first == nullptr) continue;
        column.values.resize(column.rows());
        for (std::size_t row = 0; row < column.values.size(); ++row)
            column.values[row] = column.borrowed[row];
        column.borrowed = {};
    }
    return std::move(read.columns);
}

LookAhead look_ahead(std::string_view& rest, const std::string& name) {
    const auto at_most = [&rest](std::int64_t bytes) {
        return std::min(static_cast<std::size_t>(bytes), rest.size());
    };
    return {name, [&rest, at_most](std::int64_t bytes) { return rest.substr(0, at_most(bytes)); },
            [&rest, at_most](std::int64_t bytes) { rest.remove_prefix(at_most(bytes)); }};
}

Table read_text(const Content& content, const std::string& name, const ReadOptions& options) {
    std::string_view rest = content.bytes();
    CsvPreamble preamble = read_preamble(look_ahead(rest, name), options);
    CsvScanner scanner(name, preamble.dialect, options.header);
    scanner.scan(preamble.skipped);
    scanner.scan(rest);
    scanner.finish();
    if (scanner.rows() == 0) throw Error(ErrorKind::data, fmt::format("{}: no rows, only a header", name));

    const auto text_of = [](char c) { return c == '\0' ? std::string() : std::string(1, c); };
    const nb::object stream = in_python(
        name, "text_stream", content.buffer(), content.bytes().size() - rest.size(), preamble.names,
        text_of(preamble.dialect.delimiter), text_of(preamble.dialect.quote), scanner.longest_record(),
        text_of(options.decimal_point), options.missing, options.text_columns, name);
    Table table(columns_of(stream), name);
    table.set_origins({{name, 0, scanner.lines()}});
    table.set_notes(std::move(preamble.notes));
    return table;
}

Table read_columnar(const Content& content, const std::string& name, FileKind kind) {
    const char* reader = kind == FileKind::parquet      ? "parquet_stream"
                         : kind == FileKind::arrow_file ? "arrow_file_stream"
                                                        : "arrow_stream";
    const auto [stream, notes] = nb::cast<std::tuple<nb::object, std::vector<std::string>>>(
        in_python(name, reader, content.buffer(), name));
    Table table(columns_of(stream), name);
    table.set_notes(notes);
    return table;
}

FilePart read_part(const std::string& path, const ReadOptions& options) {
    const std::string name = name_of_path(path);
    const Content content(content_of(path));
    const FileKind kind = file_kind(content.bytes().substr(0, kMagicBytes), name);
    std::error_code unknown;
    FilePart part{path, kind, path != "-" && std::filesystem::is_regular_file(path, unknown), {}};
    if (kind == FileKind::text)
        part.table = read_text(content, name, options);
    else if (kind == FileKind::idx)
        part.table = read_idx(content.bytes(), name);
    else
        part.table = read_columnar(content, name, kind);
    return part;
}

std::vector<double> read_labels(const std::string& path) {
    const Content content(content_of(path));
    return read_idx_labels(content.bytes(), name_of_path(path));
}

nb::ndarray<nb::numpy, double> numbers_of(const Column& column) {
    Matrix<double> values(1, column.rows());
    for (std::size_t row = 0; row < column.rows(); ++row) values.row(0)[row] = column.value(row);
    return python::into_array(std::move(values));
}

nb::list described(const Table& table) {
    nb::list columns;
    for (const Column& column : table.columns()) {
        if (column.type != ColumnType::text) {
            columns.append(
                nb::make_tuple(column.name, std::string(name_of(column.type)), numbers_of(column)));
            continue;
        }
        std::vector<std::int64_t> codes;
        for (const std::uint32_t code : column.codes)
            codes.push_back(code == Column::kMissingCode ? -1 : static_cast<std::int64_t>(code));
        columns.append(nb::make_tuple(column.name, std::string("text"), codes, column.dictionary));
    }
    return columns;
}

void write_with_pyarrow(const Table& table, const TableForm& form, const std::string& name,
                        OutputFile& file) {
    const nb::object write = nb::cpp_function([&file](const nb::bytes& bytes) {
        file.write({bytes.c_str(), bytes.size()});
    });
    if (form.kind == FileKind::text) {
        const nb::object packed = in_python(name, "packed", write, codec_name(form.packing));
        try {
            write_csv_text(table, form.delimiter, [&](std::string_view piece) {
                packed.attr("write")(nb::bytes(piece.data(), piece.size()));
            });
            packed.attr("close")();
        } catch (const nb::python_error& failure) {
            throw_as_ours(failure, name);
        }
    } else {
        in_python(name, form.kind == FileKind::parquet ? "write_parquet" : "write_arrow", write,
                  described(table));
    }
}

void write_to(OutputFile& file, const std::string& name, const Table& table) {
    const TableForm form = form_of(name);
    if (form.kind == FileKind::text && form.packing == Packing::none) {
        write_csv_text(table, form.delimiter, [&](std::string_view piece) { file.write(piece); });
        return;
    }
    const nb::gil_scoped_acquire held;
    write_with_pyarrow(table, form, name, file);
}

}  // namespace

Table read_table(const std::vector<std::string>& paths, const ReadOptions& options) {
    const nb::gil_scoped_acquire held;
    return read_files(paths, options, {read_part, read_labels});
}

void write_table(const Table& table, const std::filesystem::path& path) {
    write_file_or_output(path,
                         [&](OutputFile& file, const std::string& name) { write_to(file, name, table); });
}

}  // namespace thalweg
