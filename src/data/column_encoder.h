#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "data/cells.h"
#include "data/text_lookup.h"
#include "thalweg/dataset.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// A column whose cells become numbers among the dense inputs: a number or a time.
bool is_dense(const ColumnPlan& plan);

/// A column whose cells have codes: a category, or a number with recurring values.
bool has_codes(const ColumnPlan& plan);

/// The cells of a dense column as numbers, times in seconds. Throws Error{data}: text that is neither.
NumberCells dense_cells(const ColumnPlan& plan, const Table& table, std::span<const std::uint32_t> rows);

/// Writes the plan.dense_inputs() inputs of a number, or of a time in seconds; NaN and infinite is missing.
void encode_dense(const ColumnPlan& plan, double value, float* inputs);

/// The inputs of its codes, from `first_input` on.
CategoryBlock block_of(const ColumnPlan& plan, std::size_t first_input);

/// Which code a category has. The plan may go before it.
class CategoryInputs {
  public:
    explicit CategoryInputs(const ColumnPlan& plan);

    /// Of a text that training had, however it is spelt.
    std::optional<std::uint32_t> find(std::string_view text) const { return lookup_.find(text); }
    /// Dataset::kNoInput where the block has none for it.
    std::uint32_t unseen() const { return unseen_; }
    std::uint32_t missing() const { return missing_; }

  private:
    TextLookup lookup_;
    std::uint32_t unseen_ = Dataset::kNoInput;
    std::uint32_t missing_ = Dataset::kNoInput;
};

}  // namespace thalweg
