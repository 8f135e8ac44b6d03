// thalweg-bench: microseconds a step, examples a second, GFLOP/s and the share of the machine's limit for
// each workload.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/grid.h"
#include "bench/report.h"
#include "bench/task.h"
#include "bench/timing.h"
#include "bench/workloads.h"
#include "thalweg/error.hpp"
#include "thalweg/precision.hpp"

namespace thalweg::bench {
namespace {

/// What the engine accepts; a team of more threads only costs memory.
constexpr int kMostThreads = 256;

struct Options {
    std::vector<std::string> names;
    int threads = 1;
    std::string precision = "float32";
    double seconds = 1.0;
    bool json = false;
    bool list = false;
    bool grid = false;
};

void declare(CLI::App& app, Options& options) {
    app.add_option("--workload", options.names, "What to time; may be repeated. Default: all")
        ->check([](const std::string& name) {
            find_workload(name);
            return std::string();
        });
    app.add_option("--threads", options.threads, "Threads to compute with")
        ->check(CLI::Range(1, kMostThreads))
        ->capture_default_str();
    app.add_option("--precision", options.precision,
                   "Numbers that matrix products compute with: float32, bf16")
        ->check(CLI::IsMember(choice_names<Precision>()))
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "Time for each workload")
        ->check(CLI::Range(1e-6, 3600.0))
        ->capture_default_str();
    app.add_flag("--json", options.json, "Print JSON: an object for one --workload, else an array");
    app.add_flag("--grid", options.grid,
                 "Compare --threads with one thread over networks and batches of many sizes instead")
        ->excludes("--workload");
    app.add_flag("--list", options.list, "Tell the workloads and time nothing");
}

std::vector<const Workload*> chosen_workloads(const Options& options) {
    std::vector<const Workload*> chosen;
    for (const std::string& name : options.names) chosen.push_back(&find_workload(name));
    if (chosen.empty())
        for (const Workload& workload : workloads()) chosen.push_back(&workload);
    return chosen;
}

Result time_workload(const Workload& workload, const Options& options, const PeakProbe& probe) {
    const std::unique_ptr<Task> task =
        make_task(workload, options.threads, parse_choice<Precision>(options.precision));
    const auto call = [&] { task->run(); };
    Result result = {
        &workload, options.threads, options.precision, time_calls(call, options.seconds, probe), {}};
    result.timing.us_per_call /= static_cast<double>(task->calls());
    if (workload.row_by_row() && task->calls() == 1)
        result.latency = time_single_calls(call, options.seconds / 2);
    task->check();
    return result;
}

void print_json(const Options& options, const nlohmann::ordered_json& objects) {
    fmt::print("{}\n", (options.names.size() == 1 ? objects[0] : objects).dump(2));
}

void list_workloads(const Options& options) {
    auto objects = nlohmann::ordered_json::array();
    if (!options.json) fmt::print("{}", list_header());
    for (const Workload* workload : chosen_workloads(options)) {
        objects.push_back(description(*workload));
        if (!options.json) fmt::print("{}", list_row(*workload));
    }
    if (options.json) print_json(options, objects);
}

void time_workloads(const Options& options) {
    const PeakProbe probe(static_cast<std::size_t>(options.threads),
                          parse_choice<Precision>(options.precision));
    auto objects = nlohmann::ordered_json::array();
    if (!options.json) fmt::print("{}", table_header(options.threads, options.precision));
    for (const Workload* workload : chosen_workloads(options)) {
        const Result result = time_workload(*workload, options, probe);
        objects.push_back(to_json(result));
        if (!options.json) fmt::print("{}", table_row(result));
        std::fflush(stdout);
    }
    if (options.json) print_json(options, objects);
}

void time_grid(const Options& options) {
    const std::vector<GridPoint> points =
        bench::time_grid(options.threads, parse_choice<Precision>(options.precision), options.seconds);
    if (options.json) {
        fmt::print("{}\n", grid_json(points, options.threads).dump(2));
    } else {
        fmt::print("{}", grid_table(points, options.threads));
    }
}

int report(std::string_view message, int status) {
    fmt::print(stderr, "error: {}\n", message);
    return status;
}

int run_program(int argc, char** argv) {
    Options options;
    CLI::App app("Times the engine on the workloads that its speed is measured on.", "thalweg-bench");
    declare(app, options);
    try {
        app.parse(argc, argv);
        if (options.list) {
            list_workloads(options);
        } else if (options.grid) {
            time_grid(options);
        } else {
            time_workloads(options);
        }
        return 0;
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", app.help());
        return 0;
    } catch (const CLI::ParseError& error) {
        return report(error.what(), 2);
    } catch (const Error& error) {
        return report(error.what(), error.kind() == ErrorKind::usage ? 2 : 1);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}

}  // namespace
}  // namespace thalweg::bench

int main(int argc, char** argv) {
    return thalweg::bench::run_program(argc, argv);
}
