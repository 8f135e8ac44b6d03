#include "files/table_builder.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace thalweg {
namespace {

/// The type of the cells: without Arrow's dictionary or an extension's name around it.
const arrow::DataType& cell_type(const arrow::DataType& type) {
    if (type.id() == arrow::Type::DICTIONARY)
        return cell_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
    if (type.id() == arrow::Type::EXTENSION)
        return cell_type(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    return type;
}

ColumnType column_type(const arrow::DataType& cells) {
    using arrow::Type;
    switch (cells.id()) {
        case Type::BOOL:
        case Type::STRING:
        case Type::LARGE_STRING:
        case Type::STRING_VIEW:
        case Type::BINARY:
        case Type::LARGE_BINARY:
        case Type::BINARY_VIEW:
            return ColumnType::text;
        case Type::DATE32:
        case Type::DATE64:
        case Type::TIMESTAMP:
            return ColumnType::time;
        default:
            return ColumnType::number;
    }
}

bool is_utf8(const Column& column) {
    return std::all_of(column.dictionary.begin(), column.dictionary.end(),
                       [](const std::string& value) { return arrow::util::ValidateUTF8(value); });
}

bool may_be_no_text(const arrow::DataType& type) {
    const arrow::Type::type id = cell_type(type).id();
    return id == arrow::Type::BINARY || id == arrow::Type::LARGE_BINARY || id == arrow::Type::BINARY_VIEW;
}

}  // namespace

TableBuilder::TableBuilder(const arrow::Schema& schema, std::string name)
    : name_(std::move(name)), fields_(schema.fields()) {
    arrow::util::InitializeUTF8();
    for (const auto& field : fields_)
        builders_.emplace_back(field->name(), column_type(cell_type(*field->type())));
}

bool TableBuilder::is_readable(const arrow::DataType& type) {
    using arrow::Type;
    const arrow::DataType& cells = cell_type(type);
    switch (cells.id()) {
        case Type::NA:
        case Type::INT8:
        case Type::INT16:
        case Type::INT32:
        case Type::INT64:
        case Type::UINT8:
        case Type::UINT16:
        case Type::UINT32:
        case Type::UINT64:
        case Type::HALF_FLOAT:
        case Type::FLOAT:
        case Type::DOUBLE:
        case Type::DECIMAL128:
        case Type::DECIMAL256:
        case Type::TIME32:
        case Type::TIME64:
        case Type::DURATION:
            return true;
        default:
            return column_type(cells) != ColumnType::number;
    }
}

void TableBuilder::reserve(std::size_t rows) {
    for (ColumnBuilder& builder : builders_) builder.reserve(rows);
}

void TableBuilder::append_column(int c, const arrow::ChunkedArray& column) {
    const auto index = static_cast<std::size_t>(c);
    if (!is_readable(*fields_[index]->type())) return;
    builders_[index].reserve(static_cast<std::size_t>(column.length()));
    for (const auto& chunk : column.chunks()) builders_[index].append(*chunk);
}

void TableBuilder::append(std::size_t c, const arrow::Array& cells) {
    if (is_readable(*fields_[c]->type())) builders_[c].append(cells);
}

Table TableBuilder::finish() {
    std::vector<Column> columns;
    for (std::size_t c = 0; c < fields_.size(); ++c) {
        const arrow::Field& field = *fields_[c];
        Column column = builders_[c].finish();
        const bool readable = is_readable(*field.type()) && is_utf8(column);
        if (readable) columns.push_back(std::move(column));
        // Old writers of Parquet store texts as bytes without a type, so bytes may or may not be text.
        else if (is_readable(*field.type()) && !may_be_no_text(*field.type()))
            throw Error(ErrorKind::data,
                        fmt::format("{}: column '{}' holds text that is not UTF-8", name_, field.name()));
        else
            leave_out(field);
    }
    if (columns.empty())
        throw Error(ErrorKind::data, notes_.empty() ? fmt::format("{}: the table has no columns", name_)
                                                    : fmt::format("{}; no column is left", notes_.front()));
    Table table(std::move(columns), name_);
    if (table.rows() == 0) throw Error(ErrorKind::data, fmt::format("{}: the table has no rows", name_));
    table.set_notes(std::move(notes_));
    return table;
}

void TableBuilder::leave_out(const arrow::Field& field) {
    notes_.push_back(fmt::format("{}: column '{}' is left out: its type {} is neither number, text nor time",
                                 name_, field.name(), cell_type(*field.type()).ToString()));
}

}  // namespace thalweg
