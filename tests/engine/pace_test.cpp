#include "engine/pace.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace thalweg {
namespace {

/// What a step takes on one thread and on several, in seconds.
struct Machine {
    double one;
    double several;
};

constexpr std::size_t kSeveral = 4;
constexpr std::size_t kBatch = 32;

/// Makes `steps` steps; returns the share of them that several threads took.
double share_of_several(Pace& pace, const Machine& machine, std::size_t steps) {
    std::size_t shared = 0;
    for (std::size_t step = 0; step < steps; ++step) {
        const std::size_t threads = pace.begin_step(kSeveral, kBatch);
        EXPECT_TRUE(threads == 1 || threads == kSeveral);
        shared += threads == kSeveral ? 1 : 0;
        pace.took(threads == 1 ? machine.one : machine.several);
    }
    return static_cast<double>(shared) / static_cast<double>(steps);
}

TEST(Pace, TakesSeveralThreadsWhereTheyAreFaster) {
    Pace pace;
    EXPECT_GT(share_of_several(pace, {.one = 1e-3, .several = 0.5e-3}, 100), 0.8);
    EXPECT_GT(share_of_several(pace, {.one = 1e-3, .several = 0.5e-3}, 20'000), 0.99);
}

TEST(Pace, TakesOneThreadWhereSeveralAreSlower) {
    Pace pace;
    EXPECT_LT(share_of_several(pace, {.one = 100e-6, .several = 150e-6}, 2'000), 0.2);
    EXPECT_LT(share_of_several(pace, {.one = 100e-6, .several = 150e-6}, 100'000), 0.01);
}

TEST(Pace, LeavesSeveralSoonThatAreFarSlower) {
    Pace pace;
    EXPECT_LT(share_of_several(pace, {.one = 0.5e-3, .several = 3.3e-3}, 200), 0.1);
}

TEST(Pace, FollowsTheMachineBothWays) {
    Pace pace;
    const Machine near{.one = 100e-6, .several = 60e-6}, far{.one = 100e-6, .several = 180e-6};
    EXPECT_GT(share_of_several(pace, near, 50'000), 0.9);
    EXPECT_LT(share_of_several(pace, far, 5'000), 0.2);
    EXPECT_LT(share_of_several(pace, far, 50'000), 0.02);
    // One thread alone does not tell that several have become fast: the next trial does.
    share_of_several(pace, near, 50'000);
    EXPECT_GT(share_of_several(pace, near, 50'000), 0.99);
}

TEST(Pace, TriesALongStepOnlyOnceThatIsLittleOfAllTime) {
    Pace pace;
    const Machine machine{.one = 0.2, .several = 0.1};
    EXPECT_EQ(share_of_several(pace, machine, 600), 1.0);
    const double share = share_of_several(pace, machine, 10'000);
    EXPECT_LT(share, 1.0);
    EXPECT_GT(share, 0.99);
}

TEST(Pace, LeavesAStepAloneThatIsWorthOneThread) {
    Pace pace;
    EXPECT_EQ(pace.begin_step(1, kBatch), 1u);
    EXPECT_FALSE(pace.counts());
}

TEST(Pace, DoesNotTakeASmallBatchForAFastOne) {
    Pace pace;
    std::size_t alone = 0;
    constexpr std::size_t kSteps = 50'000;
    for (std::size_t step = 0; step < kSteps; ++step) {
        // On one thread the small batches are the only fast steps.
        const bool is_small = step % 10 == 9;
        const std::size_t threads = pace.begin_step(kSeveral, is_small ? kBatch / 4 : kBatch);
        EXPECT_EQ(pace.counts(), !is_small);
        alone += threads == 1 ? 1 : 0;
        pace.took(!is_small ? (threads == 1 ? 1e-3 : 0.5e-3) : (threads == 1 ? 1e-5 : 1e-2));
    }
    EXPECT_LT(static_cast<double>(alone), 0.01 * static_cast<double>(kSteps));
}

}  // namespace
}  // namespace thalweg
