#include "core/memory.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

#include "core/control_group.h"

namespace thalweg {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

/// MemAvailable and SwapFree of /proc/meminfo, which are told in KiB.
double free_memory_of_machine() {
    std::ifstream file("/proc/meminfo");
    double bytes = 0.0;
    bool known = false;
    std::string label, unit;
    for (double amount = 0.0; file >> label >> amount; std::getline(file, unit)) {
        if (label != "MemAvailable:" && label != "SwapFree:") continue;
        bytes += 1024.0 * amount;
        known = known || label == "MemAvailable:";
    }
    return known ? bytes : kUnknown;
}

}  // namespace

double available_memory() {
    return std::min(free_memory_of_machine(), group_limits().memory);
}

std::string memory_text(double bytes) {
    if (bytes < 1024.0) return fmt::format("{:.0f} bytes", bytes);
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    for (bytes /= 1024.0; bytes >= 1024.0 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024.0;
    return fmt::format("{:.4g} {}", bytes, kUnits[unit]);
}

void throw_no_memory(const std::string& what, double bytes) {
    throw Error(ErrorKind::io,
                fmt::format("{} needs {} of memory, which could not be had", what, memory_text(bytes)));
}

void keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
#endif
}

}  // namespace thalweg
