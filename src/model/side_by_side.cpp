#include "model/side_by_side.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/team.h"

namespace thalweg {
namespace {

/// Hands the jobs out to whoever asks for the next one.
class Queue {
  public:
    Queue(std::size_t jobs, const std::function<void(std::size_t)>& job) : jobs_(jobs), job_(job) {}

    void work() {
        for (std::size_t mine = next_++; mine < jobs_; mine = next_++) {
            try {
                job_(mine);
            } catch (...) {
                next_ = jobs_;
                const std::lock_guard lock(mutex_);
                if (!failure_) failure_ = std::current_exception();
            }
        }
    }
    void rethrow_failure() const {
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    std::size_t jobs_;
    const std::function<void(std::size_t)>& job_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::exception_ptr failure_;
};

}  // namespace

Sharing share_threads(std::size_t jobs, int threads) {
    const int useful = useful_threads(threads);
    const auto all = static_cast<std::size_t>(useful);
    if (jobs > 1 && jobs >= all) return {all, 1};
    return {1, useful};
}

void run_side_by_side(std::size_t jobs, std::size_t at_once, const std::function<void(std::size_t)>& job) {
    Queue queue(jobs, job);
    {
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < std::min(jobs, at_once); ++i)
            helpers.emplace_back([&queue] { queue.work(); });
        queue.work();
    }
    queue.rethrow_failure();
}

}  // namespace thalweg
