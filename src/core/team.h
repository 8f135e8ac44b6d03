#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <type_traits>
#include <vector>

namespace thalweg {

/// The cores that this process may use: those of its affinity, and no more than its control group's share of
/// processors, rounded up.
std::size_t usable_cores();

/// As many threads as were asked for (0: as many as there are cores), but no more than cores: further ones
/// would only wait for each other, and the bits do not depend on them.
int useful_threads(int asked);

/// A team of threads that stays. Between tasks a helper waits a moment for the next one and then sleeps.
/// A process forked from one with a team has none of its helpers: there the caller works alone.
class Team {
  public:
    /// 0: as many as there are cores to use. The helpers start with the first task that needs them.
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    /// The caller counts.
    std::size_t size() const;

    /// Calls task(0) .. task(count-1), count <= size(), side by side; returns when all are done. What a task
    /// throws is thrown here then, the first of several.
    template <class Task>
    void run(std::size_t count, const Task& task) {
        run_call(
            count,
            [](const void* function, std::size_t thread) { (*static_cast<const Task*>(function))(thread); },
            &task);
    }

    /// Inside a task of `count` threads: none goes on before all have come here. Throws where a task of
    /// another thread has thrown, which will not come.
    void meet(std::size_t count);

  private:
    using Call = void (*)(const void* function, std::size_t thread);
    void run_call(std::size_t count, Call call, const void* function);
    void start();
    void help(std::size_t thread);
    void keep_apart(std::size_t thread);
    void call_and_keep_error(std::size_t thread) noexcept;
    void leave_if_failed() const;
    [[noreturn]] void rethrow();

    std::vector<std::thread> helpers_;
    std::size_t size_;
    unsigned generation_;
    bool has_core_each_;
    std::vector<std::atomic<int>> cores_;  ///< [thread]: where it was at the beginning of its last task
    Call call_ = nullptr;
    const void* function_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<bool> failed_{false};
    std::exception_ptr error_;  ///< of the task that set failed_
    bool closing_ = false;
    alignas(64) std::atomic<std::uint32_t> round_{0};
    alignas(64) std::atomic<std::uint32_t> pending_{0};
    alignas(64) std::atomic<std::uint32_t> arrived_{0};
    alignas(64) std::atomic<std::uint32_t> meetings_{0};
};

}  // namespace thalweg
