#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "problems.h"

namespace thalweg {
namespace {

/// The fast pass and the plain one differ by float32 rounding.
constexpr double kLossTolerance = 1e-5;
/// More rows than a chunk holds, so that one step over all of them has parts.
constexpr std::size_t kSeveralChunks = 20'000;

bool same_parameters(const Network<float>& a, const Network<float>& b) {
    return std::ranges::equal(a.theta(), b.theta());
}

/// relu neurons that are all off, for every input: no gradient but that of the last bias, which is right
/// already.
Network<float> dead_network() {
    Network<float> network({{3, 4, 1}, Activation::relu, Output::linear});
    std::ranges::fill(network.bias(1), -1e6f);
    return network;
}

TEST(Ending, ALossThatStaysAsItIsIsNoImprovementAndPatienceEnds) {
    Dataset data = random_inputs(64, 3), validation = random_inputs(64, 3, 1);
    data.values = validation.values = Matrix<float>(64, 1);
    for (std::size_t i = 0; i < 64; ++i) data.values(i, 0) = validation.values(i, 0) = i % 2 ? 1.0f : -1.0f;
    FitOptions options = sgd_options(0.1, 500);
    options.batch_size = 64;
    options.patience = 4;
    const FitResult result = fit(dead_network(), data, &validation, options);
    EXPECT_EQ(result.stop_reason, StopReason::patience);
    EXPECT_EQ(result.history.size(), 4u);
    EXPECT_EQ(result.best_epoch, 0u) << "the start was as good";
    EXPECT_FALSE(result.history[1].best);
    EXPECT_TRUE(same_parameters(result.network, dead_network()));
    EXPECT_DOUBLE_EQ(result.best_score, 1.0);
}

TEST(Ending, WithoutValidationRowsPatienceDoesNotActAndTheLastParametersAreKept) {
    const Dataset data = curve(64);
    FitOptions options = sgd_options(0.05, 30);
    options.patience = 1;
    std::size_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport&) { return ++steps, true; };
    const FitResult result = fit(shallow_network(), data, nullptr, options, callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::epochs);
    EXPECT_EQ(result.best_epoch, 30u);
    EXPECT_EQ(steps, 60u);
    EXPECT_EQ(result.best_score, result.history.back().loss);
}

TEST(Ending, StoppedAtTheLastBatchOfAnEpochTheEpochCounts) {
    const Dataset data = curve(100), validation = curve(50, 1);
    TrainCallbacks callbacks;
    callbacks.on_step = [](const StepReport& report) { return report.step < 8; };  // 4 batches an epoch
    const FitResult result = fit(shallow_network(), data, &validation, sgd_options(0.01, 50), callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::stopped);
    ASSERT_EQ(result.history.size(), 2u);
    EXPECT_TRUE(result.history[1].validation_loss.has_value());
}

TEST(Ending, WhatIsWorseThanTheBestEpochIsNotKeptWhenAnEpochIsCutShort) {
    const Dataset good = curve(320), validation = curve(200, 1);
    Dataset data = good;
    TrainCallbacks callbacks;
    // The targets turn into nonsense after five epochs: everything from there on is worse.
    callbacks.on_epoch = [&](const EpochReport& report) {
        if (report.epoch == 5) std::ranges::fill(data.values.elements(), 50.0f);
        return true;
    };
    callbacks.on_step = [](const StepReport& report) { return report.step < 57; };  // 10 batches an epoch
    const FitResult result = fit(shallow_network(), data, &validation, sgd_options(0.02, 50), callbacks);
    const FitResult five = fit(shallow_network(), good, &validation, sgd_options(0.02, 5));
    EXPECT_EQ(result.best_epoch, 5u);
    EXPECT_TRUE(same_parameters(result.network, five.network));
    EXPECT_NEAR(plain_loss(result.network, validation, {}), result.best_score, kLossTolerance);
}

TEST(Ending, ATimeLimitWithinTheFirstEpochKeepsWhatWasLearnt) {
    const Dataset data = curve(400'000), validation = curve(200, 1);
    FitOptions options = sgd_options(0.02, 3);
    options.batch_size = 1;  // far more updates than the time allows
    options.time_limit = 0.2;
    const FitResult result = fit(shallow_network(), data, &validation, options);
    EXPECT_EQ(result.stop_reason, StopReason::time_limit);
    EXPECT_TRUE(result.history.empty());
    EXPECT_EQ(result.best_epoch, 1u);
    EXPECT_LT(result.best_score, plain_loss(shallow_network(), validation, {}));
    EXPECT_NEAR(plain_loss(result.network, validation, {}), result.best_score, kLossTolerance);
}

TEST(Ending, AStartWhoseValidationWasCutShortGivesWayToWhatWasLearnt) {
    // The flag ends the validation of the start between two chunks; one step of ascent follows, which no
    // known loss of the start forbids to keep.
    const Dataset data = curve(64), validation = curve(kSeveralChunks, 1);
    std::atomic<bool> stop{true};
    TrainCallbacks callbacks;
    callbacks.stop = &stop;
    const FitResult result = fit(shallow_network(), data, &validation, sgd_options(10.0, 5), callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::stopped);
    EXPECT_EQ(result.best_epoch, 1u);
    EXPECT_GT(result.best_score, plain_loss(shallow_network(), validation, {})) << "it was no ascent";
    EXPECT_NEAR(plain_loss(result.network, validation, {}) / result.best_score, 1.0, kLossTolerance);
}

TEST(Ending, TheStopFlagEndsAStepOverManyRowsAndLeavesTheParametersAsTheyWere) {
    const Dataset data = curve(kSeveralChunks);
    std::atomic<bool> stop{true};
    TrainCallbacks callbacks;
    callbacks.stop = &stop;
    FitOptions options = sgd_options(0.1, 10);
    options.batch_size = kSeveralChunks;
    for (const OptimizerKind kind : {OptimizerKind::gd, OptimizerKind::lbfgs}) {
        options.optimizer.kind = kind;
        const FitResult result = fit(shallow_network(), data, nullptr, options, callbacks);
        EXPECT_EQ(result.stop_reason, StopReason::stopped);
        EXPECT_TRUE(result.history.empty());
        EXPECT_TRUE(same_parameters(result.network, shallow_network()));
    }
}

TEST(Ending, TheStopFlagEndsALineSearch) {
    std::atomic<bool> stop{true};
    TrainCallbacks callbacks;
    callbacks.stop = &stop;
    FitOptions options = sgd_options(1.0, 10);
    options.optimizer.kind = OptimizerKind::lbfgs;
    const FitResult result = fit(shallow_network(), curve(100), nullptr, options, callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::stopped);
    EXPECT_TRUE(same_parameters(result.network, shallow_network())) << "it searched to its end";
}

TEST(Ending, StoppedWithinALineSearchTheParametersAreNoWorseThanBefore) {
    const Dataset data = curve(kSeveralChunks);
    std::atomic<bool> stop{false};
    TrainCallbacks callbacks;
    callbacks.stop = &stop;
    callbacks.on_step = [&](const StepReport& report) {
        stop = report.step == 3;
        return true;
    };
    FitOptions options = sgd_options(1.0, 100);
    options.optimizer.kind = OptimizerKind::lbfgs;
    const FitResult result = fit(shallow_network(), data, nullptr, options, callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::stopped);
    EXPECT_EQ(result.history.size(), 3u);
    EXPECT_LT(plain_loss(result.network, data, {}), result.history.back().loss);
}

TEST(Ending, AValidationLossThatIsNotFiniteIsDivergence) {
    const Dataset data = curve(64);
    Dataset validation = curve(64, 1);
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport& report) {
        if (report.step == 7) validation.dense(5, 0) = NAN;  // in the fourth of the epochs of two batches
        return true;
    };
    // Not every activation of the fast pass hands NaN on; linear does.
    const Network<float> start = network_of({3, 16, 1}, Activation::linear, Output::linear);
    const FitResult result = fit(start, data, &validation, sgd_options(0.01, 10), callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::diverged);
    EXPECT_NE(
        result.divergence.find("the validation loss became infinite or not a number in epoch 4, step 8,"),
        std::string::npos)
        << result.divergence;
    EXPECT_EQ(result.history.size(), 3u);
    EXPECT_EQ(result.best_epoch, 3u);
    EXPECT_TRUE(same_parameters(result.network, fit(start, data, nullptr, sgd_options(0.01, 3)).network));
}

TEST(Ending, TheEpochAndStepThatDivergedAreTold) {
    Dataset data = curve(64);
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport& report) {
        if (report.step == 6) data.dense(0, 0) = data.dense(63, 0) = NAN;
        return true;
    };
    FitOptions options = sgd_options(0.01, 10);
    options.shuffle = false;
    const Network<float> start = network_of({3, 16, 1}, Activation::linear, Output::linear);
    const FitResult by_loss = fit(start, data, nullptr, options, callbacks);
    EXPECT_NE(
        by_loss.divergence.find("the loss became infinite or not a number in epoch 4, step 7, at learning "
                                "rate 0.01; try --learning-rate 0.001"),
        std::string::npos)
        << by_loss.divergence;

