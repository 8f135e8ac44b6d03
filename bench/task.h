#pragma once

#include <memory>

#include "bench/workloads.h"
#include "thalweg/precision.hpp"

namespace thalweg::bench {

/// A workload with its network and its data in memory, the same at every run.
class Task {
  public:
    virtual ~Task() = default;
    /// One step, or one prediction, on the next batch.
    virtual void run() = 0;
    /// Throws Error{numeric} where what was computed is no number: its time would mean nothing.
    virtual void check() const = 0;
};

/// More threads than cores are not used, as by the program.
std::unique_ptr<Task> make_task(const Workload& workload, int threads, Precision precision);

}  // namespace thalweg::bench
