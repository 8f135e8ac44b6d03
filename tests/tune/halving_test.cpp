#include "tune/halving.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(Halving, ThereAreNoMoreRungsThanLeaveTheShortestTrainingThreeEpochs) {
    EXPECT_EQ(rungs_for(0.3), 1U);
    EXPECT_EQ(rungs_for(8.9), 1U);
    EXPECT_EQ(rungs_for(9.0), 2U);
    EXPECT_EQ(rungs_for(26.9), 2U);
    EXPECT_EQ(rungs_for(27.0), 3U);
    EXPECT_EQ(rungs_for(1000.0), 3U);
    EXPECT_EQ(round_trials(1), 1U);
    EXPECT_EQ(round_trials(2), 3U);
    EXPECT_EQ(round_trials(3), 9U);
}

TEST(Halving, TheLastRungHasAllEpochsAndEachBelowAThirdOfIt) {
    EXPECT_DOUBLE_EQ(share_of_rung(0, 3), 1.0 / 9.0);
    EXPECT_DOUBLE_EQ(share_of_rung(1, 3), 1.0 / 3.0);
    EXPECT_DOUBLE_EQ(share_of_rung(2, 3), 1.0);
    EXPECT_DOUBLE_EQ(share_of_rung(0, 1), 1.0);
}

TEST(Halving, TheBestThirdGoesOnAndOfEqualsTheFirst) {
    EXPECT_EQ(promoted({{1, 0.5}, {2, 0.1}, {3, 0.4}, {4, 0.1}, {5, 0.1}, {6, 0.9}}, 6),
              (std::vector<std::size_t>{2, 4}));
    EXPECT_EQ(promoted({{7, 0.5}, {8, 0.4}}, 9), (std::vector<std::size_t>{7, 8})) << "others failed";
    EXPECT_EQ(promoted({{7, 0.5}}, 1), std::vector<std::size_t>{7});
    EXPECT_EQ(promoted({}, 9), std::vector<std::size_t>{});
}

}  // namespace
}  // namespace thalweg
