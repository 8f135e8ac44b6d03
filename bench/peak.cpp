#include "bench/peak.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peak.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace thalweg::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Chains that do not wait for each other: at least the latency of the fused multiply-add (4, at most 5)
/// times how many can start in a cycle (2, at most 4), as far as the registers go: 16 with AVX2, else 32.
constexpr std::size_t kChains = HWY_TARGET == HWY_AVX2 ? 12 : 24;

/// Runs `rounds` times through all chains, each written out, so that every one stays in a register.
template <std::size_t... kChain>
HWY_INLINE float run_chains(std::size_t rounds, float start, std::index_sequence<kChain...>) {
    const hn::ScalableTag<float> d;
    const auto factor = hn::Set(d, start);
    const auto term = hn::Set(d, 1.0f - start);
    // Chains that start alike would be one chain to the compiler.
    hn::Vec<decltype(d)> sums[] = {hn::Set(d, start + static_cast<float>(kChain))...};
    for (std::size_t round = 0; round < rounds; ++round)
        ((sums[kChain] = hn::MulAdd(sums[kChain], factor, term)), ...);
    auto total = hn::Zero(d);
    ((total = hn::Add(total, sums[kChain])), ...);
    return hn::GetLane(hn::SumOfLanes(d, total));
}

/// Returns the operations done. `sink` gives the start and takes the sum, so that no compiler leaves the work
/// out.
double multiply_add(std::size_t rounds, float* sink) {
    *sink = run_chains(rounds, *sink, std::make_index_sequence<kChains>());
    return 2.0 * static_cast<double>(rounds * kChains * hn::Lanes(hn::ScalableTag<float>()));
}

}  // namespace thalweg::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "bench/peak_bf16.h"
#include "core/team.h"
#include "engine/bf16_product.h"

namespace thalweg::bench {
namespace {

HWY_EXPORT(multiply_add);

using Clock = std::chrono::steady_clock;

/// Short enough that most probes fit between two interruptions by whatever else runs.
constexpr double kProbeSeconds = 0.0005;
constexpr float kFactor = 0.5f;  ///< every chain goes to 1

/// Operations and seconds of one thread.
struct Run {
    double operations = 0.0;
    double seconds = 0.0;
};

Run run_once(std::size_t rounds, bool bf16) {
    volatile float opaque = kFactor;
    float sink = opaque;
    const Clock::time_point start = Clock::now();
    const double operations =
        bf16 ? multiply_add_bf16(rounds, &sink) : HWY_DYNAMIC_DISPATCH(multiply_add)(rounds, &sink);
    opaque = sink;
    return {operations, std::chrono::duration<double>(Clock::now() - start).count()};
}

std::size_t rounds_of_one_probe(bool bf16) {
    std::size_t rounds = 1000;
    while (run_once(rounds, bf16).seconds < kProbeSeconds) rounds *= 2;
    return rounds;
}

}  // namespace

PeakProbe::PeakProbe(std::size_t threads, Precision precision)
    : threads_(std::min(threads, usable_cores())),
      bf16_(precision == Precision::bf16 && bf16_is_native()),
      rounds_(rounds_of_one_probe(bf16_)) {}

double PeakProbe::gflops() const {
    std::vector<Run> runs(threads_);
    std::barrier start(static_cast<std::ptrdiff_t>(threads_));
    const auto task = [&](std::size_t thread) {
        start.arrive_and_wait();
        runs[thread] = run_once(rounds_, bf16_);
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t thread = 1; thread < threads_; ++thread) others.emplace_back(task, thread);
        task(0);
    }
    double rate = 0.0;
    for (const Run& run : runs) rate += run.operations / run.seconds;
    return rate / 1e9;
}

}  // namespace thalweg::bench
#endif
