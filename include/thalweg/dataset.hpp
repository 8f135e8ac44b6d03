#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// What a category's inputs are where they are not 1 among zeros: all of them `off`, but the input of the
/// code, which is `on`. One input alone is that of every code.
struct OneHotValues {
    std::vector<float> on;   ///< of each code
    std::vector<float> off;  ///< of each input; empty: 1 among zeros
};

/// A categorical column as the network sees it: an input for each code, one of them set, from `first_input`
/// on, or one input for all codes; or, where the network embeds it, one input that is the code.
struct CategoryBlock {
    std::size_t first_input = 0;
    std::size_t codes = 0;
    bool embedded = false;
    OneHotValues values = {};

    std::size_t width() const { return embedded ? 1 : values.off.empty() ? codes : values.off.size(); }
    /// The block's inputs for a code; `codes` or more: none of them.
    void write(std::uint32_t code, float* inputs) const;
};

/// Encoded examples, compact: scaled numbers, and category codes that become inputs only inside a batch.
struct Dataset {
    /// A code of no category.
    static constexpr std::uint32_t kNoInput = 0xFFFFFFFF;

    std::size_t rows = 0;
    std::size_t inputs = 0;  ///< n_0: dense.cols() + the widths of all blocks; dense inputs come first
    Matrix<float> dense;     ///< rows x numbers
    std::vector<CategoryBlock> blocks;
    Matrix<std::uint32_t> codes;         ///< rows x blocks; below the block's, or kNoInput
    Matrix<float> values;                ///< rows x k, real or 0/1 targets (scaled); else empty
    std::vector<std::uint32_t> classes;  ///< rows; else empty
    std::vector<float> weights;          ///< rows; or empty: all 1

    /// Copies the inputs of `indices` into `batch` (indices.size() x inputs).
    void gather_inputs(std::span<const std::uint32_t> indices, MatrixView<float> batch) const;
    /// The examples `indices`, in that order.
    Dataset select(std::span<const std::uint32_t> indices) const;
};

/// A dataset, or some of its rows in an order of their own, without a copy. Owns neither.
class Examples {
  public:
    /// All rows of `dataset`, in order.
    Examples(const Dataset& dataset) : dataset_(&dataset), size_(dataset.rows) {}
    Examples(const Dataset& dataset, std::span<const std::uint32_t> rows)
        : dataset_(&dataset), rows_(rows), size_(rows.size()) {}

    const Dataset& dataset() const { return *dataset_; }
    std::size_t size() const { return size_; }
    /// Writes the rows of the examples first .. first + rows.size() - 1.
    void copy_rows(std::size_t first, std::span<std::uint32_t> rows) const;
    /// The weights of the examples, summed.
    double total_weight() const;

  private:
    const Dataset* dataset_;
    std::optional<std::span<const std::uint32_t>> rows_;
    std::size_t size_;
};

}  // namespace thalweg
