#include "model/checksum.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

namespace thalweg {
namespace {

static_assert(std::endian::native == std::endian::little, "eight bytes are read as one number");

constexpr std::uint64_t kPolynomial = 0xC96C5795D7870F42;

using Remainders = std::array<std::uint64_t, 256>;

/// Of a byte that is followed by none, one, ... seven further ones.
constexpr std::array<Remainders, 8> remainders() {
    std::array<Remainders, 8> tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
        tables[0][byte] = remainder;
    }
    for (std::size_t following = 1; following < tables.size(); ++following)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t before = tables[following - 1][byte];
            tables[following][byte] = tables[0][before & 0xFF] ^ (before >> 8);
        }
    return tables;
}

constexpr std::array<Remainders, 8> kRemainders = remainders();

}  // namespace

/// Eight bytes at a time, whose tables are read side by side: five times as fast as one after the other, and
/// a checkpoint of a large network is checksummed while training waits for the cores.
std::uint64_t checksum(std::string_view bytes, std::uint64_t before) {
    std::uint64_t remainder = ~before;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes.data(), 8);
        eight ^= remainder;
        remainder = 0;
        for (std::size_t i = 0; i < 8; ++i) remainder ^= kRemainders[7 - i][(eight >> (8 * i)) & 0xFF];
    }
    for (const char c : bytes)
        remainder = kRemainders[0][(remainder ^ static_cast<unsigned char>(c)) & 0xFF] ^ (remainder >> 8);
    return ~remainder;
}

std::string checksum_text(std::uint64_t value) {
    return fmt::format("{:016x}", value);
}

}  // namespace thalweg
