#include "model/conformal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "support/expect_error.h"

namespace thalweg {
namespace {

using test::expect_error;

std::vector<float> counted(std::size_t count) {
    std::vector<float> scores;
    for (std::size_t i = 1; i <= count; ++i) scores.push_back(static_cast<float>(i));
    return scores;
}

TEST(Margin, IsTheScoreOfTheFiniteSampleRank) {
    EXPECT_EQ(margin(counted(9), 0.9), 9.0);    // ceil(10 * 0.9)
    EXPECT_EQ(margin(counted(10), 0.9), 10.0);  // ceil(9.9)
    EXPECT_EQ(margin(counted(19), 0.9), 18.0);
    EXPECT_EQ(margin(counted(19), 0.95), 19.0);
    EXPECT_EQ(margin(counted(99), 0.07), 7.0) << "0.07 is a little more than 7/100";
    EXPECT_EQ(margin(counted(1), 0.5), 1.0);
}

TEST(Margin, OfALevelThatTheRowsCannotTellIsRefused) {
    expect_error(ErrorKind::usage, "an interval of 0.9 needs at least 9 held-out rows",
                 [] { margin(counted(8), 0.9); });
    expect_error(ErrorKind::usage, "needs at least 99 held-out rows, and the model was trained with 98",
                 [] { margin(counted(98), 0.99); });
    EXPECT_EQ(margin(counted(99), 0.99), 99.0);
    for (const double level : {0.0, 1.0, -1.0, 2.0, std::nan("")})
        expect_error(ErrorKind::usage, "between 0 and 1", [&] { margin(counted(1000), level); });
}

/// The promise itself: of scores that are all alike, a new one is within the margin at least as often as the
/// level says, and not by more than one rank.
TEST(Margin, HoldsANewScoreAsOftenAsPromised) {
    constexpr std::size_t kTrials = 40000;
    for (const std::size_t count : {9U, 20U, 57U})
        for (const double level : {0.5, 0.8, 0.9}) {
            const Random random(count, RandomStream::sample);
            std::size_t held = 0;
            for (std::size_t trial = 0; trial < kTrials; ++trial) {
                std::vector<float> scores;
                for (std::size_t i = 0; i < count; ++i)
                    scores.push_back(static_cast<float>(random.normal((count + 1) * trial + i)));
                std::ranges::sort(scores);
                held += random.normal((count + 1) * trial + count) <= margin(scores, level);
            }
            const double share = static_cast<double>(held) / kTrials;
            constexpr double kFourDeviations = 4.0 * 0.5 / 200.0;
            EXPECT_GE(share, level - kFourDeviations) << count << " scores";
            EXPECT_LE(share, level + 1.0 / static_cast<double>(count + 1) + kFourDeviations)
                << count << " scores";
        }
}

TEST(ConformityScores, AreDistancesFromThePredictionRoundedUp) {
    const TargetCoder coder(Task::regression, {{"a", {}}, {"b", {}}}, "for a test");
    Matrix<double> values(3, 2);
    const std::vector<double> a = {1.0, 2.0, 3.0};
    for (std::size_t row = 0; row < 3; ++row) values(row, 0) = a[row];
    Truth truth;
    truth.targets.push_back({{1.5, 2.0, 2.0}, {}, 0, {}});
    truth.targets.push_back({{0.1, -0.2, 0.3}, {}, 0, {}});
    const std::vector<std::vector<float>> scores = conformity_scores(coder, values, truth);
    EXPECT_EQ(scores[0], (std::vector<float>{0.0F, 0.5F, 1.0F}));
    const std::vector<double> exact = {0.1, 0.2, 0.3};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_GE(static_cast<double>(scores[1][i]), exact[i]);
        EXPECT_NEAR(static_cast<double>(scores[1][i]), exact[i], 3e-8);
    }
}

TEST(ConformityScores, OfQuantilesAreDistancesFromTheOuterLevels) {
    TargetPlan plan;
    plan.name = "y";
    plan.levels = {0.1, 0.5, 0.9};
    Matrix<double> values(3, 3);
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t j = 0; j < 3; ++j) values(row, j) = 4.0 * static_cast<double>(j);
    Truth truth;
    truth.targets.push_back({{-2.0, 5.0, 8.5}, {}, 0, {}});
    const TargetCoder coder(Task::regression, {plan}, "for a test");
    EXPECT_EQ(conformity_scores(coder, values, truth)[0], (std::vector<float>{-3.0F, 0.5F, 2.0F}));
}

TEST(Interval, IsAroundThePredictionOrBeyondTheOuterLevels) {
    const Interval one = interval_around(std::vector{3.0}, 0.5);
    EXPECT_EQ(one.lower, 2.5);
    EXPECT_EQ(one.upper, 3.5);
    const Interval levels = interval_around(std::vector{1.0, 2.0, 4.0}, -0.5);
    EXPECT_EQ(levels.lower, 1.5);
    EXPECT_EQ(levels.upper, 3.5);
    const Interval crossed = interval_around(std::vector{1.0, 2.0, 4.0}, -2.0);
    EXPECT_EQ(crossed.lower, 2.5);
    EXPECT_EQ(crossed.upper, 2.5);
}

}  // namespace
}  // namespace thalweg
