#pragma once

#include <cstdint>

/// What Philox 4x32-10 is made of (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
/// section 4.3): a round multiplies words 0 and 2 of the counter, and the key takes Weyl steps between
/// rounds.
namespace thalweg::philox {

inline constexpr int kRounds = 10;
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
inline constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
inline constexpr std::uint32_t kWeyl1 = 0xBB67AE85;

}  // namespace thalweg::philox
