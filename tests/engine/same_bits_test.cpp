#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/floating_point.h"
#include "core/random.h"
#include "engine/elementwise.h"
#include "engine/engine.h"
#include "engine/simd_target.h"
#include "support/every_target.h"
#include "support/expect_error.h"

namespace thalweg {
namespace {

using test::for_every_target;

/// Bit by bit: 0 and -0 differ here.
/// What is no number has a sign that depends on the order in which a compiler takes two operands, and nobody
/// reads it.
::testing::AssertionResult same_bits(std::span<const float> got, std::span<const float> expected) {
    for (std::size_t j = 0; j < expected.size(); ++j)
        if (!(std::isnan(got[j]) && std::isnan(expected[j])) &&
            std::memcmp(&got[j], &expected[j], sizeof(float)) != 0)
            return ::testing::AssertionFailure()
                   << "element " << j << " is " << got[j] << ", expected " << expected[j];
    return ::testing::AssertionSuccess();
}

struct Case {
    NetworkShape shape;
    std::size_t rows;
    float scale;  ///< of weights and inputs
    double dropout = 0.0;
};

/// Numbers around `scale`; every seventh is 0.
void fill(std::span<float> values, float scale, std::uint32_t major) {
    const Random random(3, RandomStream::sample, major);
    for (std::size_t j = 0; j < values.size(); ++j)
        values[j] = j % 7 == 6 ? 0.0f : scale * static_cast<float>(random.normal(j));
}

struct Pass {
    std::vector<float> logits, gradient;
    double loss = 0.0;
};

Pass pass_of(const Case& tested, int threads, Precision precision = Precision::float32) {
    Network<float> network(tested.shape);
    fill(network.theta(), tested.scale, 1);
    Matrix<float> inputs(tested.rows, tested.shape.inputs());
    fill(inputs.elements(), tested.scale < 1e-6f ? 1.0f : tested.scale, 2);
    Matrix<float> values(tested.rows * tested.shape.members.count, tested.shape.outputs());
    fill(values.elements(), 1.0f, 3);
    Targets<float> targets;
    targets.values = values.view();

    Pass pass;
    Engine engine(tested.shape, LossFunction{Loss::squared_error}, tested.rows, threads, precision);
    Matrix<float> logits(tested.rows, tested.shape.outputs());
    engine.logits(network.theta(), inputs.view(), logits.view());
    pass.logits.assign(logits.elements().begin(), logits.elements().end());
    pass.gradient.resize(tested.shape.parameters());
    Dropout dropout;
    dropout.rate = tested.dropout;
    pass.loss = engine.loss_and_gradient(network.theta(), inputs.view(), targets, dropout, pass.gradient);
    return pass;
}

void expect_one_result(const Case& tested, Precision precision) {
    std::optional<Pass> expected;
    for_every_target([&](const std::string& target) {
        for (const int threads : {1, 2, 3, 7}) {
            const Pass got = pass_of(tested, threads, precision);
            if (!expected) expected = got;
            const std::string where = fmt::format("{}, {}, {} threads", target, name_of(precision), threads);
            EXPECT_TRUE(same_bits(got.logits, expected->logits)) << where;
            EXPECT_TRUE(same_bits(got.gradient, expected->gradient)) << where;
            EXPECT_EQ(got.loss, expected->loss) << where;
        }
    });
}

/// Within float32, and within bf16.
void expect_one_result(const Case& tested) {
    for (const Precision precision : {Precision::float32, Precision::bf16})
        expect_one_result(tested, precision);
}

/// So small a rate that nothing is dropped, with which a step goes through the products.
constexpr double kDropsNothing = 1e-12;

TEST(SameBits, RowsInLanesOfThinLayersAsInTheProducts) {
    for_every_target([](const std::string& target) {
        for (const Activation activation : {Activation::relu, Activation::tanh, Activation::leaky_relu})
            for (const std::vector<std::size_t>& widths :
                 std::vector<std::vector<std::size_t>>{{3, 3, 3, 2}, {1, 1}, {7, 7, 1, 7}, {2, 6, 5}})
                for (const std::size_t rows : {1, 2, 15, 16, 33}) {
                    const NetworkShape shape{widths, activation, Output::linear};
                    const Pass got = pass_of({shape, rows, 0.4f}, 1);
                    const Pass expected = pass_of({shape, rows, 0.4f, kDropsNothing}, 1);
                    const std::string where = fmt::format("{}, {}, {} to {}, {} rows", target,
                                                          name_of(activation), widths[0], widths[1], rows);
                    EXPECT_TRUE(same_bits(got.gradient, expected.gradient)) << where;
                    EXPECT_EQ(got.loss, expected.loss) << where;
                }
    });
}

TEST(SameBits, OnEveryTargetAndNumberOfThreads) {
    const Output linear = Output::linear;
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::silu}) {
        expect_one_result({{{5, 3, 1}, activation, linear}, 1, 0.3f});
        expect_one_result({{{17, 65, 33, 3}, activation, linear}, 301, 0.2f});
        expect_one_result({{{300, 257, 130, 2}, activation, linear}, 130, 0.05f, 0.2});
    }
}

