#include "engine/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "core/random.h"
#include "support/every_target.h"

namespace thalweg {
namespace {

constexpr Dropout kDropout{.rate = 0.3, .seed = 0x123456789abcdef0, .step = 77, .first_row = 5};
constexpr std::size_t kLayer = 2, kFirstRow = 3, kRows = 4;

/// By the word of element j of row n of the call, drawn alone.
float expected_factor(std::size_t width, std::size_t n, std::size_t j) {
    const Random random(kDropout.seed, RandomStream::dropout, kDropout.step);
    const std::uint64_t row = kDropout.first_row + kFirstRow + n;
    const std::uint64_t block = (std::uint64_t{kLayer} << 48) + row * ((width + 3) / 4) + j / 4;
    const bool dropped = random.block(block)[j % 4] < kDropout.rate * 0x1.0p32;
    return dropped ? 0.0f : static_cast<float>(1.0 / (1.0 - kDropout.rate));
}

TEST(Dropout, AFactorComesFromTheWordOfItsElementOnEveryTarget) {
    test::for_every_target([](const std::string& target) {
        for (const std::size_t width : {1, 3, 4, 7, 16, 17, 31, 32, 33, 64, 255, 256}) {
            Matrix<float> h(kRows, width), factors(kRows, width);
            for (std::size_t j = 0; j < h.elements().size(); ++j)
                h.elements()[j] = std::sin(static_cast<float>(j + 1));
            const Matrix<float> before = h;
            engine::drop(kDropout, kLayer, kFirstRow, h.view(), factors.view());
            for (std::size_t n = 0; n < kRows; ++n)
                for (std::size_t j = 0; j < width; ++j) {
                    ASSERT_EQ(factors(n, j), expected_factor(width, n, j))
                        << target << ", width " << width << ", row " << n << ", element " << j;
                    ASSERT_EQ(h(n, j), before(n, j) * factors(n, j));
                }
        }
    });
}

}  // namespace
}  // namespace thalweg
