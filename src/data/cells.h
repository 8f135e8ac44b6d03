#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/table.hpp"

namespace thalweg {

/// The number that a text in a column of numbers is: also 1 and 0 for true and false. Nothing for other
/// words.
std::optional<double> number_of_text(std::string_view text);

/// The seconds since 1970-01-01 UTC that a text in a column of times is, read by `format`, else as ISO 8601.
std::optional<double> seconds_of_text(std::string_view text, std::string_view format);

/// The cells of a column as numbers, whatever it was read as. The column must outlive it.
class NumberCells {
  public:
    /// Cells of a column of numbers or times.
    explicit NumberCells(const Column& column) : column_(&column) {}
    /// Cells of a column of text: each distinct value is read once.
    NumberCells(const Column& column, const std::function<double(const std::string&)>& read);

    /// NaN where missing.
    double at(std::size_t row) const;
    std::vector<double> gather(std::span<const std::uint32_t> rows) const;

  private:
    const Column* column_;
    std::vector<double> of_code_;
};

/// The cells of a column as codes of distinct texts, whatever it was read as. The column must outlive it.
class TextCells {
  public:
    explicit TextCells(const Column& column);

    std::uint32_t code(std::size_t row) const { return text().codes[row]; }
    const std::vector<std::string>& dictionary() const { return text().dictionary; }
    /// How often each value occurs in `rows`.
    std::vector<std::size_t> counts(std::span<const std::uint32_t> rows) const;

  private:
    const Column& text() const { return converted_ ? *converted_ : *column_; }

    const Column* column_;
    std::optional<Column> converted_;
};

/// The numbers of a column that should hold nothing else. Throws Error{data} for the first of `rows` whose
/// text is no number: where it stands and what to do.
NumberCells number_cells(const Table& table, const Column& column, std::span<const std::uint32_t> rows);

/// The seconds of a column of times, read from text by `format`, else as ISO 8601; NaN where it fits neither.
NumberCells time_cells(const Table& table, const Column& column, std::span<const std::uint32_t> rows,
                       const std::string& format);

/// Throws the Error{data} about text in a column of numbers: the first of `rows` that is no number.
[[noreturn]] void refuse_text(const Table& table, const Column& column, std::span<const std::uint32_t> rows);

}  // namespace thalweg
