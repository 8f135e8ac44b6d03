#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/choice.hpp"
#include "thalweg/error.hpp"

namespace thalweg {

enum class ColumnType {
    number,  ///< values; whole numbers and decimals alike
    text,    ///< codes into a dictionary; booleans too ("true", "false", or as the file spells them)
    time,    ///< values: seconds since 1970-01-01 UTC
};

template <>
struct ChoiceTable<ColumnType> {
    static constexpr std::string_view noun = "type of column";
    static constexpr std::pair<ColumnType, std::string_view> entries[] = {
        {ColumnType::number, "number"},
        {ColumnType::text, "text"},
        {ColumnType::time, "time"},
    };
};

/// Numbers that somebody else owns and keeps while they are looked at: a column of an array in memory.
struct BorrowedNumbers {
    const void* first = nullptr;  ///< float or double, aligned; nullptr: there are none
    std::size_t rows = 0;
    std::ptrdiff_t stride = 0;  ///< bytes from one to the next
    bool single = false;        ///< float, else double

    double operator[](std::size_t row) const {
        const char* cell = static_cast<const char*>(first) + static_cast<std::ptrdiff_t>(row) * stride;
        if (single) return static_cast<double>(*reinterpret_cast<const float*>(cell));
        return *reinterpret_cast<const double*>(cell);
    }
};

/// One column of a table, compact: numbers as double, text as codes.
struct Column {
    static constexpr std::uint32_t kMissingCode = std::numeric_limits<std::uint32_t>::max();

    std::string name;
    ColumnType type = ColumnType::number;
    std::vector<double> values;           ///< number, time: one a row; NaN is missing
    BorrowedNumbers borrowed;             ///< number, time: instead of values, where they need no copy
    std::vector<std::uint32_t> codes;     ///< text: one a row, an index into dictionary, or kMissingCode
    std::vector<std::string> dictionary;  ///< text: distinct values in order of first appearance

    std::size_t rows() const {
        if (type == ColumnType::text) return codes.size();
        return borrowed.first != nullptr ? borrowed.rows : values.size();
    }
    /// number, time: the value of a row.
    double value(std::size_t row) const { return borrowed.first != nullptr ? borrowed[row] : values[row]; }
    bool is_missing(std::size_t row) const;
    /// The cell as text: numbers in their shortest form ("3", "0.25"), times as ISO 8601; "" where missing.
    std::string text(std::size_t row) const;
};

/// A table in memory: named columns of equal length. Readers fill it; Arrow stays behind them.
class Table {
  public:
    Table() = default;
    /// Throws Error{data}: columns of different lengths, a name that occurs twice.
    explicit Table(std::vector<Column> columns, std::string source = "the table");

    std::size_t rows() const { return rows_; }
    const std::vector<Column>& columns() const { return columns_; }
    /// nullptr if there is none of this name.
    const Column* find(std::string_view name) const;
    /// Throws Error{data} that names the table and offers the nearest names.
    const Column& column(std::string_view name) const;
    std::vector<std::string> names() const;

    /// What the user called it: a path, "standard input", or "the table".
    const std::string& source() const { return source_; }
    /// Where a row stands, for messages: "houses.csv: line 57", "houses.parquet: row 57".
    std::string locate(std::size_t row) const;

    /// From `row` of a file on, each row stands one line below the one before, beginning at `line`. Blank
    /// lines and line breaks inside quotes start a new run.
    struct LineRun {
        std::size_t row = 0;
        std::size_t line = 1;
    };
    /// One file of which the table was read, for `locate`.
    struct Origin {
        std::string path;
        std::size_t first_row = 0;   ///< of the table
        std::vector<LineRun> lines;  ///< a file of text: by ascending row; else empty
    };
    void set_origins(std::vector<Origin> origins) { origins_ = std::move(origins); }
    const std::vector<Origin>& origins() const { return origins_; }

    /// What a reader wants a person to know, a sentence each: columns it left out, a header like data.
    const std::vector<std::string>& notes() const { return notes_; }
    void set_notes(std::vector<std::string> notes) { notes_ = std::move(notes); }

    /// Moves the columns out; the table has no columns after it.
    std::vector<Column> take_columns();
    /// Moves the cells of one column out. Throws Error{data} as `column`.
    Column take_column(std::string_view name);

    /// Frees a column's cells once they have been encoded; its name stays.
    void release(std::size_t column);

  private:
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    std::string source_ = "the table";
    std::vector<Origin> origins_;
    std::vector<std::string> notes_;
};

/// How to read files of text. Unset: found out from the file.
struct ReadOptions {
    std::optional<char> delimiter;  ///< else the one of , ; tab | that splits the first lines alike
    char quote = '"';               ///< '\0': nothing is quoted
    char decimal_point = '.';
    bool header = true;  ///< false: columns are called column_1, column_2, ...
    std::vector<std::string> missing = {"",     "NA",   "N/A",  "n/a",  "#N/A", "NaN", "nan",
                                        "-NaN", "-nan", "null", "NULL", "None", "?"};
    std::vector<std::string> text_columns;  ///< never read as numbers (--categorical): "01234" keeps its zero
    std::optional<std::filesystem::path>
        labels;  ///< IDX images: their labels, which become the column `label`
};

/// Reads a table: .csv .tsv (.gz .zst), .parquet, .arrow/.feather, IDX images, or "-" for CSV on standard
/// input. Several paths are rows of one table and must have the same columns. The kind of file is told by its
/// first bytes, not by its name. Throws Error{data} with the file and line, Error{io} if it cannot be opened.
Table read_table(const std::vector<std::string>& paths, const ReadOptions& options = {});

/// Writes a table as the ending of the name says: .parquet, .arrow or .feather (Arrow IPC), .tsv, else CSV;
/// packed where .gz or .zst follows; "-" is CSV on standard output. Missing cells are empty (null). A file
/// appears whole or not at all. Throws Error{io}: no such folder, a full disk.
void write_table(const Table& table, const std::filesystem::path& path);

}  // namespace thalweg
