#include "core/team.h"

#include <pthread.h>
#include <sched.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <system_error>
#include <utility>

#include "thalweg/error.hpp"

#include "core/control_group.h"
#include "core/floating_point.h"

namespace thalweg {
namespace {

/// More threads than any machine has cores only cost memory.
constexpr std::size_t kMostThreads = 256;
/// Looks at a flag before a thread sleeps: some hundred microseconds, a few times what waking takes.
constexpr int kLooksBeforeSleep = 8000;

/// How often this process was forked off: a team of an older one has lost its helpers.
std::atomic<unsigned> forks{0};

void watch_forks() {
    static std::once_flag once;
    std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { ++forks; }); });
}

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Ends a task whose team has lost another one.
struct AnotherFailed {};

/// Returns when `flag` is no longer `old`.
void wait_while(const std::atomic<std::uint32_t>& flag, std::uint32_t old) {
    for (int look = 0; look < kLooksBeforeSleep; ++look) {
        if (flag.load(std::memory_order_acquire) != old) return;
        pause();
    }
    flag.wait(old, std::memory_order_acquire);
}

/// Moves the calling thread to another of its cores than `core`, and leaves it free to be moved again.
void leave_core(int core) {
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine) != 0 || CPU_COUNT(&mine) < 2) return;
    cpu_set_t others = mine;
    CPU_CLR(core, &others);
    if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof mine, &mine);
}

}  // namespace

std::size_t usable_cores() {
    // A container's share of the processors does not change while it runs, and it stands in files.
    static const double share = group_limits().cores;
    cpu_set_t set;
    const std::size_t cores = sched_getaffinity(0, sizeof set, &set) == 0
                                  ? static_cast<std::size_t>(CPU_COUNT(&set))
                                  : std::thread::hardware_concurrency();
    return std::max<std::size_t>(
        1, share < static_cast<double>(cores) ? static_cast<std::size_t>(std::ceil(share)) : cores);
}

int useful_threads(int asked) {
    const auto cores = static_cast<int>(usable_cores());
    return asked <= 0 ? cores : std::min(asked, cores);
}

Team::Team(int threads) : generation_(forks) {
    watch_forks();
    const std::size_t wanted = threads > 0 ? static_cast<std::size_t>(threads) : usable_cores();
    size_ = std::min(wanted, kMostThreads);
    has_core_each_ = size_ <= usable_cores();
    cores_ = std::vector<std::atomic<int>>(size_);
}

void Team::start() try {
    helpers_.reserve(size_ - 1);
    for (std::size_t thread = 1; thread < size_; ++thread)
        helpers_.emplace_back([this, thread] { help(thread); });
} catch (const std::system_error&) {
    throw Error(ErrorKind::io, fmt::format("the system does not give {} threads: lower --threads", size_));
}

Team::~Team() {
    if (generation_ != forks) {
        for (std::thread& helper : helpers_) helper.detach();
        return;
    }
    closing_ = true;
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

std::size_t Team::size() const {
    return generation_ == forks.load(std::memory_order_relaxed) ? size_ : 1;
}

void Team::run_call(std::size_t count, Call call, const void* function) {
    if (count <= 1) return call(function, 0);
    if (helpers_.empty()) start();
    keep_apart(0);
    call_ = call;
    function_ = function;
    count_ = count;
    pending_.store(static_cast<std::uint32_t>(helpers_.size()), std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    call_and_keep_error(0);
    for (std::uint32_t left = pending_.load(std::memory_order_acquire); left != 0;
         left = pending_.load(std::memory_order_acquire))
        wait_while(pending_, left);
    if (failed_.load(std::memory_order_relaxed)) rethrow();
}

/// A task that fails ends the meeting that others wait in, and they leave theirs. The counter of tasks under
/// way lets the caller see what is kept here.
void Team::call_and_keep_error(std::size_t thread) noexcept try { call_(function_, thread); } catch (...) {
    if (failed_.exchange(true, std::memory_order_relaxed)) return;
    error_ = std::current_exception();
    meetings_.fetch_add(1, std::memory_order_release);
    meetings_.notify_all();
}

void Team::leave_if_failed() const {
    if (failed_.load(std::memory_order_relaxed)) throw AnotherFailed();
}

void Team::rethrow() {
    arrived_.store(0, std::memory_order_relaxed);
    failed_.store(false, std::memory_order_relaxed);
    std::rethrow_exception(std::exchange(error_, nullptr));
}

void Team::meet(std::size_t count) {
    if (count <= 1) return;
    const std::uint32_t meeting = meetings_.load(std::memory_order_acquire);
    leave_if_failed();
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < count) {
        wait_while(meetings_, meeting);
        return leave_if_failed();
    }
    arrived_.store(0, std::memory_order_relaxed);
    meetings_.fetch_add(1, std::memory_order_release);
    meetings_.notify_all();
}

/// A thread that waits by looking never sleeps, so it is not woken on an idle core; and where the system does
/// not balance its cores two may share one for the whole of a training, which then takes twice as long. So a
/// thread that finds one before it on its own core leaves.
void Team::keep_apart(std::size_t thread) {
    if (!has_core_each_) return;
    const int core = sched_getcpu();
    cores_[thread].store(core, std::memory_order_relaxed);
    for (std::size_t other = 0; other < thread; ++other)
        if (cores_[other].load(std::memory_order_relaxed) == core) return leave_core(core);
}

void Team::help(std::size_t thread) {
    const FlushSubnormals mode;
    std::uint32_t seen = 0;
    while (true) {
        wait_while(round_, seen);
        ++seen;
        if (closing_) return;
        if (thread < count_) {
            keep_apart(thread);
            call_and_keep_error(thread);
        }
        if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
    }
}

}  // namespace thalweg
