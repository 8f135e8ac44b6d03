#include "engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iterator>
#include <string>

#include "core/random.h"
#include "thalweg/network.hpp"

namespace thalweg {
namespace {

/// Float32 rounding through a few layers, relative to the largest magnitude (or 1).
constexpr double kTolerance = 2e-5;

struct Problem {
    Network<float> network;
    Matrix<float> inputs;
    Matrix<float> values;
    std::vector<std::uint32_t> classes;
    LossFunction loss;

    Targets<float> targets() const {
        Targets<float> result;
        if (loss.loss == Loss::cross_entropy) {
            result.classes = classes;
        } else {
            result.values = values;
        }
        return result;
    }
};

Problem make_problem(const std::vector<std::size_t>& widths, Activation activation, Loss loss,
                     std::size_t rows) {
    const Output output = loss == Loss::cross_entropy ? Output::softmax : Output::linear;
    Problem problem{Network<float>({widths, activation, output}),
                    Matrix<float>(rows, widths.front()),
                    Matrix<float>(rows, widths.back()),
                    {},
                    {.loss = loss}};
    initialise(problem.network, 3);
    const Random random(5, RandomStream::sample);
    std::uint64_t draw = 0;
    for (float& x : problem.inputs.elements()) x = static_cast<float>(random.normal(draw++));
    for (float& y : problem.values.elements()) y = static_cast<float>(random.normal(draw++));
    for (std::size_t i = 0; i < rows; ++i)
        problem.classes.push_back(static_cast<std::uint32_t>(random.below(draw++, widths.back())));
    return problem;
}

double error_of(std::span<const float> got, std::span<const double> expected) {
    double difference = 0.0, magnitude = 1.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        difference = std::max(difference, std::abs(got[i] - expected[i]));
        magnitude = std::max(magnitude, std::abs(expected[i]));
    }
    return difference / magnitude;
}

struct Case {
    std::vector<std::size_t> widths;
    Loss loss;
    std::size_t rows;
};

class EngineOver : public testing::TestWithParam<std::tuple<Activation, Case>> {};

TEST_P(EngineOver, AgreesWithThePlainPassInDouble) {
    const auto& [activation, c] = GetParam();
    const Problem problem = make_problem(c.widths, activation, c.loss, c.rows);

    Network<double> network(problem.network.shape());
    std::ranges::copy(problem.network.theta(), network.theta().begin());
    Matrix<double> inputs(c.rows, c.widths.front()), values(c.rows, c.widths.back());
    std::ranges::copy(problem.inputs.elements(), inputs.elements().begin());
    std::ranges::copy(problem.values.elements(), values.elements().begin());
    Targets<double> targets;
    if (c.loss == Loss::cross_entropy) {
        targets.classes = problem.classes;
    } else {
        targets.values = values.view();
    }
    const Trace<double> trace = forward_propagation<double>(network, inputs.view());
    const Gradient<double> expected = back_propagation(network, trace, targets, problem.loss);

    for (const int threads : {1, 3}) {
        Engine engine(problem.network.shape(), problem.loss, c.rows + 5, threads);
        std::vector<float> gradient(problem.network.theta().size(), 9.0f);
        const double loss = engine.loss_and_gradient(problem.network.theta(), problem.inputs.view(),
                                                     problem.targets(), {}, gradient);
        EXPECT_NEAR(loss, expected.loss, kTolerance * std::max(1.0, expected.loss));
        EXPECT_LT(error_of(gradient, expected.theta()), kTolerance);

        Matrix<float> logits(c.rows, c.widths.back());
        engine.logits(problem.network.theta(), problem.inputs.view(), logits.view());
        EXPECT_LT(error_of(logits.elements(), trace.logits().elements()), kTolerance);
    }
}

/// Rounding both factors of every product to 8 bits of significand, through a few layers.
constexpr double kBf16Tolerance = 0.03;

TEST_P(EngineOver, InBf16AgreesToWhatItsDigitsAllow) {
    const auto& [activation, c] = GetParam();
    const Problem problem = make_problem(c.widths, activation, c.loss, c.rows);
    std::vector<float> in_float32(problem.network.theta().size()), in_bf16(in_float32.size());
    double loss[2];
    for (const Precision precision : {Precision::float32, Precision::bf16}) {
        const bool bf16 = precision == Precision::bf16;
        Engine engine(problem.network.shape(), problem.loss, c.rows, 1, precision);
        loss[bf16] = engine.loss_and_gradient(problem.network.theta(), problem.inputs.view(),
                                              problem.targets(), {}, bf16 ? in_bf16 : in_float32);
    }
    EXPECT_NEAR(loss[1], loss[0], kBf16Tolerance * std::max(1.0, loss[0]));
    const std::vector<double> expected(in_float32.begin(), in_float32.end());
    EXPECT_LT(error_of(in_bf16, expected), kBf16Tolerance);
    EXPECT_NE(in_bf16, in_float32);
}

std::vector<Activation> every_activation() {
    std::vector<Activation> all;
    for (const auto& entry : ChoiceTable<Activation>::entries) all.push_back(entry.first);
    return all;
}

INSTANTIATE_TEST_SUITE_P(
    Networks, EngineOver,
    testing::Combine(testing::ValuesIn(every_activation()),
                     testing::Values(Case{{4, 3}, Loss::cross_entropy, 9},
                                     Case{{7, 33, 65, 2}, Loss::squared_error, 70},
                                     Case{{20, 128, 128, 10}, Loss::cross_entropy, 128})));

TEST(Engine, ABatchOfOneGivesTheBitsOfItsRowInALargerBatch) {
    const Problem problem = make_problem({11, 70, 40, 3}, Activation::gelu, Loss::cross_entropy, 100);
    Engine engine(problem.network.shape(), problem.loss, 100, 2);
    Matrix<float> together(100, 3), alone(1, 3);
    engine.logits(problem.network.theta(), problem.inputs.view(), together.view());
    for (std::size_t row = 0; row < 100; ++row) {
        engine.logits(problem.network.theta(), problem.inputs.view().row_range(row, 1), alone.view());
        for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(alone(0, j), together(row, j)) << "row " << row;
    }
}

TEST(Engine, ThreadsDoNotChangeABitOfAStepWithDropout) {
    const Problem problem = make_problem({11, 128, 96, 3}, Activation::silu, Loss::squared_error, 200);
    std::vector<float> one, gradient(problem.network.theta().size());
    for (const int threads : {1, 2, 3, 7}) {
        Engine engine(problem.network.shape(), problem.loss, 200, threads);
        engine.loss_and_gradient(problem.network.theta(), problem.inputs.view(), problem.targets(),
                                 {.rate = 0.3, .seed = 1, .step = 4}, gradient);
        if (one.empty()) one = gradient;
        EXPECT_EQ(gradient, one) << threads << " threads";
    }
}

TEST(Engine, ThreadsShareEachParameterOutOnce) {
    constexpr std::size_t kRows = 200, kInputs = 12;
    for (const std::size_t members : {1, 3}) {
        NetworkShape shape{{kInputs, 256, 300, 3}, Activation::silu, Output::linear};
        shape.members.count = members;
        shape.periodic.inputs = {0, 1};
        shape.categories = {{4, 5}, {3, 7}, 8};
        shape.input_scale = true;
        shape.parametric = true;
        Network<float> network(shape);
        initialise(network, 1);
        const Matrix<float> inputs(kRows, kInputs), values(kRows * members, shape.outputs());
        Targets<float> targets;
        targets.values = values.view();
        std::vector<float> gradient(network.theta().size());
        for (const int threads : {1, 2, 3, 7}) {
            Engine engine(network.shape(), {}, kRows, threads);
            engine.loss_and_gradient(network.theta(), inputs.view(), targets, {}, gradient);
            std::vector<int> times(gradient.size(), 0);
            std::atomic<int> parts = 0;
            engine.share_parameters([&](std::size_t first, std::size_t last) {
                ++parts;
                for (std::size_t j = first; j < last; ++j) ++times[j];
            });
            EXPECT_EQ(std::ranges::count(times, 1), std::ssize(times)) << threads << " threads";
            EXPECT_EQ(parts == 1, threads == 1) << "more than one thread was worth it";
        }
    }
}

TEST(Engine, DropoutDropsItsShareAndKeepsTheMean) {
    // With all weights 1 into a linear layer the single logit is the sum of what was kept, scaled up.
    constexpr std::size_t kWidth = 400, kRows = 200;
    Network<float> network({{1, kWidth, 1}, Activation::linear, Output::linear});
    std::ranges::fill(network.weights(1).row(0), 1.0f);
    for (std::size_t p = 0; p < kWidth; ++p) network.weights(1)(p, 0) = 1.0f;
    std::ranges::fill(network.weights(2).row(0), 1.0f);
    Matrix<float> inputs(kRows, 1), values(kRows, 1);
    std::ranges::fill(inputs.elements(), 1.0f);
    Engine engine(network.shape(), {}, kRows, 1);
    std::vector<float> gradient(network.theta().size());
    Targets<float> targets;
    targets.values = values.view();
    engine.loss_and_gradient(network.theta(), inputs.view(), targets, {.rate = 0.25, .seed = 2, .step = 0},
                             gradient);
    // grad_{w_{2,1,p}} = mean_i 2 y_hat_i h_ip and y_hat is near kWidth, so grad/(2 kWidth) is the mean of
    // h_p: 1.
    double mean = 0.0;
    for (std::size_t p = 0; p < kWidth; ++p)
        mean += gradient[network.shape().offset(2) + p] / (2.0 * kWidth * kWidth);
    EXPECT_NEAR(mean, 1.0, 0.01);
    // The spread of h_p over 200 rows: sqrt(rate/(1-rate)/200) = 0.041.
    double spread = 0.0;
    for (std::size_t p = 0; p < kWidth; ++p) {
        const double h = gradient[network.shape().offset(2) + p] / (2.0 * kWidth);
        spread += (h - mean) * (h - mean) / kWidth;
    }
    EXPECT_NEAR(std::sqrt(spread), 0.041, 0.008);
}

}  // namespace
}  // namespace thalweg
