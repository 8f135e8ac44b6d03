#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/expect_error.h"
#include "support/random_examples.h"
#include "thalweg/optimizer.hpp"

namespace thalweg::test {
namespace {

std::vector<OptimizerKind> kinds_with_steps() {
    std::vector<OptimizerKind> kinds;
    for (const auto& entry : ChoiceTable<OptimizerKind>::entries)
        if (entry.first != OptimizerKind::lbfgs) kinds.push_back(entry.first);
    return kinds;
}

/// theta after `steps` updates of one parameter by given gradients.
double after(const OptimizerOptions& options, double theta, std::vector<double> gradients, double eta) {
    const auto optimizer = make_optimizer<double>(options, 1);
    for (double& gradient : gradients) optimizer->step({&theta, 1}, {&gradient, 1}, eta);
    return theta;
}

constexpr double kRounding = 1e-15;

TEST(Gd, TakesTheStepOfTheTheory) {
    EXPECT_EQ(after({.kind = OptimizerKind::gd}, 2.0, {0.5}, 0.25), 2.0 - 0.25 * 0.5);
}

TEST(Sgd, WithoutMomentumIsGradientDescent) {
    EXPECT_EQ(after({.kind = OptimizerKind::sgd}, 2.0, {0.5}, 0.25), 2.0 - 0.25 * 0.5);
}

TEST(Sgd, RemembersItsVelocity) {
    const OptimizerOptions plain = {.kind = OptimizerKind::sgd, .momentum = 0.5};
    // v: 1, 0.5 + 2 = 2.5
    EXPECT_NEAR(after(plain, 0.0, {1.0, 2.0}, 0.1), -0.1 * (1.0 + 2.5), kRounding);
    OptimizerOptions nesterov = plain;
    nesterov.nesterov = true;
    EXPECT_NEAR(after(nesterov, 0.0, {1.0, 2.0}, 0.1), -0.1 * (1.5 + (2.0 + 0.5 * 2.5)), kRounding);
}

/// The velocity is in units of the gradient, so a changed rate acts at once.
TEST(Sgd, AppliesALearningRateToTheWholeVelocity) {
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::sgd, .momentum = 0.5}, 1);
    double theta = 0.0, gradient = 1.0;
    optimizer->step({&theta, 1}, {&gradient, 1}, 1.0);
    optimizer->step({&theta, 1}, {&gradient, 1}, 0.1);
    EXPECT_NEAR(theta, -1.0 - 0.1 * 1.5, kRounding);
}

/// With the bias corrected, the first step is the learning rate whatever the gradient's size.
TEST(Adam, FirstStepIsTheLearningRate) {
    for (const double gradient : {1e-3, -7.0, 1e5})
        EXPECT_NEAR(after({.kind = OptimizerKind::adam}, 0.0, {gradient}, 0.01),
                    std::copysign(0.01, -gradient), 1e-6);
}

TEST(AdamW, DecaysTheWeightsApartFromTheGradient) {
    const OptimizerOptions decayed = {.kind = OptimizerKind::adamw, .weight_decay = 0.1};
    // A gradient of 0 leaves the decay alone at work.
    EXPECT_NEAR(after(decayed, 3.0, {0.0, 0.0}, 0.5), 3.0 * 0.95 * 0.95, kRounding * 3);
    const OptimizerOptions adam = {.kind = OptimizerKind::adam, .weight_decay = 0.1};
    EXPECT_NEAR(after(adam, 3.0, {0.0}, 0.5), 2.5, 1e-6) << "adam adds it to the gradient and normalises it";
}

TEST(AdamW, DecaysWhereTheMaskSaysSo) {
    const std::vector<double> mask = {1.0, 0.0};
    const auto optimizer =
        make_optimizer<double>({.kind = OptimizerKind::adamw, .weight_decay = 0.1}, 2, mask);
    std::vector<double> theta = {3.0, 3.0}, gradient(2);
    optimizer->step(theta, gradient, 0.5);
    EXPECT_NEAR(theta[0], 3.0 * 0.95, 1e-14);
    EXPECT_EQ(theta[1], 3.0);
}

