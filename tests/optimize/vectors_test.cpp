#include <gtest/gtest.h>

#include "support/vectors.h"
#include "thalweg/optimizer.hpp"

namespace thalweg::test {
namespace {

// One test runs every trajectory of the folder, for the reason that tests/network/vectors_test.cpp gives.

constexpr double kBound = 1e-9;

/// The vectors call sgd by its variant.
OptimizerKind kind_of(const std::string& name) {
    if (name == "momentum" || name == "nesterov") return OptimizerKind::sgd;
    return parse_choice<OptimizerKind>(name);
}

OptimizerOptions options_of(const nlohmann::json& test_case) {
    const nlohmann::json& given = test_case.at("hyperparameters");
    OptimizerOptions options;
    options.kind = kind_of(test_case.at("optimizer"));
    options.momentum = given.value("momentum", options.momentum);
    options.nesterov = given.value("nesterov", options.nesterov);
    options.beta1 = given.value("beta1", options.beta1);
    options.beta2 = given.value("beta2", options.beta2);
    options.rho = given.value("alpha", given.value("rho", options.rho));
    options.epsilon = given.value("epsilon", options.epsilon);
    options.weight_decay = given.value("weight_decay", options.weight_decay);
    options.eta_minus = given.value("eta_minus", options.eta_minus);
    options.eta_plus = given.value("eta_plus", options.eta_plus);
    options.step_min = given.value("step_min", options.step_min);
    options.step_max = given.value("step_max", options.step_max);
    return options;
}

void expect_parameters(const Network<double>& network, const nlohmann::json& expected) {
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const MatrixView<const double> weights = network.weights(i);
        expect_array<double>("W_" + std::to_string(i), {weights.data, weights.rows * weights.cols},
                             expected.at("weights").at(i - 1), kBound);
        expect_array<double>("b_" + std::to_string(i), network.bias(i), expected.at("biases").at(i - 1),
                             kBound);
    }
}

TEST(OptimizerVectors, EveryTrajectoryIsMetInDouble) {
    for (const nlohmann::json& test_case : read_vectors("optimizers.json")) {
        SCOPED_TRACE("case " + test_case.at("name").get<std::string>());
        Network<double> network = network_of<double>(test_case, test_case.at("start"));
        const Matrix<double> inputs = matrix_of<double>(test_case.at("x"));
        const OwnedTargets<double> targets = targets_of<double>(test_case);
        const LossFunction loss = {parse_choice<Loss>(test_case.at("loss").get<std::string>())};
        const double learning_rate = test_case.at("hyperparameters").at("learning_rate");
        const auto optimizer = make_optimizer<double>(options_of(test_case), network.theta().size());

        std::vector<double> losses;
        for (std::size_t t = 0; t < test_case.at("steps").get<std::size_t>(); ++t) {
            const Trace<double> trace = forward_propagation<double>(network, inputs);
            Gradient<double> gradient = back_propagation(network, trace, targets.view(), loss);
            losses.push_back(gradient.loss);
            optimizer->step(network.theta(), gradient.parameters.theta(), learning_rate);
        }

        const nlohmann::json& expected = test_case.at("expected");
        expect_array<double>("loss before each step", losses, expected.at("loss_before_each_step"), kBound);
        expect_parameters(network, expected);
    }
}

}  // namespace
}  // namespace thalweg::test
