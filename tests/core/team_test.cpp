#include "core/team.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
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

TEST(Team, WhatATaskThrowsReachesTheCaller) {
    for (const int threads : {1, 2, 5}) {
        Team team(threads);
        for (std::size_t round = 0; round < 300; ++round) {
            const std::size_t thrower = round % team.size();
            std::atomic<std::size_t> others{0};
            try {
                team.run(team.size(), [&](std::size_t thread) {
                    if (thread == thrower) throw std::runtime_error(std::to_string(round));
                    ++others;
                });
                FAIL() << "nothing was thrown in round " << round;
            } catch (const std::runtime_error& error) {
                EXPECT_EQ(error.what(), std::to_string(round));
            }
            EXPECT_EQ(others, team.size() - 1);
        }
    }
}

TEST(Team, NobodyWaitsForATaskThatHasThrown) {
    Team team(4);
    for (std::size_t round = 0; round < 300; ++round) {
        std::atomic<int> through{0};
        EXPECT_THROW(team.run(4,
                              [&](std::size_t thread) {
                                  team.meet(4);
                                  if (thread == round % 4) throw std::bad_alloc();
                                  team.meet(4);
                                  ++through;
                              }),
                     std::bad_alloc);
        EXPECT_EQ(through, 0);
        team.run(4, [&](std::size_t) {
            team.meet(4);
            ++through;
        });
        EXPECT_EQ(through, 4) << "the team meets again";
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
