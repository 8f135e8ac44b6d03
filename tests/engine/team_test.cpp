#include "engine/team.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <vector>

namespace thalweg {
namespace {

TEST(Team, EveryShareRunsOnceInEveryRound) {
    for (const int threads : {1, 2, 5}) {
        Team team(threads);
        for (std::size_t round = 0; round < 2000; ++round) {
            const std::size_t count = 1 + round % team.size();
            std::vector<std::atomic<int>> calls(count);
            team.run(count, [&](std::size_t thread) { ++calls[thread]; });
            for (std::size_t i = 0; i < count; ++i)
                ASSERT_EQ(calls[i], 1) << "round " << round << " share " << i;
        }
    }
}

TEST(Team, NobodyGoesOnBeforeAllHaveMet) {
    for (const int threads : {1, 2, 3, 7}) {
        Team team(threads);
        const std::size_t count = team.size();
        std::vector<std::size_t> done(count);
        std::atomic<int> early{0};
        for (std::size_t round = 0; round < 200; ++round)
            team.run(count, [&](std::size_t thread) {
                for (std::size_t phase = 3 * round + 1; phase <= 3 * round + 3; ++phase) {
                    done[thread] = phase;
                    team.meet(count);
                    for (std::size_t other = 0; other < count; ++other)
                        if (done[other] != phase) ++early;
                    team.meet(count);
                }
            });
        EXPECT_EQ(early, 0) << threads << " threads";
    }
}

/// A child has only the thread that forked: it must neither wait for helpers nor join them.
TEST(Team, WorksAloneInAForkedProcess) {
    int sum = 0;
    Team team(3);
    team.run(team.size(), [](std::size_t) {});
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        alarm(20);  // ends a child that hangs
        team.run(team.size(), [&](std::size_t thread) { sum += static_cast<int>(thread) + 1; });
        Team of_child(2);
        std::atomic<int> own{0};
        of_child.run(of_child.size(), [&](std::size_t) { ++own; });
        _exit(team.size() == 1 && sum == 1 && own == 2 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
    std::atomic<int> here{0};
    team.run(team.size(), [&](std::size_t) { ++here; });
    EXPECT_EQ(here, 3);
}

TEST(Team, MoreThreadsThanCoresAreOfNoUse) {
    const int cores = static_cast<int>(usable_cores());
    EXPECT_EQ(useful_threads(0), cores);
    EXPECT_EQ(useful_threads(1), 1);
    EXPECT_EQ(useful_threads(1000), cores);
}

TEST(Team, AsManyAsTheCoresWhenNotTold) {
    EXPECT_EQ(Team(0).size(), usable_cores());
}

}  // namespace
}  // namespace thalweg
