#include "engine/bf16_product.h"

#include <algorithm>
#include <bit>

#include "engine/simd_target.h"
#include "thalweg/matrix.hpp"

namespace thalweg {
namespace {

/// Pairs are whole: a last k without a partner gets one of zeros.
std::size_t even(std::size_t depth) {
    return depth + depth % 2;
}

/// to[i * even(depth) + k] takes element (i, k) of an operand, rounded, with the ks of a pair swapped: the
/// float32 product then takes them in the order of the pairs.
void round_pairs(const float* from, std::size_t row, std::size_t col, std::size_t rows, std::size_t depth,
                 float* to) {
    for (std::size_t i = 0; i < rows; ++i, to += even(depth)) {
        if (depth % 2 == 1) to[depth - 1] = 0.0f;
        for (std::size_t k = 0; k < depth; ++k)
            to[k ^ 1] = std::bit_cast<float>(rounded_to_bf16(from[i * row + k * col]));
    }
}

float* thread_buffer(std::size_t floats, std::size_t which) {
    static thread_local AlignedVector<float> buffers[2];
    if (buffers[which].size() < floats) buffers[which].resize(floats);
    return buffers[which].data();
}

/// The same product in float32, on rounded copies.
void multiply_in_float32(const Product& p) {
    Product rounded = p;
    rounded.precision = Precision::float32;
    rounded.activation = Activation::linear;
    rounded.depth = even(p.depth);
    float* a = thread_buffer(p.rows * rounded.depth, 0);
    round_pairs(p.a, p.a_row, p.a_col, p.rows, p.depth, a);
    rounded.a = a;
    rounded.a_row = rounded.depth;
    rounded.a_col = 1;
    if (p.packed_b == nullptr) {
        float* b = thread_buffer(p.cols * rounded.depth, 1);
        round_pairs(p.b, p.b_col, p.b_row, p.cols, p.depth, b);
        rounded.b = b;
        rounded.b_row = 1;
        rounded.b_col = rounded.depth;
    }
    multiply(rounded);
}

void pack_in_float32(const Product& p, std::size_t first_col, std::size_t last_col, float* packed) {
    if (first_col >= last_col) return;
    Product rounded = p;
    rounded.precision = Precision::float32;
    rounded.depth = even(p.depth);
    rounded.cols = last_col - first_col;
    float* b = thread_buffer(rounded.cols * rounded.depth, 1);
    round_pairs(p.b + first_col * p.b_col, p.b_col, p.b_row, rounded.cols, p.depth, b);
    rounded.b = b;
    rounded.b_row = 1;
    rounded.b_col = rounded.depth;
    pack(rounded, 0, rounded.cols, packed + first_col * rounded.depth);
}

#if defined(__x86_64__)
constexpr bool kBuiltForNative = true;
bool chip_has_bf16() {
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
}
#else
constexpr bool kBuiltForNative = false;
bool chip_has_bf16() {
    return false;
}
#endif

}  // namespace

std::uint32_t rounded_to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return (bits | 0x00400000u) & 0xFFFF0000u;  // not a number, and quiet
    if (magnitude < 0x00800000u) return bits & 0x80000000u;
    return (bits + 0x7FFFu + ((bits >> 16) & 1u)) & 0xFFFF0000u;
}

bool bf16_is_native() {
    static const bool chip = chip_has_bf16();
    return chip && runs_avx512();
}

void multiply_bf16(const Product& product) {
    if constexpr (kBuiltForNative)
        if (bf16_is_native()) return bf16_native::multiply(product);
    multiply_in_float32(product);
}

std::size_t packed_size_bf16(std::size_t depth, std::size_t cols) {
    return packed_size(even(depth), cols);
}

void pack_bf16(const Product& product, std::size_t first_col, std::size_t last_col, float* packed) {
    if constexpr (kBuiltForNative)
        if (bf16_is_native()) return bf16_native::pack(product, first_col, last_col, packed);
    pack_in_float32(product, first_col, last_col, packed);
}

}  // namespace thalweg
