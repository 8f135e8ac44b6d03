#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace thalweg {
namespace {

using Words = std::array<std::uint32_t, 4>;

/// The known answers of Random123 1.14 (tests/kat_vectors, philox4x32 of 10 rounds): counter, key, words.
TEST(Random, BlocksAreThoseOfPhilox) {
    struct Known {
        Words counter;
        std::uint64_t key;
        Words words;
    };
    const Known answers[] = {
        {{0, 0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         0xffffffffffffffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         0x299f31d0a4093822,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (const auto& [counter, key, words] : answers) {
        const Random random(key, static_cast<RandomStream>(counter[3]), counter[2]);
        EXPECT_EQ(random.block(std::uint64_t{counter[1]} << 32 | counter[0]), words);
    }
}

}  // namespace
}  // namespace thalweg
