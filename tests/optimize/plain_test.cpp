#include <gtest/gtest.h>

#include "support/random_examples.h"
#include "thalweg/optimizer.hpp"

namespace thalweg::test {
namespace {

/// Of the parameters after 1000 iterations in float32, against the double reference; relative to the largest
/// one, or to 1.
constexpr double kBound = 1e-6;
constexpr std::size_t kIterations = 1000;

template <class Scalar>
Network<Scalar> train_plainly(const NetworkShape& shape, Loss loss, OptimizerKind kind, double eta) {
    // The examples are drawn as floats, so that both precisions learn from the same numbers.
    Draws draws(21);
    const Examples<float> drawn = draw_examples<float>(shape, loss, 150, false, draws);
    Examples<Scalar> examples;
    examples.inputs = Matrix<Scalar>(drawn.inputs.rows(), drawn.inputs.cols());
    examples.values = Matrix<Scalar>(drawn.values.rows(), drawn.values.cols());
    std::ranges::copy(drawn.inputs.elements(), examples.inputs.elements().begin());
    std::ranges::copy(drawn.values.elements(), examples.values.elements().begin());
    examples.classes = drawn.classes;

    Network<float> start(shape);
    initialise(start, 3);
    Network<Scalar> network(shape);
    std::ranges::copy(start.theta(), network.theta().begin());

    const auto optimizer = make_optimizer<Scalar>({.kind = kind}, network.theta().size());
    for (std::size_t t = 0; t < kIterations; ++t) {
        const Trace<Scalar> trace = forward_propagation<Scalar>(network, examples.inputs);
        Gradient<Scalar> gradient = back_propagation(network, trace, examples.targets(), {loss});
        optimizer->step(network.theta(), gradient.parameters.theta(), eta);
    }
    return network;
}

double distance(const Network<float>& got, const Network<double>& expected) {
    double scale = 1.0, largest = 0.0;
    for (std::size_t j = 0; j < expected.theta().size(); ++j) {
        scale = std::max(scale, std::abs(expected.theta()[j]));
        largest = std::max(largest, std::abs(static_cast<double>(got.theta()[j]) - expected.theta()[j]));
    }
    return largest / scale;
}

void expect_follows(const NetworkShape& shape, Loss loss, double eta) {
    const Network<double> reference = train_plainly<double>(shape, loss, OptimizerKind::gd, eta);
    const Network<float> compensated = train_plainly<float>(shape, loss, OptimizerKind::gd, eta);
    EXPECT_LE(distance(compensated, reference), kBound);
    // The same rule without the compensation: what it is there for.
    const Network<float> rounded = train_plainly<float>(shape, loss, OptimizerKind::sgd, eta);
    EXPECT_GT(distance(rounded, reference), 2.0 * distance(compensated, reference));
    testing::Test::RecordProperty("compensated",
                                  std::to_string(distance(compensated, reference) * 1e9) + "e-9");
    testing::Test::RecordProperty("rounded", std::to_string(distance(rounded, reference) * 1e9) + "e-9");
}

TEST(PlainGradientDescent, InFloatFollowsTheDoubleReferenceForClasses) {
    expect_follows({{6, 8, 5, 3}, Activation::logistic, Output::softmax}, Loss::cross_entropy, 0.1);
}

TEST(PlainGradientDescent, InFloatFollowsTheDoubleReferenceForRealValues) {
    expect_follows({{6, 8, 5, 2}, Activation::logistic, Output::linear}, Loss::squared_error, 0.05);
}

}  // namespace
}  // namespace thalweg::test
