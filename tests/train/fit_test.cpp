#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <limits>

#include "problems.h"

namespace thalweg {
namespace {

/// The fast pass and the plain one differ by float32 rounding.
constexpr double kLossTolerance = 1e-5;

FitOptions quick(std::size_t epochs) {
    FitOptions options;
    options.optimizer.kind = OptimizerKind::adam;
    options.schedule.learning_rate = 0.01;
    options.batch_size = 32;
    options.epochs = epochs;
    options.threads = 1;
    return options;
}

FitOptions quick_classes(std::size_t epochs) {
    FitOptions options = quick(epochs);
    options.loss.loss = Loss::cross_entropy;
    return options;
}

Network<float> curve_network() {
    return network_of({3, 32, 32, 1}, Activation::tanh, Output::linear);
}

double least_validation_loss(const FitResult& result) {
    double least = std::numeric_limits<double>::infinity();
    for (const EpochReport& epoch : result.history) least = std::min(least, *epoch.validation_loss);
    return least;
}

void expect_best_is_kept(const FitResult& result, const Dataset& validation, const LossFunction& loss) {
    EXPECT_NEAR(result.best_score, least_validation_loss(result), 1e-12);
    EXPECT_NEAR(plain_loss(result.network, validation, loss), result.best_score, kLossTolerance);
    ASSERT_GE(result.best_epoch, 1u);
    EXPECT_EQ(*result.history[result.best_epoch - 1].validation_loss, result.best_score);
}

TEST(Fit, LearnsACurve) {
    const Dataset data = curve(1500), validation = curve(500, 1);
    const FitResult result = fit(curve_network(), data, &validation, quick(60));
    EXPECT_LT(result.best_score, 0.01) << "the variance of y is 0.74";
    EXPECT_EQ(result.stop_reason, StopReason::epochs);
    EXPECT_EQ(result.history.size(), 60u);
    expect_best_is_kept(result, validation, {});
}

TEST(Fit, OnSomeRowsOfADatasetHasTheBitsOfACopyOfThem) {
    Dataset all = curve(900);
    for (std::size_t row = 0; row < all.rows; ++row) all.weights.push_back(static_cast<float>(row % 5));
    std::vector<std::uint32_t> learnt, held_out;
    for (std::uint32_t row = 0; row < 900; ++row) (row % 3 == 1 ? held_out : learnt).push_back(899 - row);
    const Dataset copy = all.select(learnt), validation = all.select(held_out);
    FitOptions options = quick(4);
    options.dropout = 0.2;
    const FitResult expected = fit(curve_network(), copy, &validation, options);
    const FitResult result = fit(curve_network(), Examples(all, learnt), Examples(all, held_out), options);
    EXPECT_TRUE(std::ranges::equal(result.network.theta(), expected.network.theta()));
    EXPECT_EQ(result.best_score, expected.best_score);
    EXPECT_EQ(result.history.back().loss, expected.history.back().loss);
}

Network<float> ensemble_network(Adapters adapters) {
    NetworkShape shape{{3, 32, 32, 1}, Activation::tanh, Output::linear};
    shape.members = {4, adapters};
    Network<float> network(shape);
    initialise(network, 1);
    return network;
}

/// Of the mean prediction of all members, by the plain pass: the data has a row for each of them.
double loss_of_mean_prediction(const Network<float>& network, const Dataset& data) {
    const std::size_t members = network.shape().members.count;
    Matrix<float> inputs(data.rows * members, data.inputs);
    for (std::size_t n = 0; n < inputs.rows(); ++n)
        std::ranges::copy(data.dense.row(n / members), inputs.row(n).begin());
    const Trace<float> trace = forward_propagation<float>(network, inputs.view());
    double loss = 0.0;
    for (std::size_t n = 0; n < data.rows; ++n) {
        double mean = 0.0;
        for (std::size_t m = 0; m < members; ++m) mean += trace.y_hat()(n * members + m, 0);
        const double error = mean / static_cast<double>(members) - data.values(n, 0);
        loss += error * error / static_cast<double>(data.rows);
    }
    return loss;
}

TEST(Fit, KeepsTheEnsembleWhoseMeanPredictionIsBest) {
    const Dataset data = curve(1500), validation = curve(500, 1);
    for (const Adapters adapters : {Adapters::all, Adapters::first})
        for (const MemberBatches batches : {MemberBatches::shared, MemberBatches::own}) {
            FitOptions options = quick(30);
            options.member_batches = batches;
            const FitResult result = fit(ensemble_network(adapters), data, &validation, options);
            EXPECT_LT(result.best_score, 0.02) << "the variance of y is 0.74";
            EXPECT_NEAR(result.best_score, least_validation_loss(result), 1e-12);
            EXPECT_NEAR(loss_of_mean_prediction(result.network, validation), result.best_score,
                        kLossTolerance);
        }
}

TEST(Fit, MembersReadOwnRowsOnlyWhereTheyAreAsked) {
    const Dataset data = curve(200);
    const auto learnt = [&](MemberBatches batches, std::size_t batch_size, int threads) {
        FitOptions options = quick(3);
        options.member_batches = batches;
        options.batch_size = batch_size;
        options.threads = threads;
        const FitResult result = fit(ensemble_network(Adapters::all), data, nullptr, options);
        return std::vector<float>(result.network.theta().begin(), result.network.theta().end());
    };
    EXPECT_NE(learnt(MemberBatches::shared, 32, 1), learnt(MemberBatches::own, 32, 1));
    EXPECT_EQ(learnt(MemberBatches::own, 32, 1), learnt(MemberBatches::own, 32, 3));
    EXPECT_EQ(learnt(MemberBatches::shared, 200, 1), learnt(MemberBatches::own, 200, 1))
        << "where a batch is all rows nothing sets them apart";
}

TEST(Fit, LearnsClassesAndXor) {
    const Dataset data = sectors(1500), validation = sectors(500, 1);
    const FitResult result =
        fit(network_of({2, 16, 3}, Activation::relu, Output::softmax), data, &validation, quick_classes(40));
    EXPECT_LT(result.best_score, 0.06) << "chance is 1.09";

    Dataset exclusive_or;
    exclusive_or.rows = 4;
    exclusive_or.inputs = 2;
    exclusive_or.dense = Matrix<float>(4, 2);
    exclusive_or.classes = {0, 1, 1, 0};
    for (std::size_t i = 0; i < 4; ++i) {
        exclusive_or.dense(i, 0) = i & 1 ? 1.0f : -1.0f;
        exclusive_or.dense(i, 1) = i & 2 ? 1.0f : -1.0f;
    }
    const FitResult learnt = fit(network_of({2, 8, 2}, Activation::tanh, Output::softmax), exclusive_or,
                                 nullptr, quick_classes(300));
    EXPECT_LT(plain_loss(learnt.network, exclusive_or, {.loss = Loss::cross_entropy}), 0.01);
}

TEST(Fit, LinearRegressionByLbfgsIsTheLeastSquaresSolution) {
    Dataset data = random_inputs(200, 2);
    data.values = Matrix<float>(200, 1);
    for (std::size_t i = 0; i < 200; ++i)
        data.values(i, 0) = 3.0f * data.dense(i, 0) - 2.0f * data.dense(i, 1) + 0.5f;
    FitOptions options = quick(50);
    options.optimizer.kind = OptimizerKind::lbfgs;
    options.schedule.learning_rate = 1.0;
    const FitResult result =
        fit(network_of({2, 1}, Activation::linear, Output::linear), data, nullptr, options);
    EXPECT_NEAR(result.network.weights(1)(0, 0), 3.0f, 1e-4f);
    EXPECT_NEAR(result.network.weights(1)(0, 1), -2.0f, 1e-4f);
    EXPECT_NEAR(result.network.bias(1)[0], 0.5f, 1e-4f);
    EXPECT_EQ(result.stop_reason, StopReason::converged);
}

TEST(Fit, TheCallersFloatingPointModeChangesNoBitAndIsBackInCallbacksAndAtTheEnd) {
    const Dataset data = curve(300), validation = curve(50, 1);
    const FitResult expected = fit(curve_network(), data, &validation, quick(2));
    const Network<float> start = curve_network();
    std::vector<int> seen;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport&) { return seen.push_back(std::fegetround()), true; };
    callbacks.on_epoch = [&](const EpochReport&) { return seen.push_back(std::fegetround()), true; };
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    const FitResult got = fit(start, data, &validation, quick(2), callbacks);
    const int after = std::fegetround();
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(after, FE_UPWARD);
    EXPECT_EQ(seen.size(), 2U * (10U + 1U));
    for (const int rounding : seen) EXPECT_EQ(rounding, FE_UPWARD);
    EXPECT_TRUE(std::ranges::equal(got.network.theta(), expected.network.theta()));
}

TEST(Fit, TheSameSeedGivesTheSameBitsForAnyNumberOfThreads) {
    const Dataset data = curve(700), validation = curve(100, 1);
    FitOptions options = quick(5);
    options.dropout = 0.2;
    options.seed = 5;
    const FitResult one =
        fit(network_of({3, 128, 128, 1}, Activation::silu, Output::linear), data, &validation, options);
    for (const int threads : {2, 3, 7}) {
        options.threads = threads;
        const FitResult other =
            fit(network_of({3, 128, 128, 1}, Activation::silu, Output::linear), data, &validation, options);
        EXPECT_TRUE(std::ranges::equal(one.network.theta(), other.network.theta())) << threads << " threads";
    }
    options.seed = 6;
    const FitResult other =
        fit(network_of({3, 128, 128, 1}, Activation::silu, Output::linear), data, &validation, options);
    EXPECT_FALSE(std::ranges::equal(one.network.theta(), other.network.theta())) << "the seed does nothing";
}

TEST(Fit, PatienceEndsTheRunAndTheBestEpochIsKept) {
    const Dataset data = curve(60), validation = curve(300, 1);
    FitOptions options = quick(2000);
    options.patience = 10;
    const FitResult result = fit(curve_network(), data, &validation, options);
    EXPECT_EQ(result.stop_reason, StopReason::patience);
    EXPECT_EQ(result.history.size(), result.best_epoch + 10);
    expect_best_is_kept(result, validation, {});
}

TEST(Fit, ACallbackOrTheStopFlagEndsTheRunAndTheBestEpochIsKept) {
    const Dataset data = curve(300), validation = curve(300, 1);
    TrainCallbacks callbacks;
    callbacks.on_epoch = [](const EpochReport& report) { return report.epoch < 7; };
    const FitResult by_callback = fit(curve_network(), data, &validation, quick(500), callbacks);
    EXPECT_EQ(by_callback.stop_reason, StopReason::stopped);
    EXPECT_EQ(by_callback.history.size(), 7u);
    expect_best_is_kept(by_callback, validation, {});

    std::atomic<bool> stop{false};
    TrainCallbacks flagged;
    flagged.stop = &stop;
    flagged.on_step = [&](const StepReport& report) {
        if (report.step == 55) stop = true;  // 10 steps an epoch: in the middle of the sixth
        return true;
    };
    const FitResult by_flag = fit(curve_network(), data, &validation, quick(500), flagged);
    EXPECT_EQ(by_flag.stop_reason, StopReason::stopped);
    EXPECT_EQ(by_flag.history.size(), 5u);
    EXPECT_LE(by_flag.best_score, least_validation_loss(by_flag));
    EXPECT_NEAR(plain_loss(by_flag.network, validation, {}), by_flag.best_score, kLossTolerance);
}

TEST(Fit, StoppedWithinTheFirstEpochKeepsWhatWasLearnt) {
    const Dataset data = curve(3200), validation = curve(300, 1);
    TrainCallbacks callbacks;
    callbacks.on_step = [](const StepReport& report) { return report.step < 90; };
    const Network<float> start = curve_network();
    const double before = plain_loss(start, validation, {});
    const FitResult result = fit(start, data, &validation, quick(5), callbacks);
    EXPECT_TRUE(result.history.empty());
    EXPECT_EQ(result.best_epoch, 1u);
    EXPECT_LT(plain_loss(result.network, validation, {}), 0.7 * before);
}

TEST(Fit, ATimeLimitEndsTheRun) {
    const Dataset data = curve(300), validation = curve(300, 1);
    FitOptions options = quick(100'000'000);
    options.time_limit = 0.3;
    const FitResult result = fit(curve_network(), data, &validation, options);
    EXPECT_EQ(result.stop_reason, StopReason::time_limit);
    EXPECT_LE(result.best_score, least_validation_loss(result));
    EXPECT_NEAR(plain_loss(result.network, validation, {}), result.best_score, kLossTolerance);
}

TEST(Fit, DivergenceIsToldAndTheBestParametersBeforeItAreKept) {
    const Dataset data = curve(300), validation = curve(300, 1);
    FitOptions options = quick(50);
    options.optimizer.kind = OptimizerKind::sgd;
    options.schedule.learning_rate = 1e6;
    for (const Dataset* part : {&validation, static_cast<const Dataset*>(nullptr)}) {
        const FitResult result =
            fit(network_of({3, 32, 1}, Activation::linear, Output::linear), data, part, options);
        EXPECT_EQ(result.stop_reason, StopReason::diverged);
        EXPECT_NE(result.divergence.find("in epoch 1, step "), std::string::npos) << result.divergence;
        EXPECT_NE(result.divergence.find("at learning rate 1e+06"), std::string::npos) << result.divergence;
        EXPECT_NE(result.divergence.find("--learning-rate 100000"), std::string::npos) << result.divergence;
        const Network<float> start = network_of({3, 32, 1}, Activation::linear, Output::linear);
        EXPECT_TRUE(std::ranges::equal(result.network.theta(), start.theta()));
    }
}

TEST(Fit, WithoutValidationADivergingRunGivesBackItsEpochOfLeastTrainingLoss) {
    Dataset data = curve(320);
    FitOptions options = quick(40);
    options.optimizer.kind = OptimizerKind::sgd;
    options.schedule.learning_rate = 0.01;
    TrainCallbacks callbacks;
    // From epoch 10 on the data is poisoned, which no rule survives.
    callbacks.on_epoch = [&](const EpochReport& report) {
        if (report.epoch == 10) std::ranges::fill(data.values.elements(), std::numeric_limits<float>::max());
        return true;
    };
    const double clean = plain_loss(fit(curve_network(), curve(320), nullptr,
                                        [&] {
                                            FitOptions nine = options;
                                            nine.epochs = 9;
                                            nine.schedule.kind = ScheduleKind::constant;
                                            return nine;
                                        }())
                                        .network,
                                    curve(320), {});
    const FitResult result = fit(curve_network(), data, nullptr, options, callbacks);
    EXPECT_EQ(result.stop_reason, StopReason::diverged);
    EXPECT_EQ(result.best_epoch, 9u);
    EXPECT_NEAR(plain_loss(result.network, curve(320), {}), clean, kLossTolerance);
}

TEST(Fit, WeightZeroIsAsIfTheRowWereNotThereAndWeightTwoAsIfItWereThereTwice) {
    Dataset weighted = curve(60);
    std::vector<std::uint32_t> kept;
    for (std::uint32_t i = 0; i < 60; ++i) {
        weighted.weights.push_back(static_cast<float>(i % 3));
        for (std::uint32_t copy = 0; copy < i % 3; ++copy) kept.push_back(i);
    }
    Dataset repeated = random_inputs(kept.size(), 3);
    repeated.values = Matrix<float>(kept.size(), 1);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        std::ranges::copy(weighted.dense.row(kept[i]), repeated.dense.row(i).begin());
        repeated.values(i, 0) = weighted.values(kept[i], 0);
    }
    FitOptions options = quick(50);
    options.optimizer.kind = OptimizerKind::gd;
    options.batch_size = 1000;
    options.schedule.learning_rate = 0.1;
    const FitResult one = fit(curve_network(), weighted, nullptr, options);
    const FitResult other = fit(curve_network(), repeated, nullptr, options);
    for (std::size_t j = 0; j < one.network.theta().size(); ++j)
        ASSERT_NEAR(one.network.theta()[j], other.network.theta()[j], 1e-5) << "parameter " << j;
}

