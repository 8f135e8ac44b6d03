#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/expect_error.h"
#include "train/problems.h"

namespace thalweg {
namespace {

/// What float32 sums over some hundred rows may lose of a deviation of 1.
constexpr double kDeviationTolerance = 1e-4;

NetworkShape shape_with_stage() {
    NetworkShape shape{{3, 20, 9, 2}, Activation::selu, Output::softmax};
    shape.periodic = {{0, 2}, 5, 2};
    shape.input_scale = true;
    return shape;
}

/// a_i - b_i of every row, by the plain pass.
Matrix<float> sums_without_bias(const Network<float>& network, const Dataset& data, std::size_t layer) {
    const Trace<float> trace = forward_propagation<float>(network, data.dense.view());
    Matrix<float> sums = trace.pre_activations[layer - 1];
    for (std::size_t n = 0; n < sums.rows(); ++n)
        for (std::size_t p = 0; p < sums.cols(); ++p) sums(n, p) -= network.bias(layer)[p];
    return sums;
}

TEST(InitialiseFromData, GivesEveryPreActivationTheDeviation1) {
    const Dataset data = random_inputs(400, 3);
    Network<float> network(shape_with_stage());
    initialise_from_data(network, data, 4);
    for (std::size_t layer = 1; layer <= network.layers(); ++layer) {
        const Matrix<float> sums = sums_without_bias(network, data, layer);
        for (std::size_t p = 0; p < sums.cols(); ++p) {
            double mean = 0.0, squares = 0.0;
            for (std::size_t n = 0; n < sums.rows(); ++n) mean += sums(n, p) / 400.0;
            for (std::size_t n = 0; n < sums.rows(); ++n) squares += std::pow(sums(n, p) - mean, 2) / 400.0;
            EXPECT_NEAR(std::sqrt(squares), 1.0, kDeviationTolerance) << "layer " << layer << " neuron " << p;
        }
    }
}

TEST(InitialiseFromData, PlacesEveryNeuronWithinItsRows) {
    const Dataset data = random_inputs(400, 3);
    Network<float> network(shape_with_stage());
    initialise_from_data(network, data, 4);
    for (std::size_t layer = 1; layer <= network.layers(); ++layer) {
        const Matrix<float> sums = sums_without_bias(network, data, layer);
        const std::span<const float> bias = network.bias(layer);
        for (std::size_t p = 0; p < sums.cols(); ++p) {
            float least = sums(0, p), greatest = sums(0, p);
            for (std::size_t n = 1; n < sums.rows(); ++n) {
                least = std::min(least, sums(n, p));
                greatest = std::max(greatest, sums(n, p));
            }
            EXPECT_LT(least, -bias[p]) << "layer " << layer << " neuron " << p;
            EXPECT_GT(greatest, -bias[p]) << "layer " << layer << " neuron " << p;
            EXPECT_NE(bias[p], bias[(p + 1) % bias.size()]) << "neurons share their rows";
        }
    }
}

/// Of a single row the average is that row, whatever the weights: a neuron bends exactly there.
TEST(InitialiseFromData, OfOneRowBendsWhereThatIs) {
    const Dataset data = random_inputs(1, 3);
    Network<float> network({{3, 6, 2}, Activation::tanh, Output::linear});
    initialise_from_data(network, data, 2);
    const Trace<float> trace = forward_propagation<float>(network, data.dense.view());
    for (const Matrix<float>& a : trace.pre_activations)
        for (const float value : a.elements()) EXPECT_NEAR(value, 0.0f, 1e-6f);
    EXPECT_NE(network.weights(1)(0, 0), 0.0f);
}

TEST(InitialiseFromData, GivesTheSameBitsForAnyNumberOfThreads) {
    const Dataset data = random_inputs(3000, 3);
    Network<float> expected(shape_with_stage());
    initialise_from_data(expected, data, 4, 1.0, 1);
    for (const int threads : {2, 3, 7}) {
        Network<float> network(shape_with_stage());
        initialise_from_data(network, data, 4, 1.0, threads);
        EXPECT_TRUE(std::ranges::equal(network.theta(), expected.theta())) << threads << " threads";
    }
}

TEST(InitialiseFromData, OnSomeRowsHasTheBitsOfACopyOfThem) {
    const Dataset all = random_inputs(300, 3);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < 300; row += 3) rows.push_back(row);
    Network<float> on_some(shape_with_stage()), on_copy(shape_with_stage()), on_all(shape_with_stage());
    initialise_from_data(on_some, Examples(all, rows), 4);
    initialise_from_data(on_copy, all.select(rows), 4);
    initialise_from_data(on_all, all, 4);
    EXPECT_TRUE(std::ranges::equal(on_some.theta(), on_copy.theta()));
    EXPECT_FALSE(std::ranges::equal(on_some.theta(), on_all.theta()));
}

/// Each of the two has deviation 1, and they are drawn apart: over many neurons the square of the difference
/// is 2 in the mean, less twice what they have in common by chance.
TEST(InitialiseFromData, ALogisticOutputIsTheDifferenceOfTwoNeurons) {
    const Dataset data = random_inputs(400, 3);
    Network<float> network({{3, 30, 400}, Activation::tanh, Output::logistic});
    initialise_from_data(network, data, 4);
    const Matrix<float> sums = sums_without_bias(network, data, 2);
    double mean_variance = 0.0;
    for (std::size_t p = 0; p < sums.cols(); ++p) {
        double mean = 0.0, squares = 0.0;
        for (std::size_t n = 0; n < sums.rows(); ++n) mean += sums(n, p) / 400.0;
        for (std::size_t n = 0; n < sums.rows(); ++n) squares += std::pow(sums(n, p) - mean, 2) / 400.0;
        EXPECT_LE(squares, 4.0 + kDeviationTolerance);
        mean_variance += squares / 400.0;
    }
    EXPECT_NEAR(mean_variance, 2.0, 0.2);
}

TEST(InitialiseFromData, LooksAtASampleOfManyRows) {
    Dataset data = random_inputs(20'001, 2);
    Network<float> network({{2, 5, 1}, Activation::relu, Output::linear});
    initialise_from_data(network, data, 1);
    const Matrix<float> sums = sums_without_bias(network, data, 1);
    for (std::size_t p = 0; p < sums.cols(); ++p) {
        double squares = 0.0;
        for (std::size_t n = 0; n < sums.rows(); ++n) squares += std::pow(sums(n, p), 2);
        EXPECT_NEAR(std::sqrt(squares / 20'001), 1.0, 0.03) << p;
    }
}

TEST(InitialiseFromData, RefusesWhatDoesNotFit) {
    Network<float> network({{4, 5, 1}});
    test::expect_error(ErrorKind::data, "a row has 3 inputs, the network takes 4",
                       [&] { initialise_from_data(network, random_inputs(10, 3), 1); });
    Network<float> ensemble({.widths = {3, 5, 1}, .members = {.count = 2}});
    test::expect_error(ErrorKind::usage, "an ensemble that shares its weights",
                       [&] { initialise_from_data(ensemble, random_inputs(10, 3), 1); });
}

}  // namespace
}  // namespace thalweg
