#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// A categorical column as the network sees it: `width` one-hot inputs that start at `first_input`.
struct OneHotBlock {
    std::size_t first_input = 0;
    std::size_t width = 0;
};

/// Encoded examples, compact: scaled numbers, and category codes that become one-hot only inside a batch.
struct Dataset {
    /// A code that lights none of its block's inputs.
    static constexpr std::uint32_t kNoInput = 0xFFFFFFFF;

    std::size_t rows = 0;
    std::size_t inputs = 0;  ///< n_0: dense.cols() + the widths of all blocks; dense inputs come first
    Matrix<float> dense;     ///< rows x numbers
    std::vector<OneHotBlock> blocks;
    Matrix<std::uint32_t> codes;         ///< rows x blocks; below the block's width, or kNoInput
    Matrix<float> values;                ///< rows x k, real or 0/1 targets (scaled); else empty
    std::vector<std::uint32_t> classes;  ///< rows; else empty
    std::vector<float> weights;          ///< rows; or empty: all 1

    /// Copies the inputs of `indices` into `batch` (indices.size() x inputs).
    void gather_inputs(std::span<const std::uint32_t> indices, MatrixView<float> batch) const;
    /// The examples `indices`, in that order.
    Dataset select(std::span<const std::uint32_t> indices) const;
};

}  // namespace thalweg
