#include "engine/team.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>

#include "core/floating_point.h"

namespace thalweg {
namespace {

/// More threads than any machine has cores only cost memory.
constexpr std::size_t kMostThreads = 256;

}  // namespace

std::size_t usable_cores() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1u, std::thread::hardware_concurrency());
}

Team::Team(int threads) {
    const std::size_t wanted = threads > 0 ? static_cast<std::size_t>(threads) : usable_cores();
    const std::size_t size = std::min(wanted, kMostThreads);
    for (std::size_t thread = 1; thread < size; ++thread)
        helpers_.emplace_back([this, thread] { help(thread); });
}

Team::~Team() {
    closing_ = true;
    ++round_;
    round_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

void Team::run(std::size_t count, const std::function<void(std::size_t)>& task) {
    if (count <= 1) return task(0);
    task_ = &task;
    count_ = count;
    pending_.store(static_cast<std::uint32_t>(helpers_.size()), std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    task(0);
    for (std::uint32_t left = pending_.load(std::memory_order_acquire); left != 0;
         left = pending_.load(std::memory_order_acquire))
        pending_.wait(left, std::memory_order_acquire);
}

void Team::help(std::size_t thread) {
    const FlushSubnormals mode;
    std::uint32_t seen = 0;
    while (true) {
        round_.wait(seen, std::memory_order_acquire);
        ++seen;
        if (closing_) return;
        if (thread < count_) (*task_)(thread);
        if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
    }
}

}  // namespace thalweg
