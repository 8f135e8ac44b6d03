#pragma once

#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

namespace thalweg {

/// One cell of a row: a number or a text. NaN, infinite numbers and the empty text are missing. A text is not
/// copied: it must live as long as the cell.
class Cell {
  public:
    /// Missing.
    Cell() : content_(std::numeric_limits<double>::quiet_NaN()) {}
    /// A number; for a column of times the seconds since 1970-01-01 UTC.
    template <class Number>
    requires((std::integral<Number> || std::floating_point<Number>)&&!std::same_as<Number, bool>)
        Cell(Number number)
        : content_(static_cast<double>(number)) {}
    /// The text "true" or "false", as a table has it; a column of numbers takes it as 1 or 0.
    template <std::same_as<bool> Bool>
    Cell(Bool value) : content_(std::string_view(value ? "true" : "false")) {}
    Cell(std::string_view text) : content_(text) {}
    Cell(const std::string& text) : content_(std::string_view(text)) {}
    Cell(const char* text) : content_(std::string_view(text)) {}

    /// nullptr where the other is there.
    const double* number() const { return std::get_if<double>(&content_); }
    const std::string_view* text() const { return std::get_if<std::string_view>(&content_); }

  private:
    std::variant<double, std::string_view> content_;
};

}  // namespace thalweg
