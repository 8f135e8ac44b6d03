#include "core/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "thalweg/matrix.hpp"

namespace thalweg {
namespace {

std::uintptr_t address_of(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory);
}

/// Whether the kernel was asked for huge pages where `address` lies ("hg" among the flags of its mapping).
bool asks_for_huge_pages(std::uintptr_t address) {
    std::ifstream file("/proc/self/smaps");
    bool is_there = false;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::uintptr_t first = 0, last = 0;
        char dash = 0;
        if (words >> std::hex >> first >> dash >> last && dash == '-')
            is_there = first <= address && address < last;
        if (is_there && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
    }
    return false;
}

TEST(AlignedMemory, StartsOnACacheLineAndALotOfItOnAHugePage) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    for (const std::size_t bytes : {std::size_t{1}, kHugePage, 2 * kHugePage - 1}) {
        void* const memory = allocate_aligned(bytes);
        EXPECT_EQ(address_of(memory) % kAlignment, 0u) << bytes;
        free_aligned(memory, bytes);
    }
    const std::size_t bytes = 2 * kHugePage + 1;
    auto* const memory = static_cast<unsigned char*>(allocate_aligned(bytes));
    std::fill_n(memory, bytes, static_cast<unsigned char>(7));
    EXPECT_EQ(address_of(memory) % kHugePage, 0u);
    EXPECT_EQ(memory[bytes - 1], 7);
    if (std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/enabled")) {
        EXPECT_TRUE(asks_for_huge_pages(address_of(memory)));
    }
    free_aligned(memory, bytes);
}

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
