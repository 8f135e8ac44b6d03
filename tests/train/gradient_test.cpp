#include "train/gradient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "problems.h"

namespace thalweg {
namespace {

/// float32 against double, for gradients of order 1.
constexpr double kTolerance = 2e-6;

const NetworkShape kShape{{3, 16, 1}, Activation::tanh, Output::linear};

Network<float> small_network() {
    return network_of(kShape.widths, kShape.activation, kShape.output);
}

Dataset weighted_curve(std::size_t rows) {
    Dataset data = curve(rows);
    for (std::size_t i = 0; i < rows; ++i) data.weights.push_back(static_cast<float>(i % 4) / 2.0f);
    return data;
}

/// The plain pass in double over all rows at once.
Gradient<double> plain_gradient(const Network<float>& network, const Dataset& data) {
    Network<double> exact(network.shape());
    std::ranges::copy(network.theta(), exact.theta().begin());
    Matrix<double> inputs(data.rows, data.inputs), values(data.rows, 1);
    std::ranges::copy(data.dense.elements(), inputs.elements().begin());
    std::ranges::copy(data.values.elements(), values.elements().begin());
    const std::vector<double> weights(data.weights.begin(), data.weights.end());
    const Trace<double> trace = forward_propagation<double>(exact, inputs.view());
    return back_propagation<double>(exact, trace, {values.view(), {}, weights}, {});
}

std::vector<std::uint32_t> all_rows(std::size_t count) {
    std::vector<std::uint32_t> rows(count);
    std::iota(rows.begin(), rows.end(), 0u);
    return rows;
}

TEST(ChunkedGradient, IsThatOfAllRowsHoweverTheyAreCut) {
    const Dataset data = weighted_curve(100);
    const Network<float> network = small_network();
    const Gradient<double> expected = plain_gradient(network, data);
    for (const std::size_t chunk : {1u, 7u, 50u, 99u, 100u}) {
        Engine engine(kShape, {}, chunk, 1);
        ChunkedGradient gradient_of(data, engine, kShape, {}, chunk);
        std::vector<float> gradient(network.theta().size(), NAN);
        const double loss = gradient_of.loss_and_gradient(network.theta(), all_rows(100), {}, gradient);
        EXPECT_NEAR(loss, expected.loss, kTolerance) << "chunks of " << chunk;
        EXPECT_EQ(gradient_of.loss_and_gradient(network.theta(), all_rows(100), {}, gradient), loss);
        EXPECT_DOUBLE_EQ(gradient_of.total_weight(), 75.0) << "chunks of " << chunk;
        for (std::size_t j = 0; j < gradient.size(); ++j)
            EXPECT_NEAR(gradient[j], expected.theta()[j], kTolerance)
                << "parameter " << j << ", chunks of " << chunk;
        EXPECT_NEAR(*gradient_of.loss(network.theta()), expected.loss, kTolerance) << "chunks of " << chunk;
    }
}

TEST(ChunkedGradient, DropsTheSameActivationsHoweverTheRowsAreCut) {
    const Dataset data = curve(64);
    const Network<float> network = small_network();
    const Dropout dropout{.rate = 0.5, .seed = 3, .step = 9};
    std::vector<std::vector<float>> gradients;
    for (const std::size_t chunk : {64u, 10u}) {
        Engine engine(kShape, {}, chunk, 1);
        ChunkedGradient gradient_of(data, engine, kShape, {}, chunk);
        gradients.emplace_back(network.theta().size());
        gradient_of.loss_and_gradient(network.theta(), all_rows(64), dropout, gradients.back());
    }
    for (std::size_t j = 0; j < gradients[0].size(); ++j)
        EXPECT_NEAR(gradients[0][j], gradients[1][j], kTolerance) << "parameter " << j;
}

NetworkShape three_members() {
    NetworkShape shape = kShape;
    shape.members = {3, Adapters::all};
    return shape;
}

/// The plain pass over the pairs of example and member: member n mod 3 reads row `rows[n]`.
Gradient<float> gradient_of_pairs(const Network<float>& network, const Dataset& data,
                                  std::span<const std::uint32_t> rows) {
    const Dataset pairs = data.select(rows);
    Matrix<float> inputs(pairs.rows, pairs.inputs);
    pairs.gather_inputs(all_rows(pairs.rows), inputs.view());
    return back_propagation<float>(network, forward_propagation<float>(network, inputs.view()),
                                   {pairs.values.view(), {}, pairs.weights}, {});
}

class MembersGradient : public ::testing::TestWithParam<MemberBatches> {};

TEST_P(MembersGradient, IsThatOfThePairsOfExampleAndMemberHoweverTheyAreCut) {
    const Dataset data = weighted_curve(60);
    Network<float> network(three_members());
    initialise(network, 2);
    // Each member's own rows, or the same for all.
    std::vector<std::uint32_t> rows, pairs;
    for (std::uint32_t n = 0; n < 60; ++n)
        for (std::uint32_t m = 0; m < 3; ++m)
            pairs.push_back(GetParam() == MemberBatches::own ? (n * (m + 1) + 5 * m) % 60 : n);
    rows = GetParam() == MemberBatches::own ? pairs : all_rows(60);
    const Gradient<float> expected = gradient_of_pairs(network, data, pairs);
    for (const std::size_t chunk : {1u, 7u, 60u}) {
        Engine engine(network.shape(), {}, chunk, 1);
        ChunkedGradient gradient_of(data, engine, network.shape(), {}, chunk, GetParam());
        std::vector<float> gradient(network.theta().size(), NAN);
        const double loss = gradient_of.loss_and_gradient(network.theta(), rows, {}, gradient);
        EXPECT_NEAR(loss, expected.loss, kTolerance) << "chunks of " << chunk;
        for (std::size_t j = 0; j < gradient.size(); ++j)
            EXPECT_NEAR(gradient[j], expected.theta()[j], kTolerance)
                << "parameter " << j << ", chunks of " << chunk;
    }
}

INSTANTIATE_TEST_SUITE_P(Batches, MembersGradient,
                         ::testing::Values(MemberBatches::shared, MemberBatches::own),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(ChunkedGradient, OfRowsWithoutWeightIsZero) {
    Dataset data = curve(20);
    data.weights.assign(20, 0.0f);
    const Network<float> network = small_network();
    for (const std::size_t chunk : {20u, 6u}) {
        Engine engine(kShape, {}, chunk, 1);
        ChunkedGradient gradient_of(data, engine, kShape, {}, chunk);
        std::vector<float> gradient(network.theta().size(), NAN);
        EXPECT_EQ(gradient_of.loss_and_gradient(network.theta(), all_rows(20), {}, gradient), 0.0);
        EXPECT_TRUE(std::ranges::all_of(gradient, [](float g) { return g == 0.0f; }));
        EXPECT_EQ(*gradient_of.loss(network.theta()), 0.0);
    }
}

TEST(ChunkedGradient, IsGivenUpBetweenChunksWhereItIsAskedTo) {
    const Dataset data = curve(100);
    const Network<float> network = small_network();
    Engine engine(kShape, {}, 10, 1);
    ChunkedGradient gradient_of(data, engine, kShape, {}, 10);
    int asked = 0;
    gradient_of.set_give_up([&] { return ++asked == 3; });
    std::vector<float> gradient(network.theta().size());
    EXPECT_TRUE(std::isinf(gradient_of.loss_and_gradient(network.theta(), all_rows(100), {}, gradient)));
    EXPECT_TRUE(gradient_of.gave_up());
    EXPECT_EQ(asked, 3) << "it went on";

    std::vector<double> shares;
    EXPECT_FALSE(gradient_of.loss(network.theta(), [&](double share) {
        shares.push_back(share);
        return shares.size() == 2;
    }));
    EXPECT_EQ(shares, (std::vector<double>{0.1, 0.2}));
}

TEST(ChunkRows, AreBoundedByTheMemoryThatWideRowsTake) {
    const auto rows_of = [](std::size_t inputs, std::size_t width) {
        Dataset data;
        data.rows = 1'000'000;
        data.inputs = inputs;
        return chunk_rows(data, {{inputs, width, 1}, Activation::relu, Output::linear});
    };
    EXPECT_EQ(rows_of(10, 10), 4096u);
    // 100,000 categories: 400 kB a row, of which 256 MiB hold some 670.
    EXPECT_GT(rows_of(100'000, 10), 600u);
    EXPECT_LT(rows_of(100'000, 10), 700u);
    EXPECT_LT(rows_of(10, 100'000), 200u);
    EXPECT_EQ(rows_of(1'000'000'000, 10), 1u);
}

TEST(ChunkRows, AreNoMoreThanThereAre) {
    EXPECT_EQ(chunk_rows(curve(17), kShape), 17u);
}

}  // namespace
}  // namespace thalweg
