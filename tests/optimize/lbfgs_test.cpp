#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "optimize/line_search.h"
#include "support/expect_error.h"
#include "support/random_examples.h"
#include "thalweg/optimizer.hpp"

namespace thalweg::test {
namespace {

/// Rosenbrock's valley in n dimensions (1960): its minimum is 0 at (1, ..., 1).
template <class Scalar>
double rosenbrock(std::span<const Scalar> theta, std::span<Scalar> gradient) {
    double loss = 0.0;
    std::vector<double> slope(theta.size());
    for (std::size_t j = 0; j + 1 < theta.size(); ++j) {
        const double x = theta[j], valley = theta[j + 1] - x * x;
        loss += 100.0 * valley * valley + (1.0 - x) * (1.0 - x);
        slope[j] += -400.0 * valley * x - 2.0 * (1.0 - x);
        slope[j + 1] += 200.0 * valley;
    }
    for (std::size_t j = 0; j < theta.size(); ++j) gradient[j] = static_cast<Scalar>(slope[j]);
    return loss;
}

template <class Scalar>
double norm(std::span<const Scalar> gradient) {
    double sum = 0.0;
    for (const double g : gradient) sum += g * g;
    return std::sqrt(sum);
}

/// Minimises from theta until nothing is gained; the losses after each iteration.
template <class Scalar>
std::vector<double> minimise(Optimizer<Scalar>& optimizer, std::span<Scalar> theta,
                             std::span<Scalar> gradient, const Objective<Scalar>& objective,
                             std::size_t iterations) {
    std::vector<double> losses = {objective(theta, gradient)};
    for (bool progressed = true; progressed && losses.size() <= iterations;)
        losses.push_back(optimizer.minimise(theta, gradient, losses.back(), 1.0, objective, progressed));
    return losses;
}

TEST(Lbfgs, FindsTheEndOfRosenbrocksValley) {
    for (const std::size_t n : {2, 10}) {
        std::vector<double> theta(n, -1.2), gradient(n);
        const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, n);
        std::size_t evaluations = 0;
        const Objective<double> counted = [&](std::span<const double> at, std::span<double> slope) {
            ++evaluations;
            return rosenbrock(at, slope);
        };
        const std::vector<double> losses = minimise<double>(*optimizer, theta, gradient, counted, 200);
        EXPECT_LT(losses.back(), 1e-18) << n;
        for (const double x : theta) EXPECT_NEAR(x, 1.0, 1e-8);
        for (std::size_t t = 1; t < losses.size(); ++t) EXPECT_LE(losses[t], losses[t - 1]);
        EXPECT_LT(evaluations, 250u) << "a line search takes little more than one evaluation";
    }
}

TEST(Lbfgs, WorksInFloat) {
    std::vector<float> theta = {-1.2f, 1.0f}, gradient(2);
    const auto optimizer = make_optimizer<float>({.kind = OptimizerKind::lbfgs}, 2);
    minimise<float>(*optimizer, theta, gradient, rosenbrock<float>, 200);
    for (const float x : theta) EXPECT_NEAR(x, 1.0f, 1e-3f);
}

/// The promise of minimise: loss and gradient are those at theta, every time.
TEST(Lbfgs, LeavesTheLossAndGradientOfTheNewTheta) {
    std::vector<double> theta = {-1.2, 1.0, 0.4}, gradient(3), expected(3);
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs, .weight_decay = 0.1}, 3);
    double loss = rosenbrock<double>(theta, gradient);
    for (int t = 0; t < 30; ++t) {
        bool progressed = false;
        loss = optimizer->minimise(theta, gradient, loss, 1.0, rosenbrock<double>, progressed);
        EXPECT_EQ(loss, rosenbrock<double>(theta, expected));
        EXPECT_EQ(gradient, expected);
        if (!progressed) break;
    }
}

/// The minimum of (theta - 3)^2 + decay/2 theta^2 is 6 / (2 + decay); where the mask is 0 it is 3.
TEST(Lbfgs, DecaysTheWeightsThatTheMaskGives) {
    const Objective<double> objective = [](std::span<const double> theta, std::span<double> gradient) {
        double loss = 0.0;
        for (std::size_t j = 0; j < 2; ++j) {
            gradient[j] = 2.0 * (theta[j] - 3.0);
            loss += (theta[j] - 3.0) * (theta[j] - 3.0);
        }
        return loss;
    };
    const std::vector<double> mask = {1.0, 0.0};
    std::vector<double> theta(2), gradient(2);
    const auto optimizer =
        make_optimizer<double>({.kind = OptimizerKind::lbfgs, .weight_decay = 0.5}, 2, mask);
    minimise<double>(*optimizer, theta, gradient, objective, 50);
    EXPECT_NEAR(theta[0], 6.0 / 2.5, 1e-7);
    EXPECT_NEAR(theta[1], 3.0, 1e-7);
}

