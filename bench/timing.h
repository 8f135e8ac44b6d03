#pragma once

#include <cstddef>
#include <functional>

#include "bench/peak.h"

namespace thalweg::bench {

/// What was measured of one call repeated many times.
struct Timing {
    double us_per_call = 0.0;   ///< median of the samples, each the mean of a run of calls
    double limit_gflops = 0.0;  ///< median of the probes between the samples
    std::size_t samples = 0;
};

/// Repeats `call` for about `seconds`: some calls to warm up, then at least five samples. A probe of the
/// machine's limit stands after each sample, since its clock changes.
Timing time_calls(const std::function<void()>& call, double seconds, const PeakProbe& probe);

/// Medians of microseconds a call of two calls that take turns, sample by sample.
struct TimesInTurn {
    double us_first = 0.0;
    double us_second = 0.0;
};
TimesInTurn time_in_turn(const std::function<void()>& first, const std::function<void()>& second,
                         double seconds);

/// Microseconds of each of many single calls, the reading of the clock included (some 0.02).
struct Latency {
    double us_median = 0.0;
    double us_p99 = 0.0;
};
Latency time_single_calls(const std::function<void()>& call, double seconds);

}  // namespace thalweg::bench