TEST(RmsProp, DividesByTheRootOfTheMeanSquare) {
    const OptimizerOptions options = {.kind = OptimizerKind::rmsprop, .rho = 0.75, .epsilon = 1e-3};
    const double first = 2.0 / (std::sqrt(0.25 * 4.0) + 1e-3);
    const double second = -1.0 / (std::sqrt(0.75 * 1.0 + 0.25 * 1.0) + 1e-3);
    EXPECT_NEAR(after(options, 0.0, {2.0, -1.0}, 0.1), -0.1 * (first + second), kRounding);
    OptimizerOptions with_momentum = options;
    with_momentum.momentum = 0.5;
    EXPECT_NEAR(after(with_momentum, 0.0, {2.0, -1.0}, 0.1), -0.1 * (first + (0.5 * first + second)),
                kRounding);
}

TEST(AdaGrad, DividesByTheRootOfTheSumOfSquares) {
    const OptimizerOptions options = {.kind = OptimizerKind::adagrad, .epsilon = 0.0};
    EXPECT_NEAR(after(options, 0.0, {3.0, 4.0}, 0.1), -0.1 * (1.0 + 4.0 / 5.0), 1e-10);
    EXPECT_EQ(after(options, 1.0, {0.0}, 0.1), 1.0) << "its own epsilon keeps 0/0 away";
}

TEST(Rprop, GrowsWhileTheSignStaysAndShrinksWhenItChanges) {
    const OptimizerOptions options = {.kind = OptimizerKind::rprop};
    EXPECT_NEAR(after(options, 0.0, {5.0, 0.1}, 0.1), -0.1 - 0.12, kRounding);
    // The change of sign shrinks the step and moves nothing; the next gradient is as if it were the first.
    EXPECT_NEAR(after(options, 0.0, {5.0, -0.1, -3.0}, 0.1), -0.1 + 0.05, kRounding);
    OptimizerOptions bounded = options;
    bounded.step_max = 0.11;
    EXPECT_NEAR(after(bounded, 0.0, {1.0, 1.0, 1.0}, 0.1), -0.1 - 0.11 - 0.11, kRounding);
}

class EveryRule : public testing::TestWithParam<OptimizerKind> {};

/// Weight decay and L1 are what adding them to the gradient by hand gives (adamw's decay apart).
TEST_P(EveryRule, PenalisesWhereTheMaskSaysSo) {
    OptimizerOptions options = {.kind = GetParam()};
    options.l1 = 0.3;
    if (GetParam() != OptimizerKind::adamw) options.weight_decay = 0.2;
    OptimizerOptions bare = options;
    bare.l1 = bare.weight_decay = 0.0;
    const std::vector<double> mask = {1.0, 0.0, 1.0, 1.0};
    std::vector<double> theta = {2.0, 2.0, -3.0, 0.0}, by_hand = theta;
    const auto penalised = make_optimizer<double>(options, 4, mask);
    const auto plain = make_optimizer<double>(bare, 4);
    for (int t = 0; t < 3; ++t) {
        std::vector<double> gradient = {0.1, 0.1, 0.1, 0.1}, penalty = gradient;
        for (int j = 0; j < 4; ++j)
            penalty[j] += mask[j] * (options.weight_decay * by_hand[j] +
                                     options.l1 * ((by_hand[j] > 0) - (by_hand[j] < 0)));
        penalised->step(theta, gradient, 0.01);
        plain->step(by_hand, penalty, 0.01);
    }
    for (int j = 0; j < 4; ++j) EXPECT_NEAR(theta[j], by_hand[j], 1e-14) << j;
}

template <class Scalar>
void run_steps(Optimizer<Scalar>& optimizer, std::span<Scalar> theta, std::size_t from, std::size_t to) {
    for (std::size_t t = from; t < to; ++t) {
        Draws draws(100 + t);
        std::vector<Scalar> gradient(theta.size());
        fill_normal<Scalar>(gradient, 1.0, draws);
        optimizer.step(theta, gradient, 0.01);
    }
}

