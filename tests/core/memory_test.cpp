#include "core/memory.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "support/expect_error.h"

namespace thalweg {
namespace {

TEST(Memory, ThatCannotBeHadIsAnErrorThatSaysHowMuch) {
    test::expect_error(ErrorKind::io, "a large thing needs 1.5 GiB of memory, which could not be had", [] {
        with_memory("a large thing", 1.5 * 0x1.0p30, []() -> int { throw std::bad_alloc(); });
    });
    test::expect_error(ErrorKind::io, "a larger thing needs", [] {
        const std::size_t too_long = std::numeric_limits<std::size_t>::max() / 4;
        with_memory("a larger thing", 1e18, [&] { return std::vector<double>(too_long); });
    });
    EXPECT_EQ(with_memory("a small thing", 8, [] { return 7; }), 7);
}

TEST(Memory, IsWrittenInTheLargestUnitThatItFills) {
    EXPECT_EQ(memory_text(0), "0 bytes");
    EXPECT_EQ(memory_text(1023), "1023 bytes");
    EXPECT_EQ(memory_text(1024), "1 KiB");
    EXPECT_EQ(memory_text(0x1.8p40), "1.5 TiB");
}

TEST(CheckedArithmetic, IsNothingWhereItOverflows) {
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    EXPECT_EQ(checked_product(3, 4), 12u);
    EXPECT_EQ(checked_product(most, 2), std::nullopt);
    EXPECT_EQ(checked_sum(3, 4), 7u);
    EXPECT_EQ(checked_sum(most, 1), std::nullopt);
}

TEST(Memory, WhatCanBeHadIsMoreThanNothingAndLessThanAnyMachineHas) {
    EXPECT_GT(available_memory(), 0x1p20);
    EXPECT_LT(available_memory(), 0x1p50);
}

}  // namespace
}  // namespace thalweg
