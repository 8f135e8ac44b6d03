#include "network/monotone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/packed_network.h"
#include "support/expect_error.h"
#include "support/random_examples.h"

namespace thalweg::test {
namespace {

/// Some inputs rising, some falling, the rest free; free ones may be embedded, all may be scaled.
struct MonotoneProblem {
    Network<float> network;
    std::vector<Direction> inputs;
    ParameterBounds bounds;

    explicit MonotoneProblem(Draws& draws) {
        NetworkShape shape;
        shape.widths = {draws.between(1, 6)};
        for (std::size_t hidden = draws.between(0, 4); hidden > 0; --hidden)
            shape.widths.push_back(draws.between(1, 40));
        shape.widths.push_back(draws.between(1, 3));
        shape.activation = draws.between(0, 1) == 0 ? Activation::relu : Activation::leaky_relu;
        shape.input_scale = draws.between(0, 1) == 1;
        for (std::size_t input = 0; input < shape.inputs(); ++input) {
            inputs.push_back(static_cast<Direction>(draws.between(0, 2)));
            if (inputs.back() == Direction::free && draws.between(0, 1) == 1)
                shape.periodic.inputs.push_back(input);
        }
        inputs.front() = Direction::rising;
        std::erase(shape.periodic.inputs, 0U);
        network = Network<float>(shape);
        bounds = monotone_bounds(shape, inputs);
        fill_normal(network.theta(), 1.0, draws);
    }
};

/// The logits of every row, by the pass that predictions take.
Matrix<float> logits_of(const Network<float>& network, const Matrix<float>& inputs) {
    Matrix<float> logits(inputs.rows(), network.shape().outputs());
    PackedNetwork(network).logits(inputs.view(), logits.view());
    return logits;
}

/// Moves the constrained inputs of each row to where no output may fall: by a last bit, a little or far.
Matrix<float> moved(const Matrix<float>& from, std::span<const Direction> inputs, Draws& draws) {
    Matrix<float> to = from;
    for (std::size_t row = 0; row < to.rows(); ++row)
        for (std::size_t j = 0; j < to.cols(); ++j) {
            if (inputs[j] == Direction::free || draws.between(0, 1) == 1) continue;
            const float sign = inputs[j] == Direction::rising ? 1.0F : -1.0F;
            const std::size_t size = draws.between(0, 2);
            to(row, j) = size == 0 ? std::nextafter(to(row, j), sign * std::numeric_limits<float>::infinity())
                                   : to(row, j) + sign * static_cast<float>(draws.uniform()) *
                                                      (size == 1 ? 1e-3F : 10.0F);
        }
    return to;
}

/// How many of the outputs fall by a move that none may fall by.
std::size_t falls(const Network<float>& network, std::span<const Direction> inputs, Draws& draws) {
    const Matrix<float> from = normal_matrix<float>(64, network.shape().inputs(), draws);
    const Matrix<float> before = logits_of(network, from);
    const Matrix<float> after = logits_of(network, moved(from, inputs, draws));
    std::size_t fell = 0;
    for (std::size_t j = 0; j < before.elements().size(); ++j)
        fell += !(after.elements()[j] >= before.elements()[j]);
    return fell;
}

TEST(MonotoneNetwork, OfAnyShapeAndSizesNeverFallsByASingleBit) {
    std::size_t without = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Draws draws(seed);
        MonotoneProblem problem(draws);
        without += falls(problem.network, problem.inputs, draws);
        problem.bounds.project(problem.network.theta(), 0, problem.network.theta().size());
        EXPECT_EQ(falls(problem.network, problem.inputs, draws), 0U) << "projected, seed " << seed;
        fill_normal(problem.network.theta(), 1.0, draws);
        start_within(problem.bounds, problem.network);
        EXPECT_EQ(falls(problem.network, problem.inputs, draws), 0U) << "started, seed " << seed;
    }
    EXPECT_GT(without, 5000U) << "without bounds the same networks fall as often as not";
}

TEST(MonotoneNetwork, StillFollowsItsConstrainedInputs) {
    Draws draws(3);
    const NetworkShape shape{{2, 64, 64, 1}, Activation::relu, Output::linear};
    const std::vector<Direction> inputs = {Direction::rising, Direction::free};
    Network<float> network(shape);
    initialise(network, 1);
    start_within(monotone_bounds(shape, inputs), network);
    Matrix<float> corners(4, 2);
    for (std::size_t row = 0; row < 4; ++row) {
        corners(row, 0) = row % 2 == 0 ? -2.0F : 2.0F;
        corners(row, 1) = row / 2 == 0 ? -2.0F : 2.0F;
    }
    const Matrix<float> logits = logits_of(network, corners);
    EXPECT_GT(logits(1, 0), logits(0, 0) + 0.1F);
    EXPECT_GT(logits(3, 0), logits(2, 0) + 0.1F);
    EXPECT_GT(std::abs(logits(2, 0) - logits(0, 0)), 0.05F);
}

/// Convex and concave: with one kind of neuron only, a network of relu can follow only one of them.
TEST(MonotoneNetwork, HoldsBothConvexAndConcaveCurves) {
    const NetworkShape shape{{1, 2, 2, 1}, Activation::relu, Output::linear};
    const std::vector<Direction> inputs = {Direction::rising};
    const auto curve = [&](std::initializer_list<float> theta) {
        Network<float> network(shape);
        std::ranges::copy(theta, network.theta().begin());
        std::vector<float> inside(theta);
        monotone_bounds(shape, inputs).project(inside, 0, inside.size());
        EXPECT_EQ(inside, std::vector<float>(theta)) << "within the bounds";
        Matrix<float> x(3, 1);
        for (std::size_t row = 0; row < 3; ++row) x(row, 0) = static_cast<float>(row);
        return logits_of(network, x);
    };
    // relu(x - 1), carried by the neurons that rise
    const Matrix<float> convex = curve({1, 0, -1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0});
    EXPECT_EQ(convex(1, 0), 0.0F);
    EXPECT_EQ(convex(2, 0), 1.0F);
    // min(x, 1) = 1 - relu(1 - x), carried by those that fall
    const Matrix<float> concave = curve({0, -1, 0, 1, 0, 0, 0, 1, 0, 0, 0, -1, 1});
    EXPECT_EQ(concave(0, 0), 0.0F);
    EXPECT_EQ(concave(1, 0), 1.0F);
    EXPECT_EQ(concave(2, 0), 1.0F);
}

TEST(MonotoneNetwork, RefusesWhatCannotBe) {
    const std::vector<Direction> inputs = {Direction::rising, Direction::free};
    const auto refused = [&](const std::string& part, const NetworkShape& shape) {
        expect_error(ErrorKind::usage, part, [&] { monotone_bounds(shape, inputs); });
    };
    for (const Activation activation : {Activation::silu, Activation::gelu, Activation::mish,
                                        Activation::sine, Activation::tanh, Activation::elu})
        refused("one of: linear, relu, leaky_relu", {{2, 3, 1}, activation, Output::linear});
    refused("softmax", {{2, 3, 2}, Activation::relu, Output::softmax});
    refused("2 directions were given for 3 inputs", {{3, 1}, Activation::relu, Output::linear});
    NetworkShape parametric{{2, 3, 1}, Activation::relu, Output::linear};
    parametric.parametric = true;
    refused("with --parametric it learns to bend either way", parametric);
    NetworkShape embedded{{2, 3, 1}, Activation::relu, Output::linear};
    embedded.periodic.inputs = {0};
    refused("input 1 is both monotone and embedded", embedded);
}

TEST(ParameterBounds, KeepWhatIsNoNumberSoThatDivergenceShows) {
    const ParameterBounds bounds{{0.0F}, {0.0F}};
    std::vector<float> theta = {std::numeric_limits<float>::quiet_NaN()};
    bounds.project(theta, 0, 1);
    EXPECT_TRUE(std::isnan(theta[0]));
}

}  // namespace
}  // namespace thalweg::test
