#include "thalweg/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "support/expect_error.h"
#include "support/vectors.h"

namespace thalweg::test {
namespace {

constexpr double kRounding = 1e-15;

TEST(Schedule, ConstantIsTheSameAtEveryStep) {
    const Schedule schedule({.learning_rate = 0.3}, 100, 10);
    for (const std::size_t step : {0, 1, 50, 99, 1000}) EXPECT_EQ(schedule.learning_rate(step), 0.3);
}

TEST(Schedule, StepDecaysEverySoManyEpochs) {
    const Schedule schedule(
        {.kind = ScheduleKind::step, .learning_rate = 1.0, .decay_factor = 0.5, .decay_every = 2}, 60, 10);
    EXPECT_EQ(schedule.learning_rate(0), 1.0);
    EXPECT_EQ(schedule.learning_rate(19), 1.0);
    EXPECT_EQ(schedule.learning_rate(20), 0.5);
    EXPECT_EQ(schedule.learning_rate(39), 0.5);
    EXPECT_EQ(schedule.learning_rate(40), 0.25);
}

TEST(Schedule, CosineFallsToItsLastShare) {
    const Schedule schedule({.kind = ScheduleKind::cosine, .learning_rate = 2.0, .final_factor = 0.1}, 101,
                            10);
    EXPECT_EQ(schedule.learning_rate(0), 2.0);
    EXPECT_NEAR(schedule.learning_rate(50), 2.0 * 0.55, kRounding);
    EXPECT_NEAR(schedule.learning_rate(25), 2.0 * (0.1 + 0.9 * (1.0 + std::numbers::sqrt2 / 2) / 2),
                kRounding);
    EXPECT_NEAR(schedule.learning_rate(100), 0.2, kRounding);
    EXPECT_NEAR(schedule.learning_rate(5000), 0.2, kRounding) << "past the end it stays";
}

TEST(Schedule, OneCycleRisesAndFalls) {
    const Schedule schedule({.kind = ScheduleKind::one_cycle, .learning_rate = 1.0, .final_factor = 0.01},
                            101, 10);
    EXPECT_NEAR(schedule.learning_rate(0), 0.04, kRounding);
    EXPECT_NEAR(schedule.learning_rate(15), (1.0 + 0.04) / 2, kRounding);
    EXPECT_NEAR(schedule.learning_rate(30), 1.0, kRounding);
    EXPECT_NEAR(schedule.learning_rate(65), (1.0 + 0.01) / 2, kRounding);
    EXPECT_NEAR(schedule.learning_rate(100), 0.01, kRounding);
    for (std::size_t step = 1; step <= 30; ++step)
        EXPECT_GT(schedule.learning_rate(step), schedule.learning_rate(step - 1));
    for (std::size_t step = 31; step <= 100; ++step)
        EXPECT_LT(schedule.learning_rate(step), schedule.learning_rate(step - 1));
}

TEST(Schedule, Coslog4IsFourWavesEachTwiceAsLong) {
    const Schedule schedule({.kind = ScheduleKind::coslog4, .learning_rate = 2.0}, 3001, 10);
    for (const std::size_t zero : {0, 200, 600, 1400, 3000})
        EXPECT_NEAR(schedule.learning_rate(zero), 0.0, 1e-12) << zero;
    for (const std::size_t step : {100, 317, 900, 2500}) {
        const double waves = std::log2(1.0 + 15.0 * static_cast<double>(step) / 3000.0);
        EXPECT_NEAR(schedule.learning_rate(step), 1.0 - std::cos(2.0 * std::numbers::pi * waves), 1e-12);
    }
}

TEST(Schedule, FlatCosStaysForHalfAndThenFallsAsCosineDoes) {
    const ScheduleOptions options{.kind = ScheduleKind::flat_cos, .learning_rate = 2.0, .final_factor = 0.25};
    const Schedule schedule(options, 1001, 10);
    for (const std::size_t flat : {0, 100, 500}) EXPECT_EQ(schedule.learning_rate(flat), 2.0) << flat;
    EXPECT_NEAR(schedule.learning_rate(750), 2.0 * 0.625, kRounding);
    EXPECT_NEAR(schedule.learning_rate(1000), 0.5, kRounding);
}

TEST(ScheduleFactor, IsThatOfPytabkit) {
    for (const nlohmann::json& test_case : test::read_own_vectors("realmlp.json")) {
        if (test_case.at("kind") != "schedule") continue;
        const std::string name = test_case.at("name");
        const auto values = test_case.at("values").get<std::vector<double>>();
        for (std::size_t step = 0; step < values.size(); ++step)
            EXPECT_NEAR(schedule_factor(parse_choice<ScheduleKind>(name), step, values.size() - 1),
                        values[step], 1e-12)
                << name << " " << step;
    }
}

TEST(ScheduleFactor, StaysAtItsEndAndRefusesWhatIsForLearningRates) {
    EXPECT_EQ(schedule_factor(ScheduleKind::constant, 3, 7), 1.0);
    EXPECT_NEAR(schedule_factor(ScheduleKind::cosine, 5, 10), 0.5, kRounding);
    EXPECT_NEAR(schedule_factor(ScheduleKind::flat_cos, 5000, 1000), 0.0, kRounding);
    for (const ScheduleKind kind : {ScheduleKind::step, ScheduleKind::one_cycle, ScheduleKind::plateau})
        test::expect_error(ErrorKind::usage, "for learning rates alone",
                           [&] { schedule_factor(kind, 0, 1); });
}

TEST(Schedule, PlateauDecaysAfterSoManyEpochsWithoutImprovement) {
    Schedule schedule(
        {.kind = ScheduleKind::plateau, .learning_rate = 1.0, .decay_factor = 0.5, .plateau_patience = 2},
        1000, 10);
    const auto rate_after = [&](double score) {
        schedule.end_epoch(score);
        return schedule.learning_rate(5);
    };
    EXPECT_EQ(rate_after(3.0), 1.0);
    EXPECT_EQ(rate_after(3.0), 1.0) << "one epoch without improvement";
    EXPECT_EQ(rate_after(2.0), 1.0) << "an improvement starts the count anew";
    EXPECT_EQ(rate_after(2.5), 1.0);
    EXPECT_EQ(rate_after(std::nan("")), 0.5) << "two";
    EXPECT_EQ(rate_after(2.5), 0.5);
    EXPECT_EQ(rate_after(2.5), 0.25);
}

TEST(Schedule, OtherKindsDoNotListenToScores) {
    Schedule schedule({.learning_rate = 1.0, .plateau_patience = 1}, 100, 10);
    for (int epoch = 0; epoch < 5; ++epoch) schedule.end_epoch(1.0);
    EXPECT_EQ(schedule.learning_rate(60), 1.0);
}

TEST(Schedule, WarmsUpLinearlyWithEveryKind) {
    for (const auto& [kind, name] : ChoiceTable<ScheduleKind>::entries) {
        const Schedule schedule({.kind = kind, .learning_rate = 0.5, .warmup = 0.1}, 100, 100);
        for (std::size_t step = 0; step < 10; ++step)
            EXPECT_NEAR(schedule.learning_rate(step), 0.5 * static_cast<double>(step + 1) / 11.0, kRounding)
                << name;
        const double first = kind == ScheduleKind::one_cycle ? 0.5 / 25.0
                             : kind == ScheduleKind::coslog4 ? 0.0
                                                             : 0.5;
        EXPECT_NEAR(schedule.learning_rate(10), first, kRounding) << name;
    }
    const Schedule cosine({.kind = ScheduleKind::cosine, .learning_rate = 0.5, .warmup = 0.5}, 101, 100);
    EXPECT_NEAR(cosine.learning_rate(100), 0.0, kRounding) << "the fall takes the steps that are left";
}

TEST(Schedule, IsFiniteForTheShortestRuns) {
    for (const auto& [kind, name] : ChoiceTable<ScheduleKind>::entries)
        for (const std::size_t total : {0, 1, 2})
            for (const double warmup : {0.0, 0.5, 0.99}) {
                const Schedule schedule({.kind = kind, .learning_rate = 0.5, .warmup = warmup}, total, 0);
                for (std::size_t step = 0; step < 3; ++step) {
                    EXPECT_TRUE(std::isfinite(schedule.learning_rate(step))) << name;
                    EXPECT_LE(schedule.learning_rate(step), 0.5) << name;
                }
            }
}

TEST(ScheduleOptions, OutOfRangeAreRefusedByTheirFlag) {
    const auto refuses = [](ScheduleOptions options, const char* message) {
        expect_error(ErrorKind::usage, message, [&] { Schedule schedule(options, 10, 1); });
    };
    const double infinity = std::numeric_limits<double>::infinity();
    refuses({.learning_rate = -1}, "--learning-rate must be above 0: got -1");
    refuses({.learning_rate = 0}, "--learning-rate must be above 0: got 0");
    refuses({.learning_rate = std::nan("")}, "--learning-rate must be above 0: got nan");
    refuses({.learning_rate = infinity}, "--learning-rate must be above 0: got inf");
    refuses({.warmup = -0.1}, "--warmup must be at least 0 and below 1: got -0.1");
    refuses({.warmup = 1.0}, "--warmup");
    refuses({.final_factor = 1.5}, "final_factor");
    refuses({.decay_factor = 0.0}, "decay_factor");
    refuses({.decay_every = 0}, "decay_every");
    refuses({.plateau_patience = 0}, "plateau_patience");
}

}  // namespace
}  // namespace thalweg::test
