#pragma once

#include <cstddef>
#include <functional>

namespace thalweg {

/// How jobs share threads.
struct Sharing {
    std::size_t at_once = 1;  ///< jobs side by side
    int threads_each = 1;
};

/// As many jobs side by side as there are threads, each on one, where there are at least that many; otherwise
/// one after the other, each on all threads. threads: 0 for as many as there are cores.
Sharing share_threads(std::size_t jobs, int threads);

/// Calls job(0) .. job(jobs - 1), handed out in this order, `at_once` of them side by side; returns when all
/// are done. After a job has thrown no further one begins, and the exception is thrown again at the end.
void run_side_by_side(std::size_t jobs, std::size_t at_once, const std::function<void(std::size_t)>& job);

}  // namespace thalweg