template <class Scalar>
void expect_resumes(OptimizerKind kind) {
    OptimizerOptions options = {.kind = kind, .weight_decay = 0.01, .l1 = 0.001};
    if (kind == OptimizerKind::sgd || kind == OptimizerKind::rmsprop) options.momentum = 0.9;
    constexpr std::size_t kParameters = 37;
    std::vector<Scalar> straight(kParameters, Scalar{1}), resumed = straight;
    const auto whole = make_optimizer<Scalar>(options, kParameters);
    run_steps<Scalar>(*whole, straight, 0, 10);

    const auto before = make_optimizer<Scalar>(options, kParameters);
    run_steps<Scalar>(*before, resumed, 0, 6);
    const auto afterwards = make_optimizer<Scalar>(options, kParameters);
    const auto saved = before->state(), restored = afterwards->state();
    ASSERT_EQ(saved.size(), restored.size());
    for (std::size_t i = 0; i < saved.size(); ++i) {
        EXPECT_EQ(saved[i].name, restored[i].name);
        std::ranges::copy(saved[i].values, restored[i].values.begin());
    }
    run_steps<Scalar>(*afterwards, resumed, 6, 10);
    EXPECT_EQ(straight, resumed);
}

TEST_P(EveryRule, ResumesBitForBitFromItsState) {
    expect_resumes<double>(GetParam());
    expect_resumes<float>(GetParam());
}

/// An update of a parameter depends on its own gradient alone, so vectors of any width give the same bits.
TEST_P(EveryRule, UpdatesAParameterTheSameWhereverItStands) {
    constexpr std::size_t kMost = 19;
    std::vector<float> first(kMost);
    for (std::size_t parameters = 1; parameters <= kMost; ++parameters) {
        const auto optimizer = make_optimizer<float>({.kind = GetParam()}, parameters);
        std::vector<float> theta(parameters, 0.7f);
        for (const float g : {0.31f, -0.12f, 0.05f}) {
            std::vector<float> gradient(parameters, g);
            optimizer->step(theta, gradient, 0.01);
        }
        first[parameters - 1] = theta[0];
        for (const float value : theta) EXPECT_EQ(value, first[0]);
    }
}

/// Three steps of five parameters alike; what each is afterwards.
std::vector<float> after_three_steps(OptimizerKind kind, double learning_rate,
                                     std::span<const ParameterGroup> groups) {
    const auto optimizer = make_optimizer<float>({.kind = kind}, 5, {}, groups);
    std::vector<float> theta(5, 0.7f);
    for (const float g : {0.31f, -0.12f, 0.05f}) {
        std::vector<float> gradient(5, g);
        optimizer->step(theta, gradient, learning_rate);
    }
    return theta;
}

TEST_P(EveryRule, GivesAGroupItsOwnRate) {
    if (GetParam() == OptimizerKind::rprop || GetParam() == OptimizerKind::lbfgs)
        GTEST_SKIP() << "its steps do not follow the learning rate";
    const std::vector<ParameterGroup> groups = {{1, 3, 0.5}, {4, 5, 2.0}};
    const std::vector<float> mixed = after_three_steps(GetParam(), 0.01, groups);
    const float whole = after_three_steps(GetParam(), 0.01, {})[0];
    const float half = after_three_steps(GetParam(), 0.005, {})[0];
    const float twice = after_three_steps(GetParam(), 0.02, {})[0];
    EXPECT_EQ(mixed, (std::vector<float>{whole, half, half, whole, twice}));
}

TEST_P(EveryRule, LowersALossInFloat) {
    const auto optimizer = make_optimizer<float>({.kind = GetParam()}, 2);
    std::vector<float> theta = {3.0f, -2.0f};
    const auto loss = [&] { return theta[0] * theta[0] + 2 * theta[1] * theta[1]; };
    const float before = loss();
    for (int t = 0; t < 200; ++t) {
        std::vector<float> gradient = {2 * theta[0], 4 * theta[1]};
        optimizer->step(theta, gradient, 0.02);
    }
    EXPECT_LT(loss(), 0.95f * before);
}

TEST_P(EveryRule, MinimisesByOneStepAndOneEvaluation) {
    const auto by_step = make_optimizer<double>({.kind = GetParam()}, 1);
    const auto by_objective = make_optimizer<double>({.kind = GetParam()}, 1);
    double stepped = 3.0, minimised = 3.0, gradient = 6.0, gradient_at_theta = 6.0;
    const Objective<double> square = [](std::span<const double> theta, std::span<double> slope) {
        slope[0] = 2.0 * theta[0];
        return theta[0] * theta[0];
    };
    by_step->step({&stepped, 1}, {&gradient, 1}, 0.1);
    bool progressed = false;
    const double loss =
        by_objective->minimise({&minimised, 1}, {&gradient_at_theta, 1}, 9.0, 0.1, square, progressed);
    EXPECT_TRUE(progressed);
    EXPECT_FALSE(by_objective->needs_objective());
    EXPECT_EQ(minimised, stepped);
    EXPECT_EQ(loss, stepped * stepped);
    EXPECT_EQ(gradient_at_theta, 2.0 * stepped);
}

