#include "model/checksum.h"

#include <fmt/format.h>

#include <array>

namespace thalweg {
namespace {

constexpr std::uint64_t kPolynomial = 0xC96C5795D7870F42;

constexpr std::array<std::uint64_t, 256> remainders() {
    std::array<std::uint64_t, 256> table{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
        table[byte] = remainder;
    }
    return table;
}

constexpr std::array<std::uint64_t, 256> kRemainders = remainders();

}  // namespace

std::uint64_t checksum(std::string_view bytes, std::uint64_t before) {
    std::uint64_t remainder = ~before;
    for (const char c : bytes)
        remainder = kRemainders[(remainder ^ static_cast<unsigned char>(c)) & 0xFF] ^ (remainder >> 8);
    return ~remainder;
}

std::string checksum_text(std::uint64_t value) {
    return fmt::format("{:016x}", value);
}

}  // namespace thalweg
