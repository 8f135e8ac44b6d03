#include "formats/csv_text.h"

#include <fmt/format.h>

#include <iterator>
#include <vector>

namespace thalweg {
namespace {

std::string quoted(const std::string& text, char delimiter) {
    if (text.find_first_of(std::string("\"\r\n") + delimiter) == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

/// Texts are quoted once for each distinct value, not for each cell.
std::vector<std::string> quoted_dictionary(const Column& column, char delimiter) {
    std::vector<std::string> quoted_values;
    for (const std::string& value : column.dictionary) quoted_values.push_back(quoted(value, delimiter));
    return quoted_values;
}

}  // namespace

TableForm form_of(const std::string& name) {
    if (name.ends_with(".parquet")) return {FileKind::parquet};
    if (name.ends_with(".arrow") || name.ends_with(".feather")) return {FileKind::arrow_file};
    TableForm form;
    form.delimiter = name.find(".tsv") != std::string::npos ? '\t' : ',';
    if (name.ends_with(".gz")) form.packing = Packing::gzip;
    if (name.ends_with(".zst")) form.packing = Packing::zstd;
    return form;
}

void write_csv_text(const Table& table, char delimiter, const std::function<void(std::string_view)>& write) {
    constexpr std::size_t kPiece = 1 << 20;
    const std::vector<Column>& columns = table.columns();
    std::vector<std::vector<std::string>> dictionaries;
    std::string text;
    for (const Column& column : columns) {
        dictionaries.push_back(quoted_dictionary(column, delimiter));
        text += (&column == columns.data() ? "" : std::string(1, delimiter)) + quoted(column.name, delimiter);
    }
    text += '\n';
    for (std::size_t row = 0; row < table.rows(); ++row) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (c > 0) text += delimiter;
            // A line with nothing on it would be no row to most readers.
            if (columns[c].is_missing(row))
                text += columns.size() == 1 ? "\"\"" : "";
            else if (columns[c].type == ColumnType::number)
                fmt::format_to(std::back_inserter(text), "{}", columns[c].value(row));
            else if (columns[c].type == ColumnType::text)
                text += dictionaries[c][columns[c].codes[row]];
            else
                text += columns[c].text(row);
        }
        text += '\n';
        if (text.size() >= kPiece) {
            write(text);
            text.clear();
        }
    }
    write(text);
}

}  // namespace thalweg
