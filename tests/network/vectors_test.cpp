#include <gtest/gtest.h>

#include "support/vectors.h"

namespace thalweg::test {
namespace {

// One test for each precision runs every case of the folder, rather than one test for each case: ctest learns
// the names of tests when they are built, and the folder of THALWEG_VECTORS may hold other cases by then.
// A failure says which case and which array.

constexpr double kDoubleBound = 1e-10;
constexpr double kFloatBound = 1e-4;

LossFunction loss_of(const nlohmann::json& test_case) {
    const nlohmann::json& options = test_case.at("options");
    LossFunction loss;
    loss.loss = parse_choice<Loss>(test_case.at("loss").get<std::string>());
    loss.delta = options.value("delta", loss.delta);
    loss.quantile = options.value("quantile", loss.quantile);
    loss.label_smoothing = options.value("label_smoothing", loss.label_smoothing);
    loss.tweedie_power = options.value("tweedie_power", loss.tweedie_power);
    loss.levels = options.value("levels", loss.levels);
    return loss;
}

template <class Scalar>
void expect_forward(const Trace<Scalar>& trace, const nlohmann::json& expected, double bound) {
    const std::size_t layers = trace.pre_activations.size();
    ASSERT_EQ(expected.at("pre_activations").size(), layers);
    ASSERT_EQ(expected.at("activations").size(), layers - 1);
    for (std::size_t i = 1; i <= layers; ++i)
        expect_array("a_" + std::to_string(i), trace.pre_activations[i - 1].elements(),
                     expected.at("pre_activations").at(i - 1), bound);
    for (std::size_t i = 1; i < layers; ++i)
        expect_array("h_" + std::to_string(i), trace.activations[i].elements(),
                     expected.at("activations").at(i - 1), bound);
    expect_array("y_hat", trace.y_hat().elements(), expected.at("y_hat"), bound);
}

template <class Scalar>
void expect_backward(const Gradient<Scalar>& gradient, const nlohmann::json& expected, double bound) {
    const std::size_t layers = gradient.pre_activations.size();
    expect_array<double>("loss", std::span(&gradient.loss, 1), expected.at("loss"), bound);
    for (std::size_t i = 1; i <= layers; ++i) {
        const std::string layer = std::to_string(i);
        const MatrixView<const Scalar> weights = gradient.parameters.weights(i);
        expect_array<Scalar>("grad_W_" + layer, {weights.data, weights.rows * weights.cols},
                             expected.at("grad_weights").at(i - 1), bound);
        expect_array<Scalar>("grad_b_" + layer, gradient.parameters.bias(i),
                             expected.at("grad_biases").at(i - 1), bound);
        expect_array("grad_a_" + layer, gradient.pre_activations[i - 1].elements(),
                     expected.at("grad_pre_activations").at(i - 1), bound);
    }
    expect_array("grad_x", gradient.inputs.elements(), expected.at("grad_x"), bound);
}

template <class Scalar>
void expect_every_case(const nlohmann::json& cases, double bound) {
    for (const nlohmann::json& test_case : cases) {
        SCOPED_TRACE("case " + test_case.at("name").get<std::string>());
        const Network<Scalar> network = network_of<Scalar>(test_case, test_case);
        const Matrix<Scalar> inputs = matrix_of<Scalar>(test_case.at("x"));
        const OwnedTargets<Scalar> targets = targets_of<Scalar>(test_case);

        const Trace<Scalar> trace = forward_propagation<Scalar>(network, inputs);
        const Gradient<Scalar> gradient =
            back_propagation(network, trace, targets.view(), loss_of(test_case), true);

        expect_forward(trace, test_case.at("expected"), bound);
        expect_backward(gradient, test_case.at("expected"), bound);
    }
}

/// The parts of an input stage by the names of the vectors, those that there are.
template <class Scalar>
std::vector<std::pair<std::string, std::span<Scalar>>> parts_of(const InputStage<Scalar>& stage) {
    const auto all = [](const MatrixView<Scalar>& matrix) {
        return std::span<Scalar>(matrix.data, matrix.rows * matrix.cols);
    };
    std::vector<std::pair<std::string, std::span<Scalar>>> parts = {
        {"frequencies", all(stage.frequencies)},
        {"phases", all(stage.phases)},
        {"projections", all(stage.projections)},
        {"offsets", stage.offsets},
        {"slopes", all(stage.slopes)},
        {"intercepts", all(stage.intercepts)},
        {"bin_vectors", all(stage.bin_vectors)},
        {"category_vectors", all(stage.category_vectors)},
        {"scale", stage.scale}};
    std::erase_if(parts, [](const auto& part) { return part.second.empty(); });
    return parts;
}

template <class Scalar>
void expect_every_embedding(const std::string& file, double bound) {
    for (const nlohmann::json& test_case : read_own_vectors(file)) {
        SCOPED_TRACE("case " + test_case.at("name").get<std::string>());
        Network<Scalar> network = network_of<Scalar>(test_case, test_case);
        for (const auto& [name, values] : parts_of(network.input_stage())) {
            std::vector<double> given;
            flatten(test_case.at("stage").at(name), given);
            ASSERT_EQ(given.size(), values.size()) << name;
            std::ranges::copy(given, values.begin());
        }
        const Matrix<Scalar> inputs = matrix_of<Scalar>(test_case.at("x"));
        const OwnedTargets<Scalar> targets = targets_of<Scalar>(test_case);
        const Trace<Scalar> trace = forward_propagation<Scalar>(network, inputs);
        Gradient<Scalar> gradient =
            back_propagation(network, trace, targets.view(), {Loss::squared_error}, true);

        const nlohmann::json& expected = test_case.at("expected");
        expect_array<Scalar>("y_hat", trace.y_hat().elements(), expected.at("y_hat"), bound);
        expect_array<double>("loss", std::span(&gradient.loss, 1), expected.at("loss"), bound);
        for (const auto& [name, values] : parts_of(gradient.parameters.input_stage()))
            expect_array<Scalar>("grad_" + name, values, expected.at("grad_stage").at(name), bound);
        for (std::size_t i = 1; i <= network.layers(); ++i) {
            const MatrixView<Scalar> weights = gradient.parameters.weights(i);
            expect_array<Scalar>("grad_W_" + std::to_string(i), {weights.data, weights.rows * weights.cols},
                                 expected.at("grad_weights").at(i - 1), bound);
            expect_array<Scalar>("grad_b_" + std::to_string(i), gradient.parameters.bias(i),
                                 expected.at("grad_biases").at(i - 1), bound);
        }
        expect_array<Scalar>("grad_x", gradient.inputs.elements(), expected.at("grad_x"), bound);
    }
}

class EmbeddingVectors : public testing::TestWithParam<std::string> {};

TEST_P(EmbeddingVectors, EveryArrayOfEveryCaseAgreesInDouble) {
    expect_every_embedding<double>(GetParam() + ".json", kDoubleBound);
}

TEST_P(EmbeddingVectors, EveryArrayOfEveryCaseAgreesInFloat) {
    expect_every_embedding<float>(GetParam() + ".json", kFloatBound);
}

INSTANTIATE_TEST_SUITE_P(Of, EmbeddingVectors, testing::Values("embedding", "piecewise", "categories"),
                         [](const auto& tested) { return tested.param; });

/// The parts of a layer of an ensemble by the names of the vectors, those that there are.
template <class Scalar>
std::vector<std::pair<std::string, std::span<Scalar>>> parts_of(Network<Scalar>& network, std::size_t layer) {
    const auto all = [](const MatrixView<Scalar>& matrix) {
        return std::span<Scalar>(matrix.data, matrix.rows * matrix.cols);
    };
    std::vector<std::pair<std::string, std::span<Scalar>>> parts = {
        {"weights", all(network.weights(layer))},
        {"bias", network.bias(layer)},
        {"input_adapter", all(network.layer(layer).input_adapter)},
        {"output_adapter", all(network.layer(layer).output_adapter)},
        {"bend", network.layer(layer).bend}};
    std::erase_if(parts, [](const auto& part) { return part.second.empty(); });
    return parts;
}

template <class Scalar>
void expect_every_ensemble(double bound) {
    for (const nlohmann::json& test_case : read_own_vectors("members.json")) {
        SCOPED_TRACE("case " + test_case.at("name").get<std::string>());
        NetworkShape shape{test_case.at("widths").get<std::vector<std::size_t>>(), Activation::tanh,
                           Output::linear};
        shape.members = {test_case.at("members"),
                         parse_choice<Adapters>(test_case.at("adapters").get<std::string>())};
        shape.parametric = test_case.at("parametric");
        Network<Scalar> network(shape);
        for (std::size_t i = 1; i <= network.layers(); ++i)
            for (const auto& [name, values] : parts_of(network, i)) {
                std::vector<double> given;
                flatten(test_case.at("layers").at(i - 1).at(name), given);
                ASSERT_EQ(given.size(), values.size()) << name;
                std::ranges::copy(given, values.begin());
            }
        const Matrix<Scalar> inputs = matrix_of<Scalar>(test_case.at("x"));
        const OwnedTargets<Scalar> targets = targets_of<Scalar>(test_case);
        const Trace<Scalar> trace = forward_propagation<Scalar>(network, inputs);
        Gradient<Scalar> gradient =
            back_propagation(network, trace, targets.view(), {Loss::squared_error}, true);

        const nlohmann::json& expected = test_case.at("expected");
        expect_array<Scalar>("y_hat", trace.y_hat().elements(), expected.at("y_hat"), bound);
        expect_array<double>("loss", std::span(&gradient.loss, 1), expected.at("loss"), bound);
        for (std::size_t i = 1; i <= network.layers(); ++i)
            for (const auto& [name, values] : parts_of(gradient.parameters, i))
                expect_array<Scalar>("grad_" + name + "_" + std::to_string(i), values,
                                     expected.at("grad_layers").at(i - 1).at(name), bound);
        expect_array<Scalar>("grad_x", gradient.inputs.elements(), expected.at("grad_x"), bound);
    }
}

TEST(MembersVectors, EveryArrayOfEveryCaseAgreesInDouble) {
    expect_every_ensemble<double>(kDoubleBound);
}

TEST(MembersVectors, EveryArrayOfEveryCaseAgreesInFloat) {
    expect_every_ensemble<float>(kFloatBound);
}

TEST(BackPropagationVectors, EveryArrayOfEveryCaseAgreesInDouble) {
    expect_every_case<double>(read_vectors("backprop.json"), kDoubleBound);
}

TEST(BackPropagationVectors, EveryArrayOfEveryCaseAgreesInFloat) {
    expect_every_case<float>(read_vectors("backprop.json"), kFloatBound);
}

TEST(ObjectiveVectors, EveryArrayOfEveryCaseAgreesInDouble) {
    expect_every_case<double>(read_own_vectors("objectives.json"), kDoubleBound);
}

TEST(ObjectiveVectors, EveryArrayOfEveryCaseAgreesInFloat) {
    expect_every_case<float>(read_own_vectors("objectives.json"), kFloatBound);
}

}  // namespace
}  // namespace thalweg::test
