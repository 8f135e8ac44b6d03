#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bench/timing.h"
#include "bench/workloads.h"

namespace thalweg::bench {

struct Result {
    const Workload* workload = nullptr;
    int threads = 1;
    std::string precision;
    Timing timing;
    std::optional<Latency> latency;  ///< of inference on one row

    double examples_per_second() const;
    double gflops() const;
    double share_of_limit() const { return gflops() / timing.limit_gflops; }
};

/// What is computed, for other programs that do the same.
nlohmann::ordered_json description(const Workload& workload);
/// The description, and what was measured.
nlohmann::ordered_json to_json(const Result& result);

/// Lines of a table for people.
std::string list_header();
std::string list_row(const Workload& workload);
std::string table_header(int threads, const std::string& precision);
std::string table_row(const Result& result);

}  // namespace thalweg::bench
