#include "engine/team.h"

#include <gtest/gtest.h>

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

TEST(Team, AsManyAsTheCoresWhenNotTold) {
    EXPECT_EQ(Team(0).size(), usable_cores());
}

}  // namespace
}  // namespace thalweg