TEST(SameBits, BehindAnEmbeddingAndAScaleOfTheInputs) {
    NetworkShape shape{{9, 65, 33, 3}, Activation::silu, Output::linear};
    shape.periodic = {{0, 3, 4, 8}, 16, 3};
    shape.input_scale = true;
    expect_one_result({shape, 301, 0.3f});
    shape.periodic = {{1, 2}, 5, 7};
    expect_one_result({shape, 1, 0.3f});
}

/// Bins of many widths around `middle`.
std::vector<float> edges_around(float middle, std::size_t bins) {
    std::vector<float> edges = {middle - 1.0f};
    for (std::size_t t = 0; t < bins; ++t)
        edges.push_back(edges.back() + 0.01f * static_cast<float>(1 + t % 7));
    return edges;
}

TEST(SameBits, BehindAPiecewiseEmbedding) {
    NetworkShape shape{{9, 65, 33, 3}, Activation::silu, Output::linear};
    shape.piecewise = {
        {0, 3, 4, 8},
        {edges_around(0.0f, 48), edges_around(0.5f, 1), edges_around(0.9f, 2), edges_around(0.2f, 31)},
        16};
    expect_one_result({shape, 301, 0.3f});
    expect_one_result({shape, 1, 0.3f});
    shape.periodic = {{1, 4}, 5, 3};
    shape.input_scale = true;
    shape.piecewise.outputs = 5;
    expect_one_result({shape, 301, 0.3f, 0.2});
}

TEST(SameBits, BehindVectorsOfCategories) {
    NetworkShape shape{{9, 65, 33, 3}, Activation::silu, Output::linear};
    shape.categories = {{0, 3, 4}, {3, 1, 2}, 8};
    shape.input_scale = true;
    expect_one_result({shape, 301, 1.0f});
    shape.scales_categories = true;
    expect_one_result({shape, 1, 1.0f});
}

TEST(SameBits, WhereNeuronsLearnToBend) {
    for (const Activation activation : {Activation::relu, Activation::mish}) {
        NetworkShape shape{{9, 65, 33, 3}, activation, Output::linear};
        shape.parametric = true;
        expect_one_result({shape, 301, 0.3f, 0.2});
        shape.members.count = 3;
        expect_one_result({shape, 50, 0.3f});
    }
}

TEST(SameBits, OfEnsembles) {
    NetworkShape shape{{9, 65, 33, 3}, Activation::relu, Output::linear};
    for (const Adapters adapters : {Adapters::all, Adapters::first}) {
        shape.members = {7, adapters};
        expect_one_result({shape, 101, 0.3f});
        expect_one_result({shape, 1, 0.3f});
    }
    shape.activation = Activation::silu;
    shape.periodic = {{0, 3, 4, 8}, 16, 3};
    shape.input_scale = true;
    expect_one_result({shape, 301, 0.3f, 0.2});
}

TEST(SameBits, WhetherMembersShareTheRowsOrEachHasACopy) {
    NetworkShape shape{{6, 40, 20, 2}, Activation::tanh, Output::linear};
    shape.members.count = 5;
    shape.periodic.inputs = {1, 4};
    shape.piecewise = {{2, 4}, {edges_around(0.0f, 9), edges_around(0.5f, 3)}, 16};
    constexpr std::size_t kExamples = 50;
    Network<float> network(shape);
    initialise(network, 5);
    Matrix<float> inputs(kExamples, shape.inputs()), copies(kExamples * 5, shape.inputs());
    fill(inputs.elements(), 1.0f, 2);
    for (std::size_t n = 0; n < copies.rows(); ++n)
        std::ranges::copy(inputs.row(n / 5), copies.row(n).begin());
    Matrix<float> values(copies.rows(), shape.outputs());
    fill(values.elements(), 1.0f, 3);
    Targets<float> targets;
    targets.values = values.view();
    Engine engine(shape, LossFunction{Loss::squared_error}, kExamples, 2);
    std::vector<float> shared(shape.parameters()), copied(shape.parameters());
    const double loss = engine.loss_and_gradient(network.theta(), inputs.view(), targets, {}, shared);
    EXPECT_EQ(loss, engine.loss_and_gradient(network.theta(), copies.view(), targets, {}, copied));
    // What stands before the adapters sums over an example's members first, and so rounds otherwise.
    EXPECT_TRUE(
        same_bits(std::span(copied).subspan(shape.offset(1)), std::span(shared).subspan(shape.offset(1))));
    for (std::size_t j = 0; j < shape.offset(1); ++j) EXPECT_NEAR(copied[j], shared[j], 1e-5f);
}

struct Parts {
    bool input_stage;
    std::size_t members;
};
class SameBitsOfEachRow : public testing::TestWithParam<Parts> {};

