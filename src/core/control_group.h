#pragma once

#include <filesystem>

namespace thalweg {

/// What the process's control group may use at most; infinite where nothing limits it.
struct GroupLimits {
    double cores;
    double memory;  ///< bytes
};

/// The limits of this process's groups and of the groups that they stand in, as either version of control
/// groups tells them. `groups` lists the process's own groups, `mount` is where the hierarchies are mounted.
/// A file that is missing or makes no sense limits nothing.
GroupLimits group_limits(const std::filesystem::path& groups = "/proc/self/cgroup",
                         const std::filesystem::path& mount = "/sys/fs/cgroup");

}  // namespace thalweg
