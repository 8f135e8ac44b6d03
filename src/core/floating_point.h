#pragma once

#include <cstdint>

namespace thalweg {

/// While it lives, this thread computes as the engine's bits are defined: to nearest, no traps, and
/// subnormal numbers count as zero, both what goes in and what comes out. Subnormals would take a hundred
/// times as long, and what is lost is below 1.2e-38 (float32). The caller's mode, whatever it was, comes back
/// at the end. Nests; takes a few nanoseconds.
class FlushSubnormals {
  public:
    FlushSubnormals();
    ~FlushSubnormals();
    FlushSubnormals(const FlushSubnormals&) = delete;
    FlushSubnormals& operator=(const FlushSubnormals&) = delete;

  private:
    std::uint64_t caller_;  ///< the control register
};

}  // namespace thalweg
