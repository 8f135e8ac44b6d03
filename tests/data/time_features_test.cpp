#include "data/time_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "data/columns.h"

namespace thalweg {
namespace {

constexpr double kDay = 86400.0;
constexpr double kLeapDay2024 = 1709164800.0;  // 2024-02-29T00:00:00Z, a Thursday (date -u -d @1709164800)

std::string format_of(const std::vector<std::string>& texts) {
    return recognise_time_format(texts, std::vector<std::size_t>(texts.size(), 1));
}

TEST(Times, EveryFormatReadsTheSameDay) {
    const std::vector<std::pair<std::string, std::string>> spelled = {
        {"2024-02-29", "%Y-%m-%d"},   {"2024/02/29", "%Y/%m/%d"},  {"Feb 29 2024", "%b %d %Y"},
        {"29.02.2024", "%d.%m.%Y"},   {"02/29/2024", "%m/%d/%Y"},  {"29/02/2024", "%d/%m/%Y"},
        {"29-Feb-24", "%d-%b-%y"},    {"29-Feb-2024", "%d-%b-%Y"}, {"29 February 2024", "%d %b %Y"},
        {"Feb 29, 2024", "%b %d, %Y"}};
    for (const auto& [text, format] : spelled) {
        EXPECT_EQ(format_of({text}), format) << text;
        EXPECT_EQ(parse_time(text, format), kLeapDay2024) << text;
    }
}

TEST(Times, ATimeOfDayMayHaveAFractionAndAZone) {
    const double half_past = kLeapDay2024 + 12 * 3600 + 30 * 60 + 5.25;
    for (const std::string text : {"2024-02-29T12:30:05.25", "2024-02-29T12:30:05.25Z",
                                   "2024-02-29T14:30:05.25+02:00", "2024-02-29T07:00:05.25-0530"})
        EXPECT_EQ(parse_iso_time(text), half_past) << text;
    EXPECT_EQ(parse_iso_time("2024-02-29 12:30"), kLeapDay2024 + 12.5 * 3600);
}

TEST(Times, DaysThatAreNoneAndOtherTextsAreRefused) {
    for (const std::string text : {"2023-02-29", "2024-13-01", "2024-02-29x", "24-02-29", "2024-02-29+02:00",
                                   "2024-02-29T25:00:00", "", "2024-02", "Foo 29 2024"})
        EXPECT_FALSE(parse_iso_time(text).has_value()) << text;
}

TEST(Times, NineteenInTwentyMustFit) {
    std::vector<std::string> texts(19, "Nov 09 1972");
    texts.push_back("unknown");
    EXPECT_EQ(format_of(texts), "%b %d %Y");
    texts.push_back("soon");
    EXPECT_EQ(format_of(texts), "");
}

TEST(Times, DayAndMonthThatCouldBeEitherAreNotGuessed) {
    EXPECT_EQ(format_of({"01/02/2024", "03/04/2024"}), "");
    EXPECT_EQ(format_of({"01/02/2024", "03/24/2024"}), "%m/%d/%Y");
    EXPECT_EQ(format_of({"01/02/2024", "24/03/2024"}), "%d/%m/%Y");
}

TEST(Times, CyclesTurnOnceAYearAWeekADay) {
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::week_cycle, kLeapDay2024), 3.0 / 7.0);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::week_cycle, kLeapDay2024 + 4 * kDay), 0.0);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::day_cycle, kLeapDay2024 + 0.75 * kDay), 0.75);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::year_cycle, kLeapDay2024), 59.0 / 366.0);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::year_cycle, 0.0), 0.0);
    // 1969-12-31T18:00 was a Wednesday: before 1970 nothing turns backwards.
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::day_cycle, -0.25 * kDay), 0.75);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::week_cycle, -0.25 * kDay), 2.75 / 7.0);
    EXPECT_DOUBLE_EQ(cycle_position(TimePart::year_cycle, -0.25 * kDay), 364.75 / 365.0);
}

TEST(Times, ACycleIsItsSineAndCosine) {
    float inputs[2];
    encode_time_part(TimePart::day_cycle, kLeapDay2024 + kDay / 6, {}, inputs);
    EXPECT_FLOAT_EQ(inputs[0], std::sqrt(3.0F) / 2.0F);
    EXPECT_FLOAT_EQ(inputs[1], 0.5F);
    encode_time_part(TimePart::day_cycle, test::kNaN, {}, inputs);
    EXPECT_EQ(inputs[0], 0.0F);
    EXPECT_EQ(inputs[1], 0.0F);
}

TEST(Times, OnlyPartsThatVaryBecomeInputs) {
    using enum TimePart;
    const auto parts = [](std::vector<double> seconds) { return varying_time_parts(seconds); };
    EXPECT_EQ(parts({0, kDay * 40, test::kNaN}), (std::vector{linear, year_cycle, week_cycle}));
    EXPECT_EQ(parts({0, kDay * 40 + 60}), (std::vector{linear, year_cycle, week_cycle, day_cycle}));
    EXPECT_EQ(parts({0, 3600}), (std::vector{linear, day_cycle}));
    EXPECT_EQ(parts({0, kDay * 365}), (std::vector{linear})) << "two first of January";
    EXPECT_EQ(parts({0, kDay * 31}), (std::vector{linear, year_cycle})) << "two firsts of a month";
    EXPECT_TRUE(parts({kDay, kDay}).empty());
}

}  // namespace
}  // namespace thalweg