    Dataset extreme = curve(64);
    std::ranges::fill(extreme.values.elements(), std::numeric_limits<float>::max());
    const FitResult by_gradient = fit(shallow_network(), extreme, nullptr, options);
    EXPECT_NE(by_gradient.divergence.find("the gradient became infinite or not a number in epoch 1, step 1,"),
              std::string::npos)
        << by_gradient.divergence;
}

TEST(Ending, ParametersThatOverflowInTheLastStepAreDivergence) {
    Dataset data = curve(32);
    FitOptions options = sgd_options(1e38, 1);
    options.batch_size = 32;
    std::ranges::fill(data.values.elements(), 1e6f);
    const FitResult result = fit(shallow_network(), data, nullptr, options);
    EXPECT_EQ(result.stop_reason, StopReason::diverged);
    EXPECT_NE(result.divergence.find("a parameter became infinite or not a number in epoch 1, step 1,"),
              std::string::npos)
        << result.divergence;
    EXPECT_TRUE(same_parameters(result.network, shallow_network()));
}

TEST(Ending, ClippingIsAdvisedOnlyWhereItIsNotInUse) {
    Dataset data = curve(32);
    std::ranges::fill(data.values.elements(), std::numeric_limits<float>::max());
    FitOptions options = sgd_options(0.1, 1);
    EXPECT_NE(fit(shallow_network(), data, nullptr, options).divergence.find("--clip-norm"),
              std::string::npos);
    options.clip_norm = 1.0;
    EXPECT_EQ(fit(shallow_network(), data, nullptr, options).divergence.find("--clip-norm"),
              std::string::npos);
}

TEST(Ending, AnErrorInACallbackReachesTheCaller) {
    TrainCallbacks callbacks;
    callbacks.on_step = [](const StepReport&) -> bool { throw std::runtime_error("mine"); };
    EXPECT_THROW(fit(shallow_network(), curve(50), nullptr, sgd_options(0.1, 1), callbacks),
                 std::runtime_error);
}

}  // namespace
}  // namespace thalweg
