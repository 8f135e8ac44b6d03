#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"
#include "support/random_examples.h"

namespace thalweg::test {
namespace {

/// Sums taken in another order differ by rounding only.
constexpr double kRounding = 1e-13;

Network<double> random_network(const NetworkShape& shape, Draws& draws) {
    Network<double> network(shape);
    fill_normal(network.theta(), 0.5, draws);
    return network;
}

Gradient<double> gradient_of(const Network<double>& network, const Examples<double>& examples,
                             const LossFunction& loss) {
    const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
    return back_propagation(network, trace, examples.targets(), loss, true);
}

double total(const Examples<double>& examples) {
    if (examples.example_weights.empty()) return static_cast<double>(examples.inputs.rows());
    double sum = 0.0;
    for (const double weight : examples.example_weights) sum += weight;
    return sum;
}

void expect_mean_of_parts(const NetworkShape& shape, Loss loss, bool weighted,
                          const std::vector<std::size_t>& cuts) {
    Draws draws(5);
    const Network<double> network = random_network(shape, draws);
    const Examples<double> batch = draw_examples<double>(shape, loss, cuts.back(), weighted, draws);
    const Gradient<double> whole = gradient_of(network, batch, {loss});

    std::vector<double> mean(whole.theta().size());
    double mean_loss = 0.0;
    for (std::size_t cut = 1; cut < cuts.size(); ++cut) {
        const Examples<double> part = batch.part(cuts[cut - 1], cuts[cut] - cuts[cut - 1]);
        const double share = total(part) / total(batch);
        const Gradient<double> gradient = gradient_of(network, part, {loss});
        for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += share * gradient.theta()[j];
        mean_loss += share * gradient.loss;
    }
    EXPECT_NEAR(whole.loss, mean_loss, kRounding);
    for (std::size_t j = 0; j < mean.size(); ++j) EXPECT_NEAR(whole.theta()[j], mean[j], kRounding) << j;
}

TEST(BackPropagation, OfABatchIsTheMeanOfItsExamples) {
    const NetworkShape classes = {{4, 6, 5, 3}, Activation::gelu, Output::softmax};
    const NetworkShape ratings = {{4, 6, 2}, Activation::tanh, Output::linear};
    for (const bool weighted : {false, true}) {
        expect_mean_of_parts(classes, Loss::cross_entropy, weighted, {0, 1, 2, 3, 4, 5, 6, 7});
        expect_mean_of_parts(classes, Loss::cross_entropy, weighted, {0, 3, 4, 16, 31});
        expect_mean_of_parts(ratings, Loss::squared_error, weighted, {0, 1, 2, 3, 4, 5, 6, 7});
        expect_mean_of_parts(ratings, Loss::squared_error, weighted, {0, 30, 31});
    }
}

/// The gradient as a plain product of scalars along the one path there is (theory.md, section 3).
TEST(BackPropagation, FromTheGradientOfTheLogitsIsWhatTheLossGives) {
    Draws draws(6);
    const NetworkShape shape = {{4, 6, 3}, Activation::silu, Output::linear};
    const Network<double> network = random_network(shape, draws);
    const Examples<double> examples = draw_examples<double>(shape, Loss::squared_error, 5, false, draws);
    const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
    Matrix<double> grad_logits(5, 3);  // 2 (y_hat - y) / N
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t j = 0; j < 3; ++j)
            grad_logits(n, j) = 2.0 * (trace.y_hat()(n, j) - examples.targets().values(n, j)) / 5.0;
    const Gradient<double> expected = gradient_of(network, examples, {Loss::squared_error});
    const Gradient<double> got = back_propagation(network, trace, std::move(grad_logits), true);
    for (std::size_t j = 0; j < got.theta().size(); ++j)
        EXPECT_NEAR(got.theta()[j], expected.theta()[j], kRounding) << j;
    expect_error(ErrorKind::data, "the gradient of the logits is 4 x 3, the logits are 5 x 3",
                 [&] { back_propagation(network, trace, Matrix<double>(4, 3)); });
}

TEST(BackPropagation, InAThinNetworkOfThreeHundredLayersIsAProductOfScalars) {
    constexpr std::size_t kLayers = 300;
    Draws draws(3);
    Network<double> network({std::vector<std::size_t>(kLayers + 1, 1), Activation::tanh, Output::linear});
    // Weights near 1.2 keep the product of w (1 - h^2) from vanishing over three hundred layers.
    for (std::size_t i = 1; i <= kLayers; ++i) {
        network.weights(i)(0, 0) = 1.2 + 0.05 * draws.normal();
        network.bias(i)[0] = 0.01 * draws.normal();
    }
    Examples<double> example;
    example.inputs = Matrix<double>(1, 1);
    example.inputs(0, 0) = 0.3;
    example.values = Matrix<double>(1, 1);
    example.values(0, 0) = -0.4;

    std::vector<double> a(kLayers + 1), h(kLayers + 1);
    h[0] = 0.3;
    for (std::size_t i = 1; i <= kLayers; ++i) {
        a[i] = network.bias(i)[0] + network.weights(i)(0, 0) * h[i - 1];
        h[i] = i < kLayers ? std::tanh(a[i]) : a[i];
    }
    const Gradient<double> gradient = gradient_of(network, example, {Loss::squared_error});
    double path = 2.0 * (h[kLayers] + 0.4);
    EXPECT_NEAR(gradient.loss, (h[kLayers] + 0.4) * (h[kLayers] + 0.4), kRounding);
    for (std::size_t i = kLayers; i >= 1; --i) {
        EXPECT_NEAR(gradient.pre_activations[i - 1](0, 0) / path, 1.0, 1e-10) << "layer " << i;
        EXPECT_NEAR(gradient.parameters.weights(i)(0, 0), path * h[i - 1], std::abs(path) * 1e-10);
        path *= network.weights(i)(0, 0);
        if (i > 1) path *= 1.0 - h[i - 1] * h[i - 1];
    }
    EXPECT_NE(path, 0.0);
    EXPECT_NEAR(gradient.inputs(0, 0) / path, 1.0, 1e-10);
}

/// Without a hidden layer the network is linear regression, whose gradient is 2/N X^T (X w + b - y).
TEST(BackPropagation, WithoutAHiddenLayerIsLinearRegression) {
    Draws draws(9);
    const NetworkShape shape = {{3, 1}, Activation::relu, Output::linear};
    const Network<double> network = random_network(shape, draws);
    const Examples<double> batch = draw_examples<double>(shape, Loss::squared_error, 10, false, draws);
    double expected[4] = {};
    for (std::size_t n = 0; n < 10; ++n) {
        double residual = network.bias(1)[0] - batch.values(n, 0);
        for (std::size_t q = 0; q < 3; ++q) residual += network.weights(1)(0, q) * batch.inputs(n, q);
        for (std::size_t q = 0; q < 3; ++q) expected[q] += 0.2 * residual * batch.inputs(n, q);
        expected[3] += 0.2 * residual;
    }
    const Gradient<double> gradient = gradient_of(network, batch, {Loss::squared_error});
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(gradient.theta()[j], expected[j], kRounding);
}

TEST(BackPropagation, GivesTheInputGradientOnlyWhereAsked) {
    Draws draws(2);
    const NetworkShape shape = {{3, 4, 2}, Activation::silu, Output::softmax};
    const Network<double> network = random_network(shape, draws);
    const Examples<double> batch = draw_examples<double>(shape, Loss::cross_entropy, 5, false, draws);
    const Trace<double> trace = forward_propagation<double>(network, batch.inputs);
    EXPECT_EQ(back_propagation(network, trace, batch.targets(), {Loss::cross_entropy}).inputs.rows(), 0u);
    EXPECT_EQ(back_propagation(network, trace, batch.targets(), {Loss::cross_entropy}, true).inputs.rows(),
              5u);
}

TEST(ForwardPropagation, ReadsRowsThatAreApartInMemory) {
    Draws draws(4);
    const Network<double> network = random_network({{2, 3, 1}, Activation::tanh, Output::linear}, draws);
    const Matrix<double> wide = normal_matrix<double>(4, 5, draws);
    Matrix<double> packed(4, 2);
    for (std::size_t n = 0; n < 4; ++n)
        for (std::size_t q = 0; q < 2; ++q) packed(n, q) = wide(n, q);
    const MatrixView<const double> strided(wide.elements().data(), 4, 2, 5);
    const Trace<double> apart = forward_propagation<double>(network, strided);
    const Trace<double> together = forward_propagation<double>(network, packed);
    EXPECT_TRUE(std::ranges::equal(apart.y_hat().elements(), together.y_hat().elements()));
}

TEST(Propagation, OfNoExamplesIsEmpty) {
    const Network<double> network({{2, 3, 2}, Activation::tanh, Output::softmax});
    const Trace<double> trace = forward_propagation<double>(network, Matrix<double>(0, 2));
    EXPECT_EQ(trace.y_hat().rows(), 0u);
    const Gradient<double> gradient = back_propagation(network, trace, {}, {Loss::cross_entropy}, true);
    EXPECT_EQ(gradient.loss, 0.0);
    for (const double g : gradient.theta()) EXPECT_EQ(g, 0.0);
}

TEST(Propagation, RefusesWhatDoesNotFitTheNetwork) {
    const Network<double> network({{2, 3, 2}, Activation::tanh, Output::softmax});
    expect_error(ErrorKind::data, "the network has 2 inputs, the examples have 3",
                 [&] { forward_propagation<double>(network, Matrix<double>(4, 3)); });
    const Trace<double> trace = forward_propagation<double>(network, Matrix<double>(4, 2));
    const Network<double> deeper({{2, 3, 3, 2}, Activation::tanh, Output::softmax});
    expect_error(ErrorKind::usage, "the trace is not of this network",
                 [&] { back_propagation(deeper, trace, {}, {Loss::cross_entropy}); });
    expect_error(ErrorKind::data, "0 classes for 4 examples",
                 [&] { back_propagation(network, trace, {}, {Loss::cross_entropy}); });
    const Network<double> without_shape;
    expect_error(ErrorKind::usage, "give it a shape",
                 [&] { forward_propagation<double>(without_shape, Matrix<double>(4, 2)); });
}

TEST(ParametricActivation, GoesFromALineToTheActivationAndStartsThere) {
    NetworkShape shape{{3, 5, 2}, Activation::tanh, Output::linear};
    Draws draws(9);
    const Matrix<double> inputs = normal_matrix<double>(4, 3, draws);
    const auto y_hat = [&](Activation activation, bool parametric, double bend) {
        shape.activation = activation;
        shape.parametric = parametric;
        Network<double> network(shape);
        Network<double> started(shape);
        initialise(started, 1);
        EXPECT_TRUE(std::ranges::all_of(started.layer(1).bend, [](double b) { return b == 1.0; }));
        for (std::size_t i = 1; i <= 2; ++i)
            std::fill_n(network.weights(i).data, network.weights(i).rows * network.weights(i).cols, 0.3);
        std::ranges::fill(network.layer(1).bend, bend);
        return forward_propagation<double>(network, inputs).y_hat()(1, 1);
    };
    EXPECT_NEAR(y_hat(Activation::tanh, true, 1.0), y_hat(Activation::tanh, false, 0.0), kRounding);
    EXPECT_NEAR(y_hat(Activation::tanh, true, 0.0), y_hat(Activation::linear, false, 0.0), kRounding);
    EXPECT_NEAR(y_hat(Activation::tanh, true, 0.5),
                0.5 * (y_hat(Activation::tanh, false, 0.0) + y_hat(Activation::linear, false, 0.0)),
                kRounding);
}

/// Member m as a network of its own: W . (s r^T), with its own b.
Network<double> member_alone(const Network<double>& ensemble, std::size_t m) {
    NetworkShape shape = ensemble.shape();
    const std::size_t members = shape.members.count;
    shape.members = {};
    Network<double> network(shape);
    for (std::size_t i = 1; i <= network.layers(); ++i) {
        const MatrixView<double> weights = network.weights(i);
        const std::size_t first_row = ensemble.shape().weight_copies(i) == 1 ? 0 : m * weights.rows;
        const MatrixView<const double> r = ensemble.layer(i).input_adapter,
                                       s = ensemble.layer(i).output_adapter;
        for (std::size_t p = 0; p < weights.rows; ++p)
            for (std::size_t q = 0; q < weights.cols; ++q)
                weights(p, q) = ensemble.weights(i)(first_row + p, q) * (r.rows == members ? r(m, q) : 1.0) *
                                (s.rows == members ? s(m, p) : 1.0);
        const std::size_t first_bias = ensemble.shape().bias_copies(i) == 1 ? 0 : m * weights.rows;
        std::ranges::copy(ensemble.bias(i).subspan(first_bias, weights.rows), network.bias(i).begin());
    }
    return network;
}

TEST(Members, EachIsANetworkOfItsOwn) {
    for (const Adapters adapters : {Adapters::all, Adapters::first}) {
        NetworkShape shape{{4, 6, 5, 3}, Activation::tanh, Output::softmax};
        shape.members = {3, adapters};
        Draws draws(8);
        const Network<double> ensemble = random_network(shape, draws);
        const Matrix<double> inputs = normal_matrix<double>(4 * 3, 4, draws);
        const Trace<double> together = forward_propagation<double>(ensemble, inputs);
        for (std::size_t n = 0; n < inputs.rows(); ++n) {
            const Trace<double> alone =
                forward_propagation<double>(member_alone(ensemble, n % 3), inputs.view().row_range(n, 1));
            for (std::size_t c = 0; c < 3; ++c)
                EXPECT_NEAR(together.y_hat()(n, c), alone.y_hat()(0, c), kRounding);
        }
    }
}

TEST(Members, ShareTheRowsEvenly) {
    NetworkShape shape{{2, 3, 1}, Activation::tanh, Output::linear};
    shape.members.count = 3;
    expect_error(ErrorKind::data, "4 rows cannot be shared evenly by 3 members",
                 [&] { forward_propagation<double>(Network<double>(shape), Matrix<double>(4, 2)); });
}

}  // namespace
}  // namespace thalweg::test