TEST(Lbfgs, LowersTheLossAndThePenaltyTogether) {
    constexpr double kDecay = 30.0;
    std::vector<double> theta = {-1.2, 1.0, 2.0, -3.0}, gradient(4);
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs, .weight_decay = kDecay}, 4);
    const auto penalised = [&](double loss) {
        for (const double x : theta) loss += 0.5 * kDecay * x * x;
        return loss;
    };
    double loss = rosenbrock<double>(theta, gradient);
    bool progressed = true;
    for (int t = 0; progressed && t < 200; ++t) {
        const double before = penalised(loss);
        loss = optimizer->minimise(theta, gradient, loss, 1.0, rosenbrock<double>, progressed);
        EXPECT_LE(penalised(loss), before);
    }
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(gradient[j] + kDecay * theta[j], 0.0, 1e-4) << j;
}

/// A gradient that lies: every step along it is uphill.
TEST(Lbfgs, LeavesThetaAloneWhereNoStepLowersTheLoss) {
    const Objective<double> lying = [](std::span<const double> theta, std::span<double> gradient) {
        gradient[0] = -2.0 * theta[0];
        return theta[0] * theta[0];
    };
    std::vector<double> theta = {1.5}, gradient(1);
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, 1);
    bool progressed = true;
    const double loss = lying(theta, gradient);
    EXPECT_EQ(optimizer->minimise(theta, gradient, loss, 1.0, lying, progressed), 2.25);
    EXPECT_FALSE(progressed);
    EXPECT_EQ(theta[0], 1.5);
    EXPECT_EQ(gradient[0], -3.0);
}

/// What was learnt of a flat loss sends the next trial so far out of a narrow one that no cutting back helps.
TEST(Lbfgs, StartsAnewWhereItsHistoryMisleads) {
    constexpr double kFlat = 1e-12;
    const Objective<double> flat = [](std::span<const double> theta, std::span<double> gradient) {
        gradient[0] = kFlat * theta[0];
        return 0.5 * kFlat * theta[0] * theta[0];
    };
    const Objective<double> narrow = [](std::span<const double> theta, std::span<double> gradient) {
        gradient[0] = 1.0 / (1.0 - theta[0]) - 1.0 / (1.0 + theta[0]);
        return -std::log(1.0 - theta[0]) - std::log(1.0 + theta[0]);
    };
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, 1);
    std::vector<double> theta = {1.0}, gradient(1);
    bool progressed = false;
    optimizer->minimise(theta, gradient, flat(theta, gradient), 1.0, flat, progressed);
    ASSERT_TRUE(progressed);
    theta[0] = 0.9;
    const double before = narrow(theta, gradient);
    const double after = optimizer->minimise(theta, gradient, before, 1.0, narrow, progressed);
    EXPECT_TRUE(progressed);
    EXPECT_LT(after, before);
}

TEST(Lbfgs, SaysSoAtAMinimum) {
    std::vector<double> theta = {1.0, 1.0}, gradient(2);
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, 2);
    bool progressed = true;
    const double loss = rosenbrock<double>(theta, gradient);
    EXPECT_EQ(optimizer->minimise(theta, gradient, loss, 1.0, rosenbrock<double>, progressed), 0.0);
    EXPECT_FALSE(progressed);
    EXPECT_EQ(theta, (std::vector<double>{1.0, 1.0}));
}

/// Label smoothing gives the loss a minimum at finite weights.
TEST(Lbfgs, BringsTheGradientOfANetworkToNothing) {
    Draws draws(8);
    const NetworkShape shape = {{4, 5, 3}, Activation::tanh, Output::softmax};
    const Examples<double> examples = draw_examples<double>(shape, Loss::cross_entropy, 60, false, draws);
    Network<double> network(shape);
    initialise(network, 1);
    const Objective<double> objective = [&](std::span<const double> theta, std::span<double> gradient) {
        Network<double> at(shape);
        std::ranges::copy(theta, at.theta().begin());
        const Trace<double> trace = forward_propagation<double>(at, examples.inputs);
        const Gradient<double> result =
            back_propagation(at, trace, examples.targets(), {Loss::cross_entropy, 1.0, 0.5, 0.1});
        std::ranges::copy(result.theta(), gradient.begin());
        return result.loss;
    };
    std::vector<double> gradient(network.theta().size());
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, gradient.size());
    const std::vector<double> losses =
        minimise<double>(*optimizer, network.theta(), gradient, objective, 1000);
    EXPECT_LT(norm<double>(gradient), 1e-6);
    EXPECT_LT(losses.back(), 0.8 * losses.front());
}

