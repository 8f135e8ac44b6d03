#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/product.h"

namespace thalweg {

/// C = bias + A B, without the product's activation, with the elements of A and B rounded to bfloat16, to
/// nearest, ties to even, and sums in float32. Each element of C is one chain that starts at the bias and
/// takes the products in pairs, the later one first: k = 1, 0, 3, 2, ... That is what the instructions of
/// x86-64 and of the software below do, so they give the same bits.
void multiply_bf16(const Product& product);

/// As packed_size and pack of product.h, for multiply_bf16.
std::size_t packed_size_bf16(std::size_t depth, std::size_t cols);
void pack_bf16(const Product& product, std::size_t first_col, std::size_t last_col, float* packed);

/// Whether the SIMD target in use has instructions for it, which double the speed; else they are computed in
/// float32.
bool bf16_is_native();

/// The bfloat16 nearest to a number, in the upper half of the float32 that it is; below the normal numbers 0.
std::uint32_t rounded_to_bf16(float value);

namespace bf16_native {

/// multiply_bf16 and pack_bf16 for a chip that has the instructions. x86-64 alone has them.
void multiply(const Product& product);
void pack(const Product& product, std::size_t first_col, std::size_t last_col, float* packed);

}  // namespace bf16_native
}  // namespace thalweg