TEST(Fit, ClippingBoundsTheUpdate) {
    const Dataset data = curve(64);
    FitOptions options = quick(1);
    options.optimizer.kind = OptimizerKind::sgd;
    options.batch_size = 64;
    options.schedule.learning_rate = 1.0;
    options.clip_norm = 0.01;
    const Network<float> start = curve_network();
    const FitResult result = fit(start, data, nullptr, options);
    double squared = 0.0;
    for (std::size_t j = 0; j < start.theta().size(); ++j)
        squared += std::pow(double{result.network.theta()[j]} - start.theta()[j], 2);
    EXPECT_NEAR(std::sqrt(squared), 0.01, 1e-4);
    EXPECT_GT(result.history[0].gradient_norm, 0.1) << "the gradient was short anyway";
}

TEST(Fit, WeightDecayLeavesBiasesAlone) {
    Dataset data = random_inputs(32, 2);
    data.values = Matrix<float>(32, 1);
    std::ranges::fill(data.dense.elements(), 0.0f);
    Network<float> start = network_of({2, 1}, Activation::linear, Output::linear);
    start.bias(1)[0] = 0.5f;
    FitOptions options = quick(1);
    options.optimizer = {.kind = OptimizerKind::sgd, .weight_decay = 0.5};
    options.batch_size = 32;
    options.schedule.learning_rate = 0.1;
    std::ranges::fill(data.values.elements(), 1.0f);
    const FitResult result = fit(start, data, nullptr, options);
    // Inputs are 0, so weights move by decay alone and the bias by the gradient 2 (0.5 - 1) alone.
    EXPECT_FLOAT_EQ(result.network.weights(1)(0, 0), start.weights(1)(0, 0) * 0.95f);
    EXPECT_FLOAT_EQ(result.network.bias(1)[0], 0.6f);
}

