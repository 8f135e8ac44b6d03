#pragma once

#include <cstddef>
#include <string>

#include "engine/team.h"

namespace thalweg {

/// C = bias + A B, in float32. Element (i, k) of A stands at a[i * a_row + k * a_col], likewise B: so any
/// operand may be read transposed. Each element of C is one chain of fused multiply-adds over k = 0, 1, ...,
/// which starts at the bias: neither blocking, nor vector width, nor threads change a bit.
struct Product {
    std::size_t rows = 0;   ///< of A and C
    std::size_t depth = 0;  ///< columns of A, rows of B
    std::size_t cols = 0;   ///< of B and C
    const float* a = nullptr;
    std::size_t a_row = 0;
    std::size_t a_col = 0;
    const float* b = nullptr;
    std::size_t b_row = 0;
    std::size_t b_col = 0;
    float* c = nullptr;  ///< row-major
    std::size_t c_stride = 0;
    const float* bias = nullptr;  ///< cols values, or nullptr for zero
};

/// Shared among the team's threads where it is large enough to pay for the hand-over.
void multiply(const Product& product, Team& team);

/// The SIMD instructions that `multiply` runs with here.
std::string product_target();

}  // namespace thalweg
