#include "engine/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "core/random.h"

namespace thalweg {
namespace {

/// Element j of row n is dropped where its word of the block of random words says so, whatever the width, the
/// rows of a call and the SIMD target.
TEST(Dropout, AFactorComesFromTheWordOfItsElement) {
    const Dropout dropout{.rate = 0.3, .seed = 0x123456789abcdef0, .step = 77, .first_row = 5};
    const float kept = static_cast<float>(1.0 / 0.7);
    const std::size_t layer = 2, first_row = 3, rows = 4;
    const Random random(dropout.seed, RandomStream::dropout, dropout.step);
    for (const std::size_t width : {1, 3, 4, 7, 16, 17, 31, 32, 33, 64, 255, 256}) {
        Matrix<float> h(rows, width), factors(rows, width);
        for (std::size_t j = 0; j < h.elements().size(); ++j)
            h.elements()[j] = std::sin(static_cast<float>(j + 1));
        const Matrix<float> before = h;
        engine::drop(dropout, layer, first_row, h.view(), factors.view());
        for (std::size_t n = 0; n < rows; ++n)
            for (std::size_t j = 0; j < width; ++j) {
                const std::uint64_t row = dropout.first_row + first_row + n;
                const std::uint64_t block = (std::uint64_t{layer} << 48) + row * ((width + 3) / 4) + j / 4;
                const float factor = random.block(block)[j % 4] < 0.3 * 0x1.0p32 ? 0.0f : kept;
                ASSERT_EQ(factors(n, j), factor) << "width " << width << ", row " << n << ", element " << j;
                ASSERT_EQ(h(n, j), before(n, j) * factor);
            }
    }
}

/// Each target draws its own: the share of what is dropped is that of the rate.
TEST(Dropout, TheRateIsTheShareOfWhatIsDropped) {
    const Dropout dropout{.rate = 0.15, .seed = 1};
    Matrix<float> h(1000, 100), factors(1000, 100);
    for (float& element : h.elements()) element = 1.0f;
    engine::drop(dropout, 1, 0, h.view(), factors.view());
    double sum = 0.0;
    for (const float element : h.elements()) sum += element;
    // The mean of 100,000 factors has a deviation of sqrt(.15 / .85 / 100000) = .0013.
    EXPECT_NEAR(sum / 100'000, 1.0, 0.006);
}

}  // namespace
}  // namespace thalweg
