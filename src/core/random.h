#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace thalweg {

/// What a stream of random numbers is drawn for. Streams never overlap.
enum class RandomStream : std::uint32_t {
    initialise = 1,
    shuffle = 2,
    split = 3,
    dropout = 4,
    sample = 5,
    members = 6,          ///< what sets the members of an ensemble apart at the start
    member_shuffle = 7,   ///< the order of the rows for one of them
    start_rows = 8,       ///< rows that the start of training looks at
    network_seed = 9,     ///< the seeds of several networks that are trained for one model
    quantile_noise = 10,  ///< what sets equal values apart before their quantiles are taken
    trials = 11           ///< the hyper-parameters of a trial
};

/// Counter-based random numbers (Philox 4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as
/// 1, 2, 3"). A draw depends on (seed, stream, major, index) alone, never on what was drawn before or by
/// whom, so threads and batches do not change a bit.
class Random {
  public:
    Random(std::uint64_t seed, RandomStream stream, std::uint32_t major = 0)
        : seed_(seed), stream_(stream), major_(major) {}

    /// Four independent 32-bit words for `index`.
    std::array<std::uint32_t, 4> block(std::uint64_t index) const;
    /// Uniform on [0, 1), 53 bits.
    double uniform(std::uint64_t index) const;
    /// Uniform on 0 .. bound-1 without bias worth the name (64-bit multiply-shift); bound above 0.
    std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;
    /// Standard normal (Box-Muller).
    double normal(std::uint64_t index) const;

  private:
    std::uint64_t seed_;
    RandomStream stream_;
    std::uint32_t major_;
};

/// Fisher-Yates. Draws indices 0 .. items.size()-1 of `random`.
void shuffle(std::span<std::uint32_t> items, const Random& random);

}  // namespace thalweg
