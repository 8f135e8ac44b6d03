#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "problems.h"
#include "support/expect_error.h"
#include "thalweg/fit_state.hpp"

namespace thalweg {
namespace {

constexpr ScheduleKind kWithoutAnEnd[] = {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::plateau};

FitOptions options_of(OptimizerKind kind, ScheduleKind schedule, std::size_t epochs) {
    FitOptions options;
    options.optimizer.kind = kind;
    options.optimizer.momentum = 0.5;
    options.schedule = {.kind = schedule, .learning_rate = kind == OptimizerKind::lbfgs ? 1.0 : 0.02};
    options.schedule.decay_every = 3;
    options.schedule.plateau_patience = 2;
    options.batch_size = 16;
    options.epochs = epochs;
    options.dropout = kind == OptimizerKind::lbfgs ? 0.0 : 0.1;
    options.seed = 3;
    options.threads = 1;
    return options;
}

Network<float> start() {
    return network_of({3, 8, 1}, Activation::tanh, Output::linear);
}

void expect_same(const FitResult& halves, const FitResult& whole, std::string_view what) {
    EXPECT_TRUE(std::ranges::equal(halves.network.theta(), whole.network.theta())) << what;
    EXPECT_EQ(halves.best_epoch, whole.best_epoch) << what;
    EXPECT_EQ(halves.best_score, whole.best_score) << what;
    EXPECT_EQ(halves.history.back().epoch, whole.history.back().epoch) << what;
    EXPECT_EQ(halves.history.back().loss, whole.history.back().loss) << what;
}

TEST(FitState, SevenEpochsAndFiveMoreAreTwelveToTheBit) {
    const Dataset data = curve(50), held_out = curve(30, 1);
    for (const auto& [kind, name] : ChoiceTable<OptimizerKind>::entries)
        for (const ScheduleKind schedule : kWithoutAnEnd)
            for (const bool validates : {false, true}) {
                const auto validation = validates ? std::optional<Examples>(held_out) : std::nullopt;
                const FitResult whole =
                    fit(start(), Examples(data), validation, options_of(kind, schedule, 12));
                FitState state;
                fit(start(), Examples(data), validation, options_of(kind, schedule, 7), {}, state);
                EXPECT_EQ(state.epoch, 7u) << name;
                const FitResult halves =
                    fit(start(), Examples(data), validation, options_of(kind, schedule, 5), {}, state);
                expect_same(halves, whole, name);
            }
}

TEST(FitState, OfAnotherNetworkOrUpdateRuleIsRefused) {
    const Dataset data = curve(50);
    FitState state;
    fit(start(), Examples(data), {}, options_of(OptimizerKind::adam, ScheduleKind::constant, 1), {}, state);
    test::expect_error(ErrorKind::usage, "another network or another --optimizer", [&] {
        fit(network_of({3, 9, 1}, Activation::tanh, Output::linear), Examples(data), {},
            options_of(OptimizerKind::adam, ScheduleKind::constant, 1), {}, state);
    });
    test::expect_error(ErrorKind::usage, "another network or another --optimizer", [&] {
        fit(start(), Examples(data), {}, options_of(OptimizerKind::sgd, ScheduleKind::constant, 1), {},
            state);
    });
}

TEST(FitState, StaysAsItWasWhereTrainingDiverges) {
    const Dataset data = curve(50);
    FitState state;
    fit(start(), Examples(data), {}, options_of(OptimizerKind::sgd, ScheduleKind::constant, 2), {}, state);
    const FitState before = state;
    FitOptions wild = options_of(OptimizerKind::sgd, ScheduleKind::constant, 5);
    wild.schedule.learning_rate = 1e30;
    EXPECT_EQ(fit(start(), Examples(data), {}, wild, {}, state).stop_reason, StopReason::diverged);
    EXPECT_EQ(state.epoch, before.epoch);
    EXPECT_EQ(state.theta, before.theta);
    EXPECT_EQ(state.rule, before.rule);
}

}  // namespace
}  // namespace thalweg
