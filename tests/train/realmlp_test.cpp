#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/vectors.h"
#include "thalweg/train.hpp"

namespace thalweg {
namespace {

/// Steps of Adam in float32, which divide by roots of small sums.
constexpr double kBound = 2e-5;

NetworkShape shape_of(std::size_t outputs) {
    NetworkShape shape{{3, 4, outputs}, Activation::selu, outputs == 1 ? Output::logistic : Output::softmax};
    shape.periodic = {{0}, 2, 2};
    shape.input_scale = true;
    shape.parametric = true;
    return shape;
}

Dataset examples_of(const nlohmann::json& test_case, bool one_logit) {
    Dataset data;
    data.dense = test::matrix_of<float>(test_case.at("x"));
    data.rows = data.dense.rows();
    data.inputs = data.dense.cols();
    data.classes = test_case.at("y").get<std::vector<std::uint32_t>>();
    if (!one_logit) return data;
    data.values = Matrix<float>(data.rows, 1);
    std::ranges::copy(data.classes, data.values.elements().begin());
    data.classes.clear();
    return data;
}

FitOptions options_of(const nlohmann::json& test_case, bool one_logit) {
    FitOptions options;
    options.loss.loss = one_logit ? Loss::binary_cross_entropy : Loss::cross_entropy;
    options.loss.label_smoothing = test_case.at("label_smoothing");
    options.optimizer = {
        .kind = OptimizerKind::adamw, .beta2 = 0.95, .weight_decay = test_case.at("weight_decay")};
    options.rates = {.embedding = 0.1,
                     .input_scale = 6.0,
                     .biases = 0.1,
                     .bends = 0.1,
                     .output = one_logit ? 2.0 : 1.0,
                     .fan_in = 1};
    options.decay_of = DecayOf::all;
    options.schedule.learning_rate = test_case.at("rate");
    options.epochs = test_case.at("steps");
    options.shuffle = false;
    options.threads = 1;
    return options;
}

/// Rates, decay and the neural tangent parametrisation of PyTorch and pytabkit; and where there are two
/// classes, one logit in the place of their two.
TEST(RealMlp, StepsAreThoseOfItsAuthors) {
    for (const nlohmann::json& test_case : test::read_own_vectors("realmlp.json")) {
        if (test_case.at("kind") != "training") continue;
        const bool one_logit = test_case.at("outputs") == 1;
        Network<float> start(shape_of(test_case.at("outputs")));
        const auto theta = test_case.at("start").get<std::vector<float>>();
        ASSERT_EQ(theta.size(), start.theta().size());
        std::ranges::copy(theta, start.theta().begin());
        const FitResult result =
            fit(start, examples_of(test_case, one_logit), nullptr, options_of(test_case, one_logit));
        test::expect_array<float>(one_logit ? "one logit" : "three classes", result.network.theta(),
                                  test_case.at("end"), kBound);
    }
}

}  // namespace
}  // namespace thalweg
