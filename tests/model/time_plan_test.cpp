#include "model/time_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "model/prepare.h"
#include "model/tables.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::quick;
using testing::real_table;

Job job_of(const Table& table, const TrainOptions& options) {
    Job job{.options = options, .prepared = {}};
    std::vector<std::string> notes;
    job.prepared = prepare(table, labelled_rows(table, options, notes), options, nullptr);
    return job;
}

/// Two networks of a schedule that ends with the training.
TrainOptions limited(double seconds) {
    TrainOptions options = quick("y");
    options.schedule = ScheduleKind::cosine;
    options.ensemble = 2;
    options.folds = 1;
    options.time_limit = seconds;
    return options;
}

TEST(TimePlan, TakesWholeEpochsWhereTheyAreManyAndUpdatesWhereFew) {
    TrainOptions options;
    shorten(options, {.share = 0.5, .steps = 410, .steps_per_epoch = 10});
    EXPECT_EQ(options.epochs, 20U);
    EXPECT_EQ(options.iterations, std::nullopt);
    options = {};
    shorten(options, {.share = 0.2, .steps = 410, .steps_per_epoch = 10});
    EXPECT_EQ(options.epochs, std::nullopt);
    EXPECT_EQ(options.iterations, 82U);
    options = {};
    options.iterations = 410;
    shorten(options, {.share = 0.5, .steps = 410, .steps_per_epoch = 10});
    EXPECT_EQ(options.iterations, 205U);
    options = {};
    shorten(options, {.share = 0.0, .steps = 410, .steps_per_epoch = 10});
    EXPECT_EQ(options.iterations, 1U);
}

TEST(TimePlan, HasAsManyNetworksAsGetEnoughUpdates) {
    Job job;
    job.options.threads = 1;
    const NetworkCounts few{4, 5, true}, kinds{2, 5, true, true}, folds{1, 5, false};
    const auto counts = [&](const NetworkCounts& chosen, double share, std::size_t steps) {
        return counts_in_time(job, chosen, {.share = share, .steps = steps, .steps_per_epoch = 100});
    };
    EXPECT_EQ(counts(folds, 1.0, 1000), folds);
    EXPECT_EQ(counts(folds, 0.5, 2500), folds);  // shorter, but with 1200 updates each
    EXPECT_EQ(counts(folds, 0.5, 2000), (NetworkCounts{4, 1, false}));
    EXPECT_EQ(counts(folds, 0.01, 2000), (NetworkCounts{1, 1, false}));
    EXPECT_EQ(counts(few, 0.6, 1000), (NetworkCounts{2, 5, true}));
    EXPECT_EQ(counts(few, 0.1, 1000), (NetworkCounts{2, 1, false}));
    EXPECT_EQ(counts(kinds, 1.0, 1000), kinds);
    EXPECT_EQ(counts(kinds, 0.6, 1000), (NetworkCounts{1, 5, true}));
}

/// Whatever the clock said: the limit is so far away that it cannot end the training.
TEST(TimePlan, GivesTheNetworksOfTheOptionsThatItNames) {
    const Table table = real_table(400);
    for (const double share : {0.05, 0.5}) {
        Job job = job_of(table, limited(1e6));
        job.time = share_in_time(job, choose_networks_of(job));
        ASSERT_TRUE(job.time.has_value());
        EXPECT_GT(job.time->share, 1.0);
        job.time->share = share;
        std::string said;
        TrainHooks hooks;
        hooks.on_plan = [&](const TrainingPlan& plan) { said = plan.shortened; };
        const Training planned = learn(std::move(job), hooks);

        TrainOptions options = limited(0.0);
        if (share == 0.5) {
            EXPECT_EQ(said, "--time-limit 1e+06: planned 30 of 60 epochs; --epochs 30 gives the same");
            options.epochs = 30;
        } else {
            options.iterations = std::stoul(planned.model.training().at("iterations"));
            EXPECT_NE(said.find("; --iterations " + std::to_string(*options.iterations) + " gives the same"),
                      std::string::npos)
                << said;
        }
        const Training free = train(table, options);
        EXPECT_EQ(planned.stop_reason, StopReason::epochs);
        ASSERT_EQ(planned.model.networks().size(), 2U);
        for (std::size_t i = 0; i < 2; ++i)
            EXPECT_TRUE(std::ranges::equal(planned.model.networks()[i].network.theta(),
                                           free.model.networks()[i].network.theta()))
                << "network " << i + 1 << ", share " << share;
    }
}

TEST(TimePlan, IsOfATrainingThatCannotEndInTime) {
    TrainOptions options = limited(2.0);
    options.epochs = 10'000'000;
    std::string said;
    TrainHooks hooks;
    hooks.on_plan = [&](const TrainingPlan& plan) { said = plan.shortened; };
    const Training training = train(real_table(400), options, hooks);
    EXPECT_EQ(said.rfind("--time-limit 2: planned ", 0), 0U) << said;
    EXPECT_NE(said.find(" of 10000000 epochs; --epochs "), std::string::npos) << said;
    EXPECT_LT(std::stoul(training.model.training().at("epochs")), 10'000'000U);
}

TEST(TimePlan, LeavesAloneWhatNoClockCutsOff) {
    const Table table = real_table(100);
    const auto planned = [&](const TrainOptions& options) {
        const Job job = job_of(table, options);
        return share_in_time(job, choose_networks_of(job)).has_value();
    };
    TrainOptions options = limited(1e6);
    EXPECT_TRUE(planned(options));
    for (const ScheduleKind kind : {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::plateau}) {
        options.schedule = kind;
        EXPECT_FALSE(planned(options)) << name_of(kind);
    }
    options.dropout_schedule = ScheduleKind::flat_cos;
    EXPECT_TRUE(planned(options));
    EXPECT_FALSE(planned(limited(0.0)));
    Job job = job_of(table, limited(1e6));
    job.checkpointing.emplace();
    EXPECT_FALSE(share_in_time(job, choose_networks_of(job)).has_value());
}

}  // namespace
}  // namespace thalweg
