#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace thalweg {

/// The cores that this process may use.
std::size_t usable_cores();

/// A team of threads that stays. Idle helpers sleep.
class Team {
  public:
    /// 0: as many as there are cores to use.
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    /// The caller counts.
    std::size_t size() const { return helpers_.size() + 1; }

    /// Calls task(0) .. task(count-1), count <= size(), side by side; returns when all are done. The task
    /// must not throw.
    void run(std::size_t count, const std::function<void(std::size_t)>& task);

  private:
    void help(std::size_t thread);

    std::vector<std::thread> helpers_;
    const std::function<void(std::size_t)>* task_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<std::uint32_t> round_{0};
    std::atomic<std::uint32_t> pending_{0};
    std::atomic<bool> closing_{false};
};

}  // namespace thalweg
