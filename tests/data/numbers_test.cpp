#include "data/numbers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "data/columns.h"
#include "engine/simd_target.h"

namespace thalweg {
namespace {

TEST(Numbers, ATextIsANumberOnlyAsAWhole) {
    EXPECT_EQ(parse_number(" 3 "), 3.0);
    EXPECT_EQ(parse_number("+1e3"), 1000.0);
    EXPECT_EQ(parse_number("-.5"), -0.5);
    for (const std::string text : {"", " ", "3x", "1 2", "0x10", "+-3", "1,5", "--3", "e5"})
        EXPECT_FALSE(parse_number(text).has_value()) << text;
    EXPECT_FALSE(std::isfinite(*parse_number("1e400")));
    EXPECT_FALSE(std::isfinite(*parse_number("inf")));
    EXPECT_EQ(parse_decimal_comma("3,14"), 3.14);
    EXPECT_FALSE(parse_decimal_comma("3.14").has_value());
}

TEST(Numbers, MomentsOfASmallColumnAreThoseByHand) {
    const std::vector<double> values = {2, 4, test::kNaN, 4, 4, 5, 5, 7, 9, INFINITY};
    const Moments found = moments(values);
    EXPECT_EQ(found.count, 8U);
    EXPECT_DOUBLE_EQ(found.mean, 5.0);
    EXPECT_DOUBLE_EQ(found.deviation, 2.0);
    EXPECT_EQ(found.least, 2.0);
    EXPECT_EQ(found.greatest, 9.0);
}

TEST(Numbers, AConstantColumnHasExactlyItsValueAsMean) {
    const Moments found = moments(std::vector<double>(1000, 0.1));
    EXPECT_EQ(found.mean, 0.1);
    EXPECT_EQ(found.deviation, 0.0);
}

TEST(Numbers, MomentsSurviveShiftsUnitsAndExtremes) {
    const Random random(5, RandomStream::sample);
    std::vector<double> values(5000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = random.normal(i);
    const Moments plain = moments(values);
    for (const auto& [factor, shift] : {std::pair(1.0, 1e9), {1e6, 0.0}, {1e200, 0.0}, {1e-200, 0.0}}) {
        std::vector<double> moved;
        for (const double value : values) moved.push_back(value * factor + shift);
        const Moments found = moments(moved);
        // Around 1e9 neighbouring doubles are 1.2e-7 apart, values and mean alike.
        const double tolerance = factor * (shift == 0.0 ? 1e-13 : 1.2e-7);
        EXPECT_NEAR(found.mean - shift, plain.mean * factor, tolerance) << factor << " " << shift;
        EXPECT_NEAR(found.deviation, plain.deviation * factor, tolerance) << factor << " " << shift;
    }
    const double huge = std::numeric_limits<double>::max();
    const Moments extreme = moments(std::vector<double>{-huge, huge});
    EXPECT_EQ(extreme.mean, 0.0);
    EXPECT_TRUE(std::isfinite(extreme.deviation));
}

TEST(Numbers, ANumberFarFromTrainingStaysWithinThree) {
    const NumberPlan plan{10.0, 2.0, 11.0, true};
    EXPECT_FLOAT_EQ(plan.encode(12.0), static_cast<float>(1.0 / std::sqrt(1.0 + 1.0 / 9.0)));
    EXPECT_EQ(plan.encode(10.0), 0.0F);
    EXPECT_LE(plan.encode(1e308), 3.0F);
    EXPECT_GE(plan.encode(-1e308), -3.0F);
    EXPECT_GT(plan.encode(1e308), 2.99F);
    EXPECT_EQ(plan.encode(test::kNaN), plan.encode(11.0)) << "missing is the mean";
    EXPECT_EQ(plan.encode(INFINITY), plan.encode(11.0));
}

/// Restores the targets of this machine at its end.
class OnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { use_simd_target(GetParam()); }
    void TearDown() override { use_simd_target(simd_targets().front()); }
};

TEST_P(OnEveryTarget, ColumnsEncodedTogetherHaveTheBitsOfEachAlone) {
    const Random random(7, RandomStream::sample);
    std::vector<double> values = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e-40, 3.0};
    for (std::size_t j = values.size(); j < 77; ++j) values.push_back(100.0 * random.normal(j));
    for (const bool smooth_clip : {false, true}) {
        NumberPlans together;
        std::vector<NumberPlan> alone;
        for (std::size_t j = 0; j < values.size(); ++j) {
            alone.push_back({random.normal(100 + j), 0.01 + random.uniform(200 + j), 0.5, smooth_clip});
            ASSERT_TRUE(together.takes(alone[j]));
            together.add(alone[j]);
        }
        EXPECT_FALSE(together.takes({0.0, 1.0, 0.0, !smooth_clip}));
        for (const auto& [first, count] : {std::pair{0U, 77U}, {0U, 1U}, {3U, 9U}, {70U, 7U}}) {
            std::vector<float> inputs(count);
            together.encode(first, std::span(values).subspan(first, count), inputs);
            for (std::size_t j = 0; j < count; ++j)
                EXPECT_EQ(inputs[j], alone[first + j].encode(values[first + j])) << values[first + j];
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Numbers, OnEveryTarget, testing::ValuesIn(simd_targets()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace thalweg