TEST(Fit, CallbacksSeeEveryStepAndEpoch) {
    const Dataset data = curve(100);
    FitOptions options = quick(3);
    options.schedule.kind = ScheduleKind::cosine;
    std::vector<StepReport> steps;
    std::vector<EpochReport> epochs;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport& report) { return steps.push_back(report), true; };
    callbacks.on_epoch = [&](const EpochReport& report) { return epochs.push_back(report), true; };
    fit(curve_network(), data, nullptr, options, callbacks);
    ASSERT_EQ(steps.size(), 12u);  // 32 + 32 + 32 + 4 rows, three times
    ASSERT_EQ(epochs.size(), 3u);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        EXPECT_EQ(steps[i].step, i + 1);
        EXPECT_EQ(steps[i].epoch, i / 4 + 1);
        EXPECT_GT(steps[i].loss, 0.0);
        EXPECT_GT(steps[i].gradient_norm, 0.0);
        EXPECT_GT(steps[i].examples_per_second, 0.0);
        if (i > 0) {
            EXPECT_LT(steps[i].learning_rate, steps[i - 1].learning_rate);
        }
    }
    double mean = 0.0;
    for (std::size_t i = 0; i < 4; ++i) mean += steps[i].loss * (i == 3 ? 4.0 : 32.0) / 100.0;
    EXPECT_NEAR(epochs[0].loss, mean, 1e-12);
    EXPECT_EQ(epochs[2].epochs, 3u);
    EXPECT_EQ(epochs[2].seconds_left, 0.0);
}

