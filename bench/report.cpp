#include "bench/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "thalweg/choice.hpp"
#include "thalweg/version.hpp"

namespace thalweg::bench {

double Result::examples_per_second() const {
    return static_cast<double>(workload->batch) / timing.us_per_call * 1e6;
}

double Result::gflops() const {
    return workload->flops() / timing.us_per_call / 1e3;
}

nlohmann::ordered_json description(const Workload& workload) {
    nlohmann::ordered_json json = {
        {"workload", workload.name},
        {"kind", workload.kind == Kind::training ? "training" : "inference"},
        {"widths", workload.shape.widths},
        {"activation", name_of(workload.shape.activation)},
        {"loss", name_of(workload.loss)},
        {"batch", workload.batch},
        {"flops", workload.flops()},
    };
    if (workload.kind == Kind::training) {
        json["optimizer"] = name_of(workload.optimizer);
        json["learning_rate"] = workload.learning_rate;
    }
    return json;
}

nlohmann::ordered_json to_json(const Result& result) {
    nlohmann::ordered_json json = description(*result.workload);
    json["threads"] = result.threads;
    json["precision"] = result.precision;
    json["simd_target"] = simd_target();
    json["samples"] = result.timing.samples;
    json["us_per_step"] = result.timing.us_per_call;
    if (result.latency) {
        json["us_median"] = result.latency->us_median;
        json["us_p99"] = result.latency->us_p99;
    }
    json["examples_per_second"] = result.examples_per_second();
    json["gflops"] = result.gflops();
    json["limit_gflops"] = result.timing.limit_gflops;
    json["share_of_limit"] = result.share_of_limit();
    return json;
}

std::string list_header() {
    return fmt::format("{:<13}{:>6}  {:<14}{:<10}{:<6}{}\n", "workload", "batch", "loss", "hidden", "rule",
                       "widths");
}

std::string list_row(const Workload& workload) {
    const bool training = workload.kind == Kind::training;
    return fmt::format("{:<13}{:>6}  {:<14}{:<10}{:<6}{}\n", workload.name, workload.batch,
                       training ? name_of(workload.loss) : "-", name_of(workload.shape.activation),
                       training ? name_of(workload.optimizer) : "-", fmt::join(workload.shape.widths, "-"));
}

std::string table_header(int threads, const std::string& precision) {
    return fmt::format("{} thread{}, {}, {}\n{:<13}{:>12}{:>14}{:>10}{:>10}\n", threads,
                       threads == 1 ? "" : "s", precision, simd_target(), "workload", "us a step",
                       "examples/s", "GFLOP/s", "of limit");
}

std::string table_row(const Result& result) {
    std::string row = fmt::format("{:<13}{:>12.4g}{:>14.4g}{:>10.4g}{:>9.1f}%", result.workload->name,
                                  result.timing.us_per_call, result.examples_per_second(), result.gflops(),
                                  100.0 * result.share_of_limit());
    if (result.latency)
        row += fmt::format("  one call: median {:.3g} us, 99% below {:.3g} us", result.latency->us_median,
                           result.latency->us_p99);
    return row + '\n';
}

}  // namespace thalweg::bench
