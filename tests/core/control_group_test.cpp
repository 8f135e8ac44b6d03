#include "core/control_group.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "support/temporary_folder.h"

namespace thalweg {
namespace {

/// A folder laid out as the system lays out its groups.
class ControlGroup : public testing::Test {
  protected:
    void write(const std::filesystem::path& name, std::string_view text) {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
    }
    GroupLimits limits() const { return group_limits(folder_ / "groups", folder_ / "mount"); }

    TemporaryFolder folder_;
};

TEST_F(ControlGroup, LimitsNothingWhereNothingIsSaid) {
    EXPECT_TRUE(std::isinf(limits().cores));
    write("groups", "0::/a/b\n");
    EXPECT_TRUE(std::isinf(limits().cores));
    write("mount/a/b/cpu.max", "max 100000\n");
    write("mount/a/b/memory.max", "max\n");
    EXPECT_TRUE(std::isinf(limits().cores));
    EXPECT_TRUE(std::isinf(limits().memory));
}

TEST_F(ControlGroup, OfVersionTwoIsTheLeastOnTheWayToTheRoot) {
    write("groups", "0::/a/b\n");
    write("mount/a/b/cpu.max", "400000 100000\n");
    write("mount/a/cpu.max", "150000 100000\n");
    write("mount/a/b/memory.max", "1073741824\n");
    EXPECT_EQ(limits().cores, 1.5);
    EXPECT_EQ(limits().memory, 0x1p30);
}

TEST_F(ControlGroup, OfVersionOneIsAFolderAController) {
    write("groups", "12:cpuacct,cpu:/a\n5:memory:/other\n1:name=systemd:/a\n");
    write("mount/cpu/a/cpu.cfs_quota_us", "200000\n");
    write("mount/cpu/a/cpu.cfs_period_us", "100000\n");
    write("mount/memory/other/memory.limit_in_bytes", "4096\n");
    EXPECT_EQ(limits().cores, 2.0);
    EXPECT_EQ(limits().memory, 4096.0);
    write("mount/cpu/a/cpu.cfs_quota_us", "-1\n");
    EXPECT_TRUE(std::isinf(limits().cores));
}

/// In a container the process reads its name on the host, and finds the files at the root of the mount.
TEST_F(ControlGroup, OfAContainerIsAtTheRoot) {
    write("groups", "0::/../../docker/3f\n");
    write("mount/cpu.max", "50000 100000\n");
    EXPECT_EQ(limits().cores, 0.5);
}

TEST_F(ControlGroup, FilesThatMakeNoSenseLimitNothing) {
    write("groups", "0::/a\nno line of groups\n7\n");
    write("mount/a/cpu.max", "100000 0\n");
    write("mount/cpu.max", "-3\n");
    write("mount/a/memory.max", "lots\n");
    EXPECT_TRUE(std::isinf(limits().cores));
    EXPECT_TRUE(std::isinf(limits().memory));
}

}  // namespace
}  // namespace thalweg
