#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thalweg {

/// CRC-64/XZ (ECMA-182, reflected): finds every error confined to eight neighbouring bytes for certain, and
/// any other with a chance of 1 - 2^-64. Continue over several pieces by passing the last result as `before`.
std::uint64_t checksum(std::string_view bytes, std::uint64_t before = 0);

/// Sixteen lower-case hexadecimal digits.
std::string checksum_text(std::uint64_t value);

}  // namespace thalweg