TEST(Lbfgs, ResumesBitForBitFromItsState) {
    std::vector<double> straight(6, -1.2), straight_gradient(6);
    const OptimizerOptions options = {.kind = OptimizerKind::lbfgs, .history = 3};
    const auto whole = make_optimizer<double>(options, 6);
    minimise<double>(*whole, straight, straight_gradient, rosenbrock<double>, 12);

    std::vector<double> resumed(6, -1.2), gradient(6);
    const auto before = make_optimizer<double>(options, 6), after = make_optimizer<double>(options, 6);
    minimise<double>(*before, resumed, gradient, rosenbrock<double>, 7);
    const auto saved = before->state(), restored = after->state();
    for (std::size_t i = 0; i < saved.size(); ++i)
        std::ranges::copy(saved[i].values, restored[i].values.begin());
    minimise<double>(*after, resumed, gradient, rosenbrock<double>, 5);
    EXPECT_EQ(straight, resumed);
}

TEST(Lbfgs, NeedsTheObjective) {
    const auto optimizer = make_optimizer<double>({.kind = OptimizerKind::lbfgs}, 2);
    std::vector<double> theta(2), gradient(2);
    EXPECT_TRUE(optimizer->needs_objective());
    expect_error(ErrorKind::usage, "call minimise", [&] { optimizer->step(theta, gradient, 1.0); });
    std::vector<double> too_long(3);
    bool progressed = false;
    expect_error(ErrorKind::usage, "made for 2 parameters: got 3",
                 [&] { optimizer->minimise(too_long, gradient, 0.0, 1.0, rosenbrock<double>, progressed); });
}

struct Line {
    const char* name;
    std::function<double(double)> loss;
    std::function<double(double)> slope;
};

/// Lines whose good steps are near, far, beyond a wall, and along a valley with bumps.
const std::vector<Line>& lines() {
    static const std::vector<Line> all = {
        {"parabola", [](double t) { return (t - 1) * (t - 1); }, [](double t) { return 2 * (t - 1); }},
        {"far", [](double t) { return std::exp(-t / 1e3) + t / 1e5; },
         [](double t) { return -std::exp(-t / 1e3) / 1e3 + 1e-5; }},
        {"near", [](double t) { return (1e4 * t - 1) * (1e4 * t - 1); },
         [](double t) { return 2e4 * (1e4 * t - 1); }},
        {"wall", [](double t) { return t < 0.3 ? -std::log(0.3 - t) - 10 * t : std::nan(""); },
         [](double t) { return t < 0.3 ? 1 / (0.3 - t) - 10 : std::nan(""); }},
        {"bumps", [](double t) { return -t / (t * t + 2) + 0.01 * std::sin(20 * t); },
         [](double t) { return (t * t - 2) / ((t * t + 2) * (t * t + 2)) + 0.2 * std::cos(20 * t); }},
    };
    return all;
}

TEST(StrongWolfe, HoldsAtTheStepThatIsFound) {
    for (const Line& line : lines()) {
        const auto at = [&](double t) { return LinePoint{t, line.loss(t), line.slope(t)}; };
        const LinePoint start = at(0.0);
        ASSERT_LT(start.slope, 0.0) << line.name;
        for (const double first : {1e-3, 0.1, 1.0, 10.0}) {
            const LinePoint found = strong_wolfe(start, first, at);
            SCOPED_TRACE(std::string(line.name) + " from " + std::to_string(first));
            EXPECT_GT(found.step, 0.0);
            EXPECT_LE(found.loss, start.loss + 1e-4 * found.step * start.slope);
            EXPECT_LE(std::abs(found.slope), 0.9 * std::abs(start.slope));
        }
    }
}

TEST(StrongWolfe, StaysWhereNoStepIsLower) {
    const auto uphill = [](double t) { return LinePoint{t, t, -1.0}; };
    EXPECT_EQ(strong_wolfe({0.0, 0.0, -1.0}, 1.0, uphill).step, 0.0);
}

}  // namespace
}  // namespace thalweg::test
