#include "frame.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <limits>

#include "arrow_stream.h"
#include "object_column.h"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

/// The numbers of one column of `array`, whose first axis is the rows.
BorrowedNumbers borrow(const Frame::Array& array, std::size_t column) {
    const bool single = array.dtype() == nb::dtype<float>();
    if (!single && array.dtype() != nb::dtype<double>())
        throw Error(ErrorKind::data, "arrays of numbers must be float32 or float64 here");
    const std::size_t size = single ? sizeof(float) : sizeof(double);
    const auto along = [&](std::size_t axis) {
        return static_cast<std::ptrdiff_t>(array.stride(axis)) * static_cast<std::ptrdiff_t>(size);
    };
    const std::ptrdiff_t offset = array.ndim() == 2 ? along(1) * static_cast<std::ptrdiff_t>(column) : 0;
    return {static_cast<const char*>(array.data()) + offset, array.shape(0), along(0), single};
}

Column borrowed_column(std::string name, ColumnType type, const BorrowedNumbers& numbers) {
    Column column;
    column.name = std::move(name);
    column.type = type;
    column.borrowed = numbers;
    // An empty array may have no address, which would say that nothing is borrowed.
    if (numbers.rows == 0) column.borrowed = {};
    return column;
}

}  // namespace

void Frame::add_matrix(const std::vector<std::string>& names, Array matrix) {
    if (matrix.ndim() != 2 || matrix.shape(1) != names.size())
        throw Error(ErrorKind::data,
                    fmt::format("{} names do not fit the columns of the matrix", names.size()));
    for (std::size_t j = 0; j < names.size(); ++j)
        columns_.push_back(borrowed_column(names[j], ColumnType::number, borrow(matrix, j)));
    arrays_.push_back(matrix);
}

void Frame::add_numbers(std::string name, Array values, bool times) {
    if (values.ndim() != 1) throw Error(ErrorKind::data, fmt::format("column '{}' is no vector", name));
    columns_.push_back(
        borrowed_column(std::move(name), times ? ColumnType::time : ColumnType::number, borrow(values, 0)));
    arrays_.push_back(values);
}

void Frame::add_codes(std::string name, nb::ndarray<const std::int64_t, nb::ndim<1>> codes,
                      std::vector<std::string> dictionary) {
    Column column;
    column.name = std::move(name);
    column.type = ColumnType::text;
    column.dictionary = std::move(dictionary);
    column.codes.reserve(codes.shape(0));
    const auto view = codes.view();
    for (std::size_t row = 0; row < codes.shape(0); ++row) {
        const std::int64_t code = view(row);
        if (code >= static_cast<std::int64_t>(column.dictionary.size()))
            throw Error(ErrorKind::data, fmt::format("column '{}': code {} in row {} is beyond its {} values",
                                                     column.name, code, row, column.dictionary.size()));
        column.codes.push_back(code < 0 ? Column::kMissingCode : static_cast<std::uint32_t>(code));
    }
    columns_.push_back(std::move(column));
}

void Frame::add_objects(std::string name, nb::iterable objects) {
    columns_.push_back(column_of_objects(std::move(name), objects));
}

void Frame::add_stream(const nb::capsule& stream) {
    ArrowColumns read = read_arrow_stream(stream);
    std::move(read.columns.begin(), read.columns.end(), std::back_inserter(columns_));
    batches_.insert(batches_.end(), read.owners.begin(), read.owners.end());
    notes_.insert(notes_.end(), read.notes.begin(), read.notes.end());
}

std::vector<std::string> Frame::names() const {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.name);
    return names;
}

Table Frame::take(const std::string& source) {
    Table table(std::exchange(columns_, {}), source);
    if (table.rows() >= std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorKind::data, fmt::format("{}: more rows than 32 bits count", source));
    return table;
}

void bind_frame(nb::module_& module) {
    nb::class_<Frame>(module, "Frame", "Columns on their way to a model.")
        .def(nb::init<>())
        .def("add_matrix", &Frame::add_matrix, nb::arg("names"), nb::arg("matrix"))
        .def("add_numbers", &Frame::add_numbers, nb::arg("name"), nb::arg("values"), nb::arg("times") = false)
        .def("add_codes", &Frame::add_codes, nb::arg("name"), nb::arg("codes"), nb::arg("dictionary"))
        .def("add_objects", &Frame::add_objects, nb::arg("name"), nb::arg("objects"))
        .def("add_stream", &Frame::add_stream, nb::arg("stream"))
        .def_prop_ro("names", &Frame::names)
        .def_prop_ro("notes", &Frame::notes);
}

}  // namespace thalweg::python
