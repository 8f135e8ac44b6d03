#pragma once

#include <cstddef>

namespace thalweg::bench {

/// The machine's limit: fused multiply-adds in float32 on nothing but registers, on several threads at once,
/// with the SIMD target that the engine runs with.
class PeakProbe {
  public:
    /// More threads than the process may use cores add nothing, so they are left out.
    explicit PeakProbe(std::size_t threads);

    /// One measurement: GFLOP/s of all threads together.
    double gflops() const;

  private:
    std::size_t threads_;
    std::size_t rounds_;  ///< for each thread
};

}  // namespace thalweg::bench
