#include "core/control_group.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

namespace thalweg {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// The number that a file begins with, or what no number means: no limit ("max").
double number_in(const std::filesystem::path& path) {
    std::ifstream file(path);
    double number = 0.0;
    return file >> number && number > 0.0 ? number : kUnlimited;
}

double cores_of_quota(double quota, double period) {
    return period > 0.0 && period < kUnlimited ? quota / period : kUnlimited;
}

/// Version 2 tells quota and period in one file: "150000 100000", "max 100000".
double cores_in_cpu_max(const std::filesystem::path& folder) {
    std::ifstream file(folder / "cpu.max");
    double quota = 0.0;
    double period = 0.0;
    return file >> quota >> period && quota > 0.0 ? cores_of_quota(quota, period) : kUnlimited;
}

/// Version 1 tells them in two, with a quota of -1 for none.
double cores_in_cfs_quota(const std::filesystem::path& folder) {
    return cores_of_quota(number_in(folder / "cpu.cfs_quota_us"), number_in(folder / "cpu.cfs_period_us"));
}

double memory_in_max(const std::filesystem::path& folder) {
    return number_in(folder / "memory.max");
}

double memory_in_limit(const std::filesystem::path& folder) {
    return number_in(folder / "memory.limit_in_bytes");
}

/// The least that `limit` tells of a group and the groups around it. In a container the group is often named
/// as the host sees it, and only the outermost folder is there.
double least(const std::filesystem::path& hierarchy, std::filesystem::path group,
             double (*limit)(const std::filesystem::path& folder)) {
    double least = limit(hierarchy);
    for (group = group.relative_path(); !group.empty(); group = group.parent_path())
        least = std::min(least, limit(hierarchy / group));
    return least;
}

/// Whether `controllers`, a list "cpu,cpuacct", has `controller`.
bool has(std::string_view controllers, std::string_view controller) {
    while (!controllers.empty()) {
        const std::size_t comma = controllers.find(',');
        if (controllers.substr(0, comma) == controller) return true;
        controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
    }
    return false;
}

}  // namespace

GroupLimits group_limits(const std::filesystem::path& groups, const std::filesystem::path& mount) {
    GroupLimits limits{kUnlimited, kUnlimited};
    std::ifstream file(groups);
    // A line a hierarchy: "4:cpu,cpuacct:/path", and "0::/path" for version 2.
    for (std::string number, controllers, group; std::getline(file, number, ':') &&
                                                 std::getline(file, controllers, ':') &&
                                                 std::getline(file, group);) {
        if (controllers.empty()) {
            limits.cores = std::min(limits.cores, least(mount, group, cores_in_cpu_max));
            limits.memory = std::min(limits.memory, least(mount, group, memory_in_max));
        }
        if (has(controllers, "cpu"))
            limits.cores = std::min(limits.cores, least(mount / "cpu", group, cores_in_cfs_quota));
        if (has(controllers, "memory"))
            limits.memory = std::min(limits.memory, least(mount / "memory", group, memory_in_limit));
    }
    return limits;
}

}  // namespace thalweg