TEST(Fit, WholeBatchesLeaveOutOtherRowsInEachEpoch) {
    const Dataset data = curve(100);
    FitOptions options = quick(3);
    options.whole_batches = true;
    std::size_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport&) { return ++steps, true; };
    const FitResult result = fit(curve_network(), data, nullptr, options, callbacks);
    EXPECT_EQ(steps, 9u);  // 32 + 32 + 32 rows, three times
    EXPECT_EQ(result.history.size(), 3u);
    EXPECT_EQ(result.history.back().seconds_left, 0.0);
    steps = 0;
    options.batch_size = 1000;
    fit(curve_network(), data, nullptr, options, callbacks);
    EXPECT_EQ(steps, 3u) << "fewer rows than a batch are one";
}

/// Steps too short to change a class or a loss in float32: every epoch is as good as the first.
TEST(Fit, KeepsTheLastOfEpochsWithEqualErrorAndTheFirstOfThoseWithEqualLoss) {
    const Dataset data = sectors(64), validation = sectors(40, 1);
    FitOptions options = quick_classes(4);
    options.schedule.learning_rate = 1e-12;
    const Network<float> start = network_of({2, 3}, Activation::linear, Output::softmax);
    EXPECT_EQ(fit(start, data, &validation, options).best_epoch, 0u);
    options.keep_by = KeepBy::error;
    const FitResult result = fit(start, data, &validation, options);
    EXPECT_EQ(result.best_epoch, 4u);
    EXPECT_DOUBLE_EQ(result.best_score * 40.0, std::round(result.best_score * 40.0)) << "a share of 40 rows";
}

