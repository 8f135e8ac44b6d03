#pragma once

#include <cstdint>

namespace thalweg {

/// How something goes with the constrained inputs of a monotone network. Of an input: the outputs never fall
/// (rising) or never rise (falling) as it rises, or do as they like with it (free).
enum class Direction : std::uint8_t { free, rising, falling };

}  // namespace thalweg
