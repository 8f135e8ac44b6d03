#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace thalweg::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLeastSamples = 5;
/// Of a sample, where calls are short: most of them fit between two interruptions, and the median forgets the
/// others; waking a team of threads (some 0.05 milliseconds) is little of it.
constexpr double kSampleSeconds = 0.005;
constexpr double kWarmUpShare = 0.1;
/// So many single calls tell the slowest hundredth.
constexpr std::size_t kLeastSingleCalls = 1000;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double seconds_of(const std::function<void()>& call, std::size_t calls) {
    const Clock::time_point start = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) call();
    return seconds_since(start);
}

std::size_t calls_of_a_sample(const std::function<void()>& call, double seconds) {
    std::size_t calls = 1;
    while (seconds_of(call, calls) < seconds) calls *= 2;
    return calls;
}

void warm_up(const std::function<void()>& call, double seconds) {
    const Clock::time_point start = Clock::now();
    while (seconds_since(start) < seconds) call();
}

/// The value that `share` of them are below: 0.5 is the median.
double quantile(std::vector<double> values, double share) {
    const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
    std::ranges::nth_element(values, values.begin() + rank);
    return values[static_cast<std::size_t>(rank)];
}

}  // namespace

Timing time_calls(const std::function<void()>& call, double seconds, const PeakProbe& probe) {
    warm_up(call, kWarmUpShare * seconds);
    const std::size_t calls = calls_of_a_sample(call, std::min(kSampleSeconds, seconds / kLeastSamples));
    std::vector<double> us;
    std::vector<double> limits;
    const Clock::time_point start = Clock::now();
    while (us.size() < kLeastSamples || seconds_since(start) < seconds) {
        us.push_back(1e6 * seconds_of(call, calls) / static_cast<double>(calls));
        limits.push_back(probe.gflops());
    }
    return {quantile(us, 0.5), quantile(limits, 0.5), us.size()};
}

TimesInTurn time_in_turn(const std::function<void()>& first, const std::function<void()>& second,
                         double seconds) {
    const std::function<void()>* const both[] = {&first, &second};
    std::size_t calls[2];
    std::vector<double> us[2];
    for (std::size_t i = 0; i < 2; ++i) {
        warm_up(*both[i], kWarmUpShare * seconds);
        calls[i] = calls_of_a_sample(*both[i], std::min(kSampleSeconds, seconds / kLeastSamples));
    }
    const Clock::time_point start = Clock::now();
    while (us[0].size() < kLeastSamples || seconds_since(start) < seconds)
        for (std::size_t i = 0; i < 2; ++i)
            us[i].push_back(1e6 * seconds_of(*both[i], calls[i]) / static_cast<double>(calls[i]));
    return {quantile(us[0], 0.5), quantile(us[1], 0.5)};
}

Latency time_single_calls(const std::function<void()>& call, double seconds) {
    std::vector<double> us;
    const Clock::time_point start = Clock::now();
    while (us.size() < kLeastSingleCalls || seconds_since(start) < seconds)
        us.push_back(1e6 * seconds_of(call, 1));
    return {quantile(us, 0.5), quantile(us, 0.99)};
}

}  // namespace thalweg::bench
