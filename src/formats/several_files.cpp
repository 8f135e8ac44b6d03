#include "formats/several_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "data/text_column.h"

namespace thalweg {
namespace {

/// Throws where a file lacks a column of the first, or has one more.
void check_same_columns(const Table& first, const Table& other) {
    for (const Column& column : first.columns())
        if (!other.find(column.name))
            throw Error(ErrorKind::data, fmt::format("{}: no column '{}', which {} has", other.source(),
                                                     column.name, first.source()));
    for (const Column& column : other.columns())
        if (!first.find(column.name))
            throw Error(ErrorKind::data, fmt::format("{}: column '{}' is not in {}", other.source(),
                                                     column.name, first.source()));
}

bool all_missing(const Column& column) {
    for (std::size_t row = 0; row < column.rows(); ++row)
        if (!column.is_missing(row)) return false;
    return true;
}

/// Whether the files' columns of this name can be put together. A column without any value fits all.
bool same_type(const std::vector<FilePart>& parts, const std::string& name, ColumnType& type) {
    bool known = false;
    for (const FilePart& part : parts) {
        const Column& column = part.table.column(name);
        if (all_missing(column)) continue;
        if (known && column.type != type) return false;
        known = true;
        type = column.type;
    }
    return true;
}

[[noreturn]] void fail_types(const std::vector<FilePart>& parts, const std::string& name) {
    std::string found;
    for (const FilePart& part : parts)
        found += fmt::format("{}{} in {}", found.empty() ? "" : ", ", name_of(part.table.column(name).type),
                             part.table.source());
    throw Error(ErrorKind::data, fmt::format("column '{}' is not of one type: {}", name, found));
}

/// Files of text are read again where their types disagree ("12" in one, "12a" in the other): as text, which
/// is what one file of all the rows would give.
void unify_types(std::vector<FilePart>& parts, const ReadOptions& options, const FileReader& reader) {
    ReadOptions as_text = options;
    const std::vector<std::string> names = parts[0].table.names();
    for (const std::string& name : names) {
        ColumnType type = ColumnType::number;
        if (!same_type(parts, name, type)) as_text.text_columns.push_back(name);
    }
    if (as_text.text_columns.size() == options.text_columns.size()) return;

    for (FilePart& part : parts)
        if (part.kind == FileKind::text && part.repeatable) part = reader.part(part.path, as_text);
    for (const std::string& name : as_text.text_columns) {
        ColumnType type = ColumnType::number;
        if (parts[0].table.find(name) && !same_type(parts, name, type)) fail_types(parts, name);
    }
}

/// The values of all columns below one another; those without any value may be of another type.
Column join_numbers(std::vector<Column> pieces, ColumnType type) {
    Column joined;
    joined.type = type;
    for (Column& piece : pieces) {
        if (piece.type == ColumnType::text)
            joined.values.insert(joined.values.end(), piece.rows(), std::numeric_limits<double>::quiet_NaN());
        else
            joined.values.insert(joined.values.end(), piece.values.begin(), piece.values.end());
        piece = {};
    }
    return joined;
}

Column join_texts(std::vector<Column> pieces) {
    TextColumn joined;
    for (Column& piece : pieces) {
        std::vector<std::uint32_t> joined_code;
        for (const std::string& value : piece.dictionary) joined_code.push_back(joined.code_of(value));
        for (std::size_t row = 0; row < piece.rows(); ++row) {
            if (piece.is_missing(row))
                joined.append_missing();
            else
                joined.append_code(joined_code[piece.codes[row]]);
        }
        piece = {};
    }
    return joined.finish("");
}

/// The parts' rows below one another, by the names of the first part.
Table join(std::vector<FilePart> parts) {
    std::vector<Table::Origin> origins;
    std::vector<std::string> notes;
    std::string source;
    std::size_t rows = 0;
    for (const FilePart& part : parts) {
        if (part.table.origins().empty()) origins.push_back({part.table.source(), rows, {}});
        for (const Table::Origin& origin : part.table.origins())
            origins.push_back({origin.path, origin.first_row + rows, origin.lines});
        rows += part.table.rows();
        notes.insert(notes.end(), part.table.notes().begin(), part.table.notes().end());
        source += (source.empty() ? "" : ", ") + part.table.source();
    }
    if (rows >= std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorKind::data, fmt::format("{}: more rows than 32 bits count", source));

    std::vector<Column> columns;
    for (const std::string& name : parts[0].table.names()) {
        ColumnType type = ColumnType::number;
        same_type(parts, name, type);
        std::vector<Column> pieces;
        pieces.reserve(parts.size());
        for (FilePart& part : parts) pieces.push_back(part.table.take_column(name));
        columns.push_back(type == ColumnType::text ? join_texts(std::move(pieces))
                                                   : join_numbers(std::move(pieces), type));
        columns.back().name = name;
    }
    Table table(std::move(columns), source);
    table.set_origins(std::move(origins));
    table.set_notes(std::move(notes));
    return table;
}

/// The labels of images, as the column `label`.
Table with_labels(Table table, const std::string& path, const FileReader& reader) {
    Column label;
    label.name = "label";
    label.values = reader.labels(path);
    if (label.rows() != table.rows())
        throw Error(ErrorKind::data, fmt::format("{} has {} labels, {} has {} images; they must be as many",
                                                 path, label.rows(), table.source(), table.rows()));
    const std::string source = table.source();
    std::vector<Table::Origin> origins = table.origins();
    std::vector<Column> columns = table.take_columns();
    columns.push_back(std::move(label));
    Table labelled(std::move(columns), source);
    labelled.set_origins(std::move(origins));
    return labelled;
}

}  // namespace

Table read_files(const std::vector<std::string>& paths, const ReadOptions& options,
                 const FileReader& reader) {
    if (paths.empty()) throw Error(ErrorKind::usage, "no table was named");
    if (std::count(paths.begin(), paths.end(), "-") > 1)
        throw Error(ErrorKind::usage, "standard input can be read only once");
    std::vector<FilePart> parts;
    for (const std::string& path : paths) {
        parts.push_back(reader.part(path, options));
        check_same_columns(parts[0].table, parts.back().table);
        if (options.labels && parts.back().kind != FileKind::idx)
            throw Error(ErrorKind::usage,
                        fmt::format("labels belong to IDX images; '{}' is a table with columns of its own",
                                    parts.back().table.source()));
    }
    if (parts.size() > 1) unify_types(parts, options, reader);
    Table table = parts.size() == 1 ? std::move(parts[0].table) : join(std::move(parts));
    if (options.labels) return with_labels(std::move(table), options.labels->string(), reader);
    return table;
}

}  // namespace thalweg
