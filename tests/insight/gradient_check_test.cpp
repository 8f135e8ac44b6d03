#include "insight/gradient_check.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "insight/plain_network.h"
#include "support/random_examples.h"

namespace thalweg::testing {
namespace {

Network<float> random_network(const NetworkShape& shape, std::uint64_t seed) {
    Network<float> network(shape);
    test::Draws draws(seed);
    test::fill_normal<float>(network.theta(), 0.6, draws);
    return network;
}

TEST(GradientCheck, PassesForEveryActivationOutputAndLoss) {
    for (const auto& [activation, activation_name] : ChoiceTable<Activation>::entries)
        for (const auto& [output, output_name] : ChoiceTable<Output>::entries)
            for (const auto& [loss, loss_name] : ChoiceTable<Loss>::entries) {
                const LossFunction function{loss, 0.7, 0.3};
                try {
                    check_pair(output, function);
                } catch (const Error&) {
                    continue;
                }
                SCOPED_TRACE(fmt::format("{} {} {}", activation_name, output_name, loss_name));
                const NetworkShape shape{{3, 4, 3, 2}, activation, output};
                const GradientCheck check =
                    check_gradient(random_network(shape, 11), draw_examples(shape, function, 4, 2), function);
                EXPECT_TRUE(check.passed()) << check_text(check);
                EXPECT_EQ(check.compared() + check.kinks(), shape.parameters());
                EXPECT_LT(check.kinks(), shape.parameters() / 10) << "kinks are rare on random rows";
            }
}

TEST(GradientCheck, PassesBelowEmbeddingsScaleAndMembers) {
    test::Draws draws(4);
    NetworkShape shape{{5, 4, 3}, Activation::silu, Output::softmax};
    shape.piecewise = test::draw_piecewise(5, 4, 2, draws);
    shape.categories = test::draw_categories(5, shape.piecewise.inputs, 4, 2, draws);
    shape.periodic.inputs = {0};
    shape.input_scale = true;
    for (const std::size_t members : {1, 3}) {
        shape.members.count = members;
        const LossFunction loss{Loss::cross_entropy};
        const GradientCheck check =
            check_gradient(random_network(shape, 5), draw_examples(shape, loss, 4, 3), loss);
        EXPECT_TRUE(check.passed()) << check_text(check);
        EXPECT_EQ(check.parameters(), shape.parameters());
    }
}

/// The gradient with one component off by a small share of the block's largest.
TEST(GradientCheck, FindsTheOneWrongComponentWhereverItIs) {
    const NetworkShape shape{{2, 3, 2}, Activation::tanh, Output::linear};
    const Network<float> network = random_network(shape, 8);
    const LossFunction loss;
    const PlainExamples examples = draw_examples(shape, loss, 3, 1);
    const Network<double> plain = in_double(network);
    const Trace<double> trace = forward_propagation<double>(plain, examples.inputs);
    for (std::size_t j = 0; j < shape.parameters(); ++j) {
        Gradient<double> wrong = back_propagation(plain, trace, examples.targets(), loss);
        EXPECT_TRUE(check_gradient(network, examples, loss, wrong, {}).passed());
        wrong.parameters.theta()[j] += 1e-4;
        const GradientCheck check = check_gradient(network, examples, loss, wrong, {});
        EXPECT_FALSE(check.passed()) << j;
        EXPECT_EQ(check.worst_by_difference().gradient, wrong.theta()[j]) << "another one is blamed";
    }
}

TEST(GradientCheck, CountsParametersThatStandOnAKinkAndLeavesThemOut) {
    const NetworkShape shape{{2, 3, 1}, Activation::relu, Output::linear};
    Network<float> network = random_network(shape, 8);
    std::ranges::fill(network.weights(1).row(1), 0.0f);
    network.bias(1)[1] = 0.0f;  // a_{1,2} is 0 whatever the row
    const LossFunction loss;
    const GradientCheck check = check_gradient(network, draw_examples(shape, loss, 3, 1), loss);
    EXPECT_TRUE(check.passed()) << check_text(check);
    EXPECT_EQ(check.kinks(), 3U) << "two weights and a bias";
    EXPECT_EQ(check.compared(), shape.parameters() - 3);
}

TEST(GradientCheck, OfALargeNetworkTakesASampleOfEveryBlock) {
    const NetworkShape shape{{20, 30, 30, 2}, Activation::tanh, Output::linear};
    const LossFunction loss;
    const GradientCheck check =
        check_gradient(random_network(shape, 2), draw_examples(shape, loss, 2, 1), loss, {.most_work = 1e6});
    EXPECT_TRUE(check.passed());
    EXPECT_LT(check.compared(), shape.parameters());
    for (const CheckedBlock& block : check.blocks) EXPECT_GE(block.compared, 1U) << block.name;
}

}  // namespace
}  // namespace thalweg::testing
