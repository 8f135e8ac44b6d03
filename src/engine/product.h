#pragma once

#include <cstddef>
#include <string>

#include "thalweg/activation.hpp"
#include "thalweg/precision.hpp"

namespace thalweg {

/// C = g(bias + A B), on the calling thread. Element (i, k) of A stands at a[i * a_row + k * a_col],
/// likewise B: so any operand may be read transposed. Each element of C is one chain of fused multiply-adds
/// over k = 0, 1, ..., which starts at the bias: neither blocking nor vector width changes a bit, and threads
/// may share rows or columns of C as they like. (For bf16, see bf16_product.h: it is one chain too.)
struct Product {
    Precision precision = Precision::float32;
    std::size_t rows = 0;   ///< of A and C
    std::size_t depth = 0;  ///< columns of A, rows of B
    std::size_t cols = 0;   ///< of B and C
    const float* a = nullptr;
    std::size_t a_row = 0;
    std::size_t a_col = 0;
    const float* b = nullptr;
    std::size_t b_row = 0;
    std::size_t b_col = 0;
    const float* packed_b = nullptr;  ///< what `pack` made of B, read in its place
    float* c = nullptr;               ///< row-major
    std::size_t c_stride = 0;
    const float* bias = nullptr;                 ///< cols values, or nullptr for zero
    Activation activation = Activation::linear;  ///< g
    /// What multiply_by_derivative (elementwise.h) takes, as C is laid out: then C = A B . g'(kept).
    const float* kept = nullptr;
};

void multiply(const Product& product);

/// Packing may be shared by columns, in steps of this many.
constexpr std::size_t kPackedColumns = 64;

/// How many floats `pack` needs for a B of this size.
std::size_t packed_size(std::size_t depth, std::size_t cols, Precision precision = Precision::float32);

/// Lays columns first_col .. last_col of the product's B out in the order in which `multiply` reads them:
/// worth it where one B meets many rows, or meets them several times. first_col: a multiple of
/// kPackedColumns.
void pack(const Product& product, std::size_t first_col, std::size_t last_col, float* packed);

/// The SIMD instructions that `multiply` runs with here.
std::string product_target();

}  // namespace thalweg
