#include "core/memory.h"

#include <fmt/format.h>

#include <array>

namespace thalweg {

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

}  // namespace thalweg
