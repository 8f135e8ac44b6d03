#include "engine/product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace thalweg {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint32_t major) {
    const Random random(7, RandomStream::sample, major);
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.normal(i));
    return values;
}

/// The slow, obvious version: one chain of fused multiply-adds for each output.
std::vector<float> plain_product(const Product& p) {
    std::vector<float> c(p.rows * p.cols);
    for (std::size_t i = 0; i < p.rows; ++i)
        for (std::size_t j = 0; j < p.cols; ++j) {
            float sum = p.bias == nullptr ? 0.0f : p.bias[j];
            for (std::size_t k = 0; k < p.depth; ++k)
                sum = std::fma(p.a[i * p.a_row + k * p.a_col], p.b[k * p.b_row + j * p.b_col], sum);
            c[i * p.cols + j] = sum;
        }
    return c;
}

struct Shape {
    std::size_t rows, depth, cols;
};

class ProductOver : public testing::TestWithParam<Shape> {};

/// In the three operand orders of the theory, W h, W^T grad_a, grad_a h^T; B as it stands and packed.
TEST_P(ProductOver, EveryOrderGivesTheBitsOfThePlainChain) {
    const auto [rows, depth, cols] = GetParam();
    const std::vector<float> a = random_floats(rows * depth, 1), b = random_floats(depth * cols, 2),
                             bias = random_floats(cols, 3);
    for (const bool a_transposed : {false, true})
        for (const bool b_transposed : {false, true})
            for (const bool packed : {false, true}) {
                std::vector<float> c(rows * cols + 1, 123.0f);
                Product p{.rows = rows, .depth = depth, .cols = cols};
                p.a = a.data();
                p.a_row = a_transposed ? 1 : depth;
                p.a_col = a_transposed ? rows : 1;
                p.b = b.data();
                p.b_row = b_transposed ? 1 : cols;
                p.b_col = b_transposed ? depth : 1;
                p.c = c.data();
                p.c_stride = cols;
                p.bias = packed ? bias.data() : nullptr;
                const std::vector<float> expected = plain_product(p);
                std::vector<float> of_b(packed_size(depth, cols));
                if (packed) {
                    for (std::size_t first = 0; first < cols; first += kPackedColumns)
                        pack(p, first, std::min(cols, first + kPackedColumns), of_b.data());
                    p.packed_b = of_b.data();
                    p.b = nullptr;
                }
                multiply(p);
                EXPECT_EQ(c.back(), 123.0f) << "wrote beyond C";
                c.pop_back();
                EXPECT_EQ(c, expected) << "a transposed " << a_transposed << ", b transposed " << b_transposed
                                       << ", packed " << packed;
            }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ProductOver,
                         testing::Values(Shape{1, 1, 1}, Shape{1, 300, 1}, Shape{1, 600, 200}, Shape{5, 3, 7},
                                         Shape{17, 64, 65}, Shape{6, 257, 64}, Shape{64, 513, 33},
                                         Shape{130, 128, 200}, Shape{256, 70, 129}, Shape{1030, 300, 130},
                                         Shape{20, 5, 1100}));

}  // namespace
}  // namespace thalweg
