#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/engine.h"
#include "problems.h"

namespace thalweg {
namespace {

constexpr double kLossTolerance = 1e-5;
/// float32 rounding of parameters of order 1 over a few updates.
constexpr double kParameterTolerance = 1e-6;

void expect_same_parameters(const Network<float>& got, const Network<float>& expected) {
    for (std::size_t j = 0; j < expected.theta().size(); ++j)
        ASSERT_NEAR(got.theta()[j], expected.theta()[j], kParameterTolerance) << "parameter " << j;
}

std::vector<StepReport> steps_of(const Network<float>& start, const Dataset& data, const Dataset* validation,
                                 const FitOptions& options) {
    std::vector<StepReport> steps;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const StepReport& report) { return steps.push_back(report), true; };
    fit(start, data, validation, options, callbacks);
    return steps;
}

std::vector<double> rates_of(const FitOptions& options, const Dataset* validation = nullptr) {
    std::vector<double> rates;
    for (const StepReport& step : steps_of(shallow_network(), curve(100), validation, options))
        rates.push_back(step.learning_rate);
    return rates;
}

/// theta -= eta * gradient of `rows`, in double.
void plain_step(Network<double>& network, const Dataset& data, std::size_t first, std::size_t count,
                double eta) {
    Matrix<double> inputs(count, data.inputs), values(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
        std::ranges::copy(data.dense.row(first + i), inputs.row(i).begin());
        values(i, 0) = data.values(first + i, 0);
    }
    const Trace<double> trace = forward_propagation<double>(network, inputs.view());
    const Gradient<double> gradient = back_propagation<double>(network, trace, {values.view(), {}, {}}, {});
    for (std::size_t j = 0; j < network.theta().size(); ++j) network.theta()[j] -= eta * gradient.theta()[j];
}

TEST(Step, TakesTheRowsInOrderAndTheLastPartialBatchWithItsOwnMean) {
    const Dataset data = curve(70);  // batches of 32, 32 and 6
    FitOptions options = sgd_options(0.1, 2);
    options.shuffle = false;
    const FitResult result = fit(shallow_network(), data, nullptr, options);
    Network<double> expected(shallow_network().shape());
    std::ranges::copy(shallow_network().theta(), expected.theta().begin());
    for (int epoch = 0; epoch < 2; ++epoch)
        for (const std::size_t first : {0u, 32u, 64u})
            plain_step(expected, data, first, std::min<std::size_t>(32, 70 - first), 0.1);
    for (std::size_t j = 0; j < expected.theta().size(); ++j)
        EXPECT_NEAR(result.network.theta()[j], expected.theta()[j], kParameterTolerance) << "parameter " << j;
}

TEST(Step, ABatchLargerThanTheDataIsAllOfIt) {
    const Dataset data = curve(70);
    FitOptions options = sgd_options(0.1, 20);
    options.batch_size = 70;
    const FitResult all = fit(shallow_network(), data, nullptr, options);
    options.batch_size = static_cast<std::size_t>(-1);
    const FitResult larger = fit(shallow_network(), data, nullptr, options);
    EXPECT_TRUE(std::ranges::equal(all.network.theta(), larger.network.theta()));
}

TEST(Step, EveryEpochShufflesAnewAndSeesEachRowOnce) {
    // The loss of a batch of one row at a learning rate that changes nothing tells which row it was.
    Dataset data = random_inputs(40, 3);
    data.values = Matrix<float>(40, 1);
    for (std::size_t i = 0; i < 40; ++i) data.values(i, 0) = static_cast<float>(i);
    Network<float> zero({{3, 1}, Activation::linear, Output::linear});
    FitOptions options = sgd_options(1e-30, 3);
    options.batch_size = 1;
    std::vector<std::vector<int>> epochs(3);
    for (const StepReport& step : steps_of(zero, data, nullptr, options))
        epochs[step.epoch - 1].push_back(static_cast<int>(std::lround(std::sqrt(step.loss))));
    EXPECT_NE(epochs[0], epochs[1]);
    EXPECT_NE(epochs[1], epochs[2]);
    for (std::vector<int>& order : epochs) {
        EXPECT_FALSE(std::ranges::is_sorted(order));
        std::ranges::sort(order);
        for (int i = 0; i < 40; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    }
}

TEST(Step, ABatchWhoseWeightsSumToZeroIsSkipped) {
    Dataset weighted = curve(96);
    weighted.weights.assign(96, 1.0f);
    std::fill_n(weighted.weights.begin() + 32, 32, 0.0f);  // the second of three batches
    std::vector<std::uint32_t> kept(64);
    std::iota(kept.begin(), kept.begin() + 32, 0u);
    std::iota(kept.begin() + 32, kept.end(), 64u);
    FitOptions options = sgd_options(0.1, 5);
    options.optimizer = {.kind = OptimizerKind::adam, .weight_decay = 0.1};
    options.shuffle = false;
    const FitResult skipping = fit(shallow_network(), weighted, nullptr, options);
    const FitResult without = fit(shallow_network(), curve(96).select(kept), nullptr, options);
    expect_same_parameters(skipping.network, without.network);
    EXPECT_NEAR(skipping.best_score, without.best_score, kLossTolerance);
}

TEST(Step, DropoutActsInTrainingAndNotInValidation) {
    const Dataset data = curve(400), validation = curve(200, 1);
    FitOptions options = sgd_options(0.02, 5);
    const FitResult plain = fit(shallow_network(), data, &validation, options);
    options.dropout = 0.5;
    const FitResult result = fit(shallow_network(), data, &validation, options);
    EXPECT_GT(result.history.back().loss, plain.history.back().loss) << "nothing was dropped";
    EXPECT_NEAR(plain_loss(result.network, validation, {}), result.best_score, kLossTolerance);
}

TEST(Step, TheSeedChoosesWhatIsDropped) {
    FitOptions options = sgd_options(0.02, 3);
    options.shuffle = false;
    options.dropout = 0.5;
    const FitResult one = fit(shallow_network(), curve(64), nullptr, options);
    options.seed = 1;
    const FitResult other = fit(shallow_network(), curve(64), nullptr, options);
    EXPECT_FALSE(std::ranges::equal(one.network.theta(), other.network.theta()));
}

TEST(Step, WithLbfgsEveryStepDropsOtherActivations) {
    const Dataset data = curve(64);
    FitOptions options = sgd_options(1.0, 5);
    options.optimizer.kind = OptimizerKind::lbfgs;
    options.dropout = 0.3;
    const std::vector<StepReport> steps = steps_of(shallow_network(), data, nullptr, options);
    Engine engine(shallow_network().shape(), {}, 64, 1);
    std::vector<float> gradient(shallow_network().theta().size());
    ASSERT_EQ(steps.size(), 5u);
    for (std::uint32_t step = 1; step < 5; ++step) {
        options.epochs = step;
        const Network<float> before = fit(shallow_network(), data, nullptr, options).network;
        const double loss =
            engine.loss_and_gradient(before.theta(), data.dense.view(), {data.values.view(), {}, {}},
                                     {.rate = 0.3, .seed = 0, .step = step}, gradient);
        EXPECT_NEAR(steps[step].loss, loss, kLossTolerance) << "step " << step + 1;
    }
}

TEST(Step, LabelSmoothingKeepsTheNetworkFromCertainty) {
    // One class for all inputs: the smoothed optimum is the probability 1 - s + s/k for it.
    Dataset data = random_inputs(32, 2);
    data.classes.assign(32, 1u);
    FitOptions options = sgd_options(0.5, 2000);
    options.loss = {.loss = Loss::cross_entropy, .label_smoothing = 0.3};
    Network<float> start({{2, 3}, Activation::linear, Output::softmax});
    const FitResult result = fit(start, data, nullptr, options);
    const auto bias = result.network.bias(1);
    const double certain = std::exp(bias[1]) / (std::exp(bias[0]) + std::exp(bias[1]) + std::exp(bias[2]));
    EXPECT_NEAR(certain, 0.8, 1e-3);
}

TEST(Step, TheScheduleSetsTheLearningRateOfEachStep) {
    FitOptions options = sgd_options(0.1, 10);  // 4 steps an epoch, 40 in all
    options.schedule.kind = ScheduleKind::step;
    options.schedule.decay_every = 2;
    options.schedule.decay_factor = 0.5;
    const std::vector<double> stairs = rates_of(options);
    ASSERT_EQ(stairs.size(), 40u);
    for (std::size_t i = 0; i < 40; ++i) EXPECT_DOUBLE_EQ(stairs[i], 0.1 * std::pow(0.5, i / 8)) << i;

    options.schedule.kind = ScheduleKind::constant;
    options.schedule.warmup = 0.25;
    const std::vector<double> warm = rates_of(options);
    for (std::size_t i = 1; i <= 10; ++i) EXPECT_GT(warm[i], warm[i - 1]) << i;
    for (std::size_t i = 10; i < 40; ++i) EXPECT_DOUBLE_EQ(warm[i], 0.1) << i;

    options.schedule.kind = ScheduleKind::cosine;
    options.schedule.warmup = 0.0;
    EXPECT_LT(rates_of(options).back(), 1e-9);
}

TEST(Step, PlateauIsToldTheValidationLoss) {
    // Training improves all the time; a validation part of other targets gets worse.
    Dataset validation = curve(50, 1);
    for (float& value : validation.values.elements()) value = -value;
    FitOptions options = sgd_options(0.05, 30);
    options.batch_size = 100;
    options.schedule.kind = ScheduleKind::plateau;
    options.schedule.plateau_patience = 3;
    const std::vector<double> told = rates_of(options, &validation);
    EXPECT_LT(told.back(), 0.05 * 0.02) << "two decays at least";
    for (const double rate : rates_of(options)) EXPECT_DOUBLE_EQ(rate, 0.05);
}

TEST(Step, LbfgsGoesFarLowerThanSgdInTheSameNumberOfPasses) {
    const Dataset data = curve(300);
    FitOptions options = sgd_options(0.05, 1000);
    options.batch_size = 300;
    const double by_sgd = plain_loss(fit(shallow_network(), data, nullptr, options).network, data, {});
    options.optimizer.kind = OptimizerKind::lbfgs;
    options.schedule.learning_rate = 1.0;
    options.epochs = 400;  // each with one pass, and now and then a few along the line
    const double by_lbfgs = plain_loss(fit(shallow_network(), data, nullptr, options).network, data, {});
    EXPECT_LT(by_lbfgs, 0.1 * by_sgd);
}

TEST(Step, LbfgsReportsTheLossBeforeEachOfItsSteps) {
    const Dataset data = curve(100);
    FitOptions options = sgd_options(1.0, 6);
    options.optimizer.kind = OptimizerKind::lbfgs;
    const std::vector<StepReport> all = steps_of(shallow_network(), data, nullptr, options);
    ASSERT_EQ(all.size(), 6u);
    for (std::size_t steps = 1; steps < 6; ++steps) {
        options.epochs = steps;
        const FitResult result = fit(shallow_network(), data, nullptr, options);
        EXPECT_NEAR(all[steps].loss, plain_loss(result.network, data, {}), kLossTolerance)
            << "after " << steps << " steps";
        EXPECT_LT(all[steps].loss, all[steps - 1].loss);
    }
}

TEST(Step, EveryRuleLearns) {
    const Dataset data = curve(400);
    const double before = plain_loss(shallow_network(), data, {});
    for (const auto& [kind, name] : ChoiceTable<OptimizerKind>::entries) {
        FitOptions options = sgd_options(kind == OptimizerKind::lbfgs ? 1.0 : 0.01, 60);
        options.optimizer.kind = kind;
        const FitResult result = fit(shallow_network(), data, nullptr, options);
        EXPECT_LT(plain_loss(result.network, data, {}), 0.6 * before) << name;
    }
}

TEST(Step, AnyActivationOutputAndLossTrains) {
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries) {
        const Dataset data = sectors(200);
        FitOptions options = sgd_options(0.1, 20);
        options.loss.loss = Loss::cross_entropy;
        const Network<float> start = network_of({2, 8, 3}, activation, Output::softmax);
        const FitResult result = fit(start, data, nullptr, options);
        EXPECT_LT(plain_loss(result.network, data, options.loss), 0.7 * plain_loss(start, data, options.loss))
            << name;
    }
    for (const auto& [loss, name] : ChoiceTable<Loss>::entries) {
        if (loss == Loss::cross_entropy) continue;
        Dataset data = curve(200);
        const bool positive = loss == Loss::gamma || loss == Loss::mape;
        for (float& value : data.values.elements()) value = value > 0.0f ? 1.0f : positive ? 0.25f : 0.0f;
        const bool ratios = loss == Loss::poisson || loss == Loss::gamma || loss == Loss::tweedie;
        const Output output = loss == Loss::binary_cross_entropy ? Output::logistic
                              : ratios                           ? Output::exponential
                                                                 : Output::linear;
        FitOptions options = sgd_options(0.05, 40);
        options.loss.loss = loss;
        const Network<float> start = network_of({3, 16, 1}, Activation::tanh, output);
        const FitResult result = fit(start, data, nullptr, options);
        EXPECT_LT(plain_loss(result.network, data, options.loss), 0.9 * plain_loss(start, data, options.loss))
            << name;
    }
}

}  // namespace
}  // namespace thalweg
