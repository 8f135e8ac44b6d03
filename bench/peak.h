#pragma once

#include <cstddef>

#include "thalweg/precision.hpp"

namespace thalweg::bench {

/// The machine's limit: fused multiply-adds on nothing but registers, on several threads at once, with the
/// SIMD target that the engine runs with. In bf16 by its instructions, where the engine uses them; else in
/// float32.
class PeakProbe {
  public:
    /// More threads than the process may use cores add nothing, so they are left out.
    explicit PeakProbe(std::size_t threads, Precision precision = Precision::float32);

    /// One measurement: GFLOP/s of all threads together.
    double gflops() const;

  private:
    std::size_t threads_;
    bool bf16_;
    std::size_t rounds_;  ///< for each thread
};

}  // namespace thalweg::bench