TEST_P(SameBitsOfEachRow, AloneOrAmongAThousand) {
    NetworkShape shape{{13, 70, 33, 2}, Activation::silu, Output::linear};
    if (GetParam().input_stage) shape.periodic.inputs = {0, 2, 3, 7, 12};
    if (GetParam().input_stage)
        shape.piecewise = {{1, 3}, {edges_around(0.0f, 48), edges_around(0.5f, 9)}, 16};
    shape.input_scale = GetParam().input_stage;
    shape.members.count = GetParam().members;
    constexpr std::size_t kRows = 1000;
    Network<float> network(shape);
    initialise(network, 5);
    Matrix<float> inputs(kRows, shape.inputs()), together(kRows, shape.outputs()),
        alone(kRows, shape.outputs());
    fill(inputs.elements(), 1.0f, 2);
    for_every_target([&](const std::string& target) {
        for (const auto& [threads, precision] :
             {std::pair{1, Precision::float32}, {2, Precision::float32}, {1, Precision::bf16}}) {
            Engine engine(shape, LossFunction{}, kRows, threads, precision);
            engine.logits(network.theta(), inputs.view(), together.view());
            for (const std::size_t size : {1, 7, 64}) {
                for (std::size_t row = 0; row < kRows; row += size) {
                    const std::size_t count = std::min(size, kRows - row);
                    engine.logits(network.theta(), inputs.view().row_range(row, count),
                                  alone.view().row_range(row, count));
                }
                EXPECT_TRUE(same_bits(alone.elements(), together.elements()))
                    << target << ", batches of " << size;
            }
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Of, SameBitsOfEachRow,
                         testing::Values(Parts{false, 1}, Parts{true, 1}, Parts{false, 3}, Parts{true, 4}));

TEST(SameBits, WithWeightsAmongTheSubnormals) {
    // From the least subnormal to where products of two weights and a sum of them are normal again.
    for (const float scale : {1e-45f, 1e-40f, 1e-39f, 1e-38f, 1e-37f, 1e-30f, 1e-20f})
        for (const Activation activation :
             {Activation::linear, Activation::leaky_relu, Activation::tanh, Activation::gelu})
            expect_one_result({{{9, 40, 20, 3}, activation, Output::linear}, 33, scale});
}

TEST(SameBits, NoSubnormalComesOut) {
    const Case tested{{{9, 40, 20, 3}, Activation::linear, Output::linear}, 33, 1e-19f};
    for_every_target([&](const std::string& target) {
        const Pass pass = pass_of(tested, 1);
        for (const std::vector<float>* values : {&pass.logits, &pass.gradient})
            for (const float value : *values) EXPECT_NE(std::fpclassify(value), FP_SUBNORMAL) << target;
    });
}

TEST(SameBits, OfActivationsOfSubnormalsZerosAndInfinities) {
    std::vector<float> points = {0.0f, -0.0f, INFINITY, -INFINITY, 88.7f, -87.4f, 104.0f, -104.0f};
    for (float x = 1e-45f; x < 1e38f; x *= 7.3f) points.insert(points.end(), {x, -x});
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries) {
        std::vector<float> expected, expected_slopes;
        for_every_target([&, choice = activation, called = name](const std::string& target) {
            std::vector<float> h(points.size()), slopes(points.size(), 1.0f);
            {
                const FlushSubnormals mode;
                engine::activate(choice, points, h);
                engine::multiply_by_derivative(choice, points, slopes);
            }
            if (expected.empty()) expected = h, expected_slopes = slopes;
            EXPECT_TRUE(same_bits(h, expected)) << called << ", " << target;
            EXPECT_TRUE(same_bits(slopes, expected_slopes)) << "slope of " << called << ", " << target;
        });
    }
}

TEST(SameBits, WhateverTheCallersRoundingIs) {
    const NetworkShape shape{{17, 65, 3}, Activation::silu, Output::linear};
    Network<float> network(shape);
    initialise(network, 5);
    Matrix<float> inputs(500, 17), expected(500, 3), got(500, 3);
    fill(inputs.elements(), 1.0f, 2);
    for (const int threads : {1, 2}) {
        Engine(shape, LossFunction{}, 500, threads).logits(network.theta(), inputs.view(), expected.view());
        ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
        Engine(shape, LossFunction{}, 500, threads).logits(network.theta(), inputs.view(), got.view());
        EXPECT_EQ(std::fegetround(), FE_UPWARD);
        std::fesetround(FE_TONEAREST);
        EXPECT_TRUE(same_bits(got.elements(), expected.elements())) << threads << " threads";
    }
}

TEST(SimdTarget, OneThatTheMachineLacksIsRefused) {
    test::expect_error(ErrorKind::usage, "this machine cannot run the SIMD target 'AVX9'",
                       [] { use_simd_target("AVX9"); });
    EXPECT_FALSE(simd_targets().empty());
}

}  // namespace
}  // namespace thalweg
