#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "data/column_encoder.h"
#include "data/numbers.h"
#include "thalweg/cell.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Turns single rows into a network's inputs, to the bits of Preprocessor::transform. Read-only once made, so
/// any number of threads may encode at once; nothing is allocated but for a time that was a category.
class RowEncoder {
  public:
    explicit RowEncoder(const Preprocessor& preprocessor);

    /// The columns that a row has a cell of, in their order.
    const std::vector<std::string>& columns() const { return names_; }
    std::size_t inputs() const { return inputs_; }

    /// row: a cell for each of columns(); inputs: inputs() floats. Throws Error{data}: too few cells or too
    /// many, text in a column of numbers.
    void encode(std::span<const Cell> row, std::span<float> inputs) const;
    void encode(std::span<const double> row, std::span<float> inputs) const;

  private:
    /// Columns of numbers side by side.
    struct NumberPart {
        NumberPlans plans;
        std::size_t first_cell;  ///< of the row
        std::size_t first_input;
    };
    /// A number that may be missing, or a time.
    struct Part {
        ColumnPlan plan;
        std::size_t cell;  ///< of the row
        std::size_t first_input;
    };
    /// A category, or a number with recurring values.
    struct CategoryPart {
        Part part;
        CategoryInputs inputs;
        CategoryBlock block;
    };

    void add_number(const NumberPlan& plan, std::size_t cell, std::size_t input);
    template <class Value>
    void encode_row(std::span<const Value> row, std::span<float> inputs) const;
    void encode_numbers(const NumberPart& part, std::span<const double> row, std::span<float> inputs) const;
    void encode_numbers(const NumberPart& part, std::span<const Cell> row, std::span<float> inputs) const;

    std::vector<std::string> names_;
    std::vector<NumberPart> numbers_;
    std::vector<Part> dense_;
    std::vector<CategoryPart> categories_;
    std::size_t inputs_ = 0;
};

}  // namespace thalweg