TEST_P(EveryRule, RefusesAGradientOfAnotherSize) {
    const auto optimizer = make_optimizer<double>({.kind = GetParam()}, 3);
    std::vector<double> theta(3), gradient(2);
    expect_error(ErrorKind::usage, "made for 3 parameters: got 3 and a gradient of 2",
                 [&] { optimizer->step(theta, gradient, 0.1); });
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, testing::ValuesIn(kinds_with_steps()),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(OptimizerOptions, OutOfRangeAreRefusedByTheirFlag) {
    const auto refuses = [](OptimizerOptions options, const char* message) {
        expect_error(ErrorKind::usage, message, [&] { make_optimizer<float>(options, 3); });
    };
    using enum OptimizerKind;
    refuses({.kind = sgd, .momentum = 1.0}, "--momentum must be at least 0 and below 1: got 1");
    refuses({.kind = sgd, .momentum = -0.5}, "--momentum must be at least 0 and below 1: got -0.5");
    refuses({.kind = sgd, .nesterov = true}, "--nesterov looks ahead along the momentum");
    refuses({.kind = adam, .beta1 = 1.0}, "--beta1");
    refuses({.kind = adam, .beta2 = std::nan("")}, "--beta2 must be at least 0 and below 1: got nan");
    refuses({.kind = adamw, .epsilon = 0.0}, "--epsilon must be above 0: got 0");
    refuses({.kind = adagrad, .epsilon = -1.0}, "--epsilon must be 0 or more: got -1");
    refuses({.kind = gd, .weight_decay = -1e-3}, "--weight-decay must be 0 or more: got -0.001");
    refuses({.kind = gd, .l1 = std::numeric_limits<double>::infinity()}, "--l1 must be 0 or more: got inf");
    refuses({.kind = rmsprop, .rho = 1.0}, "rho");
    refuses({.kind = rprop, .eta_minus = 1.0}, "eta_minus");
    refuses({.kind = rprop, .eta_plus = 1.0}, "eta_plus");
    refuses({.kind = rprop, .step_min = 0.0}, "step_min");
    refuses({.kind = rprop, .step_min = 1.0, .step_max = 0.5}, "step_max");
    refuses({.kind = lbfgs, .history = 0}, "history must be above 0: got 0");
    refuses({.kind = lbfgs, .l1 = 0.1}, "--l1 has a kink at 0");
}

TEST(OptimizerOptions, RefuseGroupsThatOverlapOrLieOutside) {
    const auto refuses = [](const std::vector<ParameterGroup>& groups, const char* message) {
        expect_error(ErrorKind::usage, message, [&] { make_optimizer<float>({}, 5, {}, groups); });
    };
    refuses({{0, 3, 1.0}, {2, 4, 1.0}}, "parameters 2 to 4 of 5 are no group after those up to 3");
    refuses({{3, 6, 1.0}}, "parameters 3 to 6 of 5");
    refuses({{0, 1, -1.0}}, "a group's rate must be 0 or more: got -1");
}

TEST(WeightDecay, FollowsItsFactor) {
    for (const OptimizerKind kind : {OptimizerKind::adamw, OptimizerKind::sgd}) {
        const auto optimizer = make_optimizer<double>({.kind = kind, .weight_decay = 0.1}, 1);
        std::vector<double> theta = {3.0};
        for (const double factor : {1.0, 0.5, 0.0}) {
            std::vector<double> gradient = {0.0};
            optimizer->scale_weight_decay(factor);
            optimizer->step(theta, gradient, 0.5);
        }
        EXPECT_NEAR(theta[0], 3.0 * 0.95 * 0.975, 1e-14) << name_of(kind);
    }
}

TEST(OptimizerOptions, RefuseAMaskOfAnotherSize) {
    const std::vector<float> mask(2);
    expect_error(ErrorKind::usage, "the optimizer has 3 parameters, but 2 decay factors",
                 [&] { make_optimizer<float>({.weight_decay = 0.1}, 3, mask); });
}

}  // namespace
}  // namespace thalweg::test