/// The error is counted by hand, with the plain pass, on what is kept.
TEST(Fit, KeepByErrorScoresWrongClasses) {
    const Dataset data = sectors(300), validation = sectors(200, 1);
    FitOptions options = quick_classes(12);
    options.keep_by = KeepBy::error;
    const FitResult result =
        fit(network_of({2, 8, 3}, Activation::tanh, Output::softmax), data, &validation, options);
    const Trace<float> trace = forward_propagation<float>(result.network, validation.dense.view());
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < validation.rows; ++row) {
        const std::span<const float> logits = trace.logits().row(row);
        wrong += static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin()) !=
                 validation.classes[row];
    }
    EXPECT_DOUBLE_EQ(result.best_score, static_cast<double>(wrong) / 200.0);
}

/// A start that is 5 everywhere and bounds that end at 2.
TEST(Fit, KeepByErrorMeasuresRealValuesWithinTheirBounds) {
    const Dataset data = curve(50);
    Dataset validation = random_inputs(10, 3);
    validation.values = Matrix<float>(10, 1);
    std::ranges::fill(validation.values.elements(), 1.0f);
    Network<float> start({{3, 1}, Activation::linear, Output::linear});
    start.bias(1)[0] = 5.0f;
    FitOptions options = quick(1);
    options.schedule.learning_rate = 1e-12;
    options.keep_by = KeepBy::error;
    EXPECT_NEAR(fit(start, data, &validation, options).best_score, 16.0, 1e-4);
    options.bounds = {{-1.0f, 2.0f}};
    EXPECT_NEAR(fit(start, data, &validation, options).best_score, 1.0, 1e-6);
}

TEST(Fit, IterationsAreCountedInUpdates) {
    const Dataset data = curve(100);
    FitOptions options = quick(1000);
    options.iterations = 10;
    std::size_t steps = 0;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport&) { return ++steps, true; };
    EXPECT_EQ(fit(curve_network(), data, nullptr, options, callbacks).stop_reason, StopReason::epochs);
    EXPECT_EQ(steps, 10u);
}

TEST(Fit, ManyRowsInOneBatchAreCutIntoChunksThatDoNotShow) {
    const Dataset data = curve(9001);
    FitOptions options = quick(3);
    options.optimizer.kind = OptimizerKind::gd;
    options.batch_size = 9001;
    const FitResult result = fit(curve_network(), data, nullptr, options);
    const Network<float> start = curve_network();
    EXPECT_NEAR(result.history[0].loss, plain_loss(start, data, {}), kLossTolerance);
}

}  // namespace
}  // namespace thalweg
