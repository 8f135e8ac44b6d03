#pragma once

#include <cstddef>
#include <memory>

#include "bench/workloads.h"
#include "thalweg/precision.hpp"

namespace thalweg::bench {

/// A workload with its network and its data in memory, the same at every run.
class Task {
  public:
    virtual ~Task() = default;
    /// `calls()` steps or predictions, each on the next batch.
    virtual void run() = 0;
    virtual std::size_t calls() const { return 1; }
    /// Throws Error{numeric} where what was computed is no number: its time would mean nothing.
    virtual void check() const = 0;
};

/// Rows that are predicted one by one are predicted by all threads at once, each row by one of them; what
/// else there is is shared by the threads. More threads than cores are not used, as by the program.
std::unique_ptr<Task> make_task(const Workload& workload, int threads, Precision precision);

}  // namespace thalweg::bench
