#include "engine/bf16_product.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/floating_point.h"
#include "core/random.h"
#include "engine/simd_target.h"

namespace thalweg {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint32_t major) {
    const Random random(11, RandomStream::sample, major);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.normal(i));
    return values;
}

float rounded(float value) {
    return std::bit_cast<float>(rounded_to_bf16(value));
}

/// The slow, obvious version: one chain of fused multiply-adds for each output, of every pair the later
/// first.
std::vector<float> plain_product(const Product& p) {
    std::vector<float> c(p.rows * p.cols);
    for (std::size_t i = 0; i < p.rows; ++i)
        for (std::size_t j = 0; j < p.cols; ++j) {
            float sum = p.bias == nullptr ? 0.0f : p.bias[j];
            for (std::size_t pair = 0; pair < (p.depth + 1) / 2; ++pair)
                for (const std::size_t k : {2 * pair + 1, 2 * pair}) {
                    const bool inside = k < p.depth;
                    const float a = inside ? rounded(p.a[i * p.a_row + k * p.a_col]) : 0.0f;
                    const float b = inside ? rounded(p.b[k * p.b_row + j * p.b_col]) : 0.0f;
                    sum = std::fma(a, b, sum);
                }
            c[i * p.cols + j] = sum;
        }
    return c;
}

struct Layout {
    std::size_t row, col;
};

/// Rows together, columns together, neither.
std::vector<Layout> layouts(std::size_t rows, std::size_t cols) {
    return {{cols, 1}, {1, rows}, {2 * cols + 1, 2}};
}

struct Shape {
    std::size_t rows, depth, cols;
};

class Bf16ProductOver : public testing::TestWithParam<Shape> {
  protected:
    /// On every way of computing that this machine has: by its instructions, and in float32.
    void TearDown() override { use_simd_target(simd_targets().front()); }
};

TEST_P(Bf16ProductOver, EveryLayoutAndTargetGivesTheBitsOfThePlainChain) {
    const FlushSubnormals mode;
    const auto [rows, depth, cols] = GetParam();
    const std::vector<float> a = random_floats(rows * (2 * depth + 1), 1),
                             b = random_floats(depth * (2 * cols + 1), 2), bias = random_floats(cols, 3);
    for (const Layout of_a : layouts(rows, depth))
        for (const Layout of_b : layouts(depth, cols))
            for (const bool packed : {false, true}) {
                Product p{.precision = Precision::bf16, .rows = rows, .depth = depth, .cols = cols};
                p.a = a.data();
                p.a_row = of_a.row;
                p.a_col = of_a.col;
                p.b = b.data();
                p.b_row = of_b.row;
                p.b_col = of_b.col;
                p.c_stride = cols;
                p.bias = packed ? bias.data() : nullptr;
                const std::vector<float> expected = plain_product(p);
                for (const std::string& target : simd_targets()) {
                    use_simd_target(target);
                    std::vector<float> c(rows * cols + 1, 123.0f);
                    p.c = c.data();
                    p.packed_b = nullptr;
                    std::vector<float> of_packed(packed_size(depth, cols, Precision::bf16));
                    if (packed) {
                        for (std::size_t j = 0; j < cols; j += kPackedColumns)
                            pack(p, j, std::min(cols, j + kPackedColumns), of_packed.data());
                        p.packed_b = of_packed.data();
                    }
                    multiply(p);
                    for (std::size_t i = 0; i < rows * cols; ++i)
                        ASSERT_EQ(c[i], expected[i]) << target << ", element " << i << ", packed " << packed;
                    ASSERT_EQ(c.back(), 123.0f) << target << " wrote beyond C";
                }
            }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Bf16ProductOver,
                         testing::Values(Shape{1, 0, 3}, Shape{1, 1, 1}, Shape{1, 2, 17}, Shape{2, 3, 16},
                                         Shape{7, 33, 10}, Shape{13, 64, 64}, Shape{12, 31, 65},
                                         Shape{150, 100, 130}, Shape{3, 2051, 70}, Shape{300, 17, 2},
                                         Shape{1, 5000, 1}));

TEST(RoundedToBf16, IsTheNearestTiesToEven) {
    EXPECT_EQ(rounded(1.0f), 1.0f);
    EXPECT_EQ(rounded(1.0f + 0x1p-8f), 1.0f);
    EXPECT_EQ(rounded(1.0f + 0x1.8p-8f), 1.0f + 0x1p-7f);
    EXPECT_EQ(rounded(1.0f + 0x1p-7f + 0x1p-8f), 1.0f + 0x1p-6f);
    EXPECT_EQ(rounded(-3.0f), -3.0f);
    EXPECT_EQ(rounded(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
    EXPECT_EQ(rounded(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
}

TEST(RoundedToBf16, FlushesSubnormalNumbersAndKeepsTheSign) {
    EXPECT_EQ(rounded_to_bf16(1e-39f), 0u);
    EXPECT_EQ(rounded_to_bf16(-1e-39f), 0x80000000u);
}

TEST(RoundedToBf16, IsNoNumberWhereTheFloatIsNone) {
    EXPECT_TRUE(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
    EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(0x7F800001u))));
}

}  // namespace
}  // namespace thalweg
