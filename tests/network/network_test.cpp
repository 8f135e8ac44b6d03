#include "thalweg/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.h"

namespace thalweg::test {
namespace {

TEST(NetworkShape, LaysLayersOneAfterTheOtherInTheta) {
    const NetworkShape shape = {{3, 5, 2}, Activation::relu, Output::linear};
    EXPECT_EQ(shape.layers(), 2u);
    EXPECT_EQ(shape.offset(1), 0u);
    EXPECT_EQ(shape.offset(2), 5u * 3 + 5);
    EXPECT_EQ(shape.parameters(), 5u * 3 + 5 + 2 * 5 + 2);

    Network<float> network(shape);
    EXPECT_EQ(network.theta().size(), shape.parameters());
    EXPECT_EQ(network.weights(2).data, network.theta().data() + 20);
    EXPECT_EQ(network.bias(2).data(), network.theta().data() + 30);
    EXPECT_EQ(network.weights(1).rows, 5u);
    EXPECT_EQ(network.weights(1).cols, 3u);
    for (const float parameter : network.theta()) EXPECT_EQ(parameter, 0.0f);
}

TEST(NetworkShape, RefusesWidthsThatCannotBe) {
    const auto refuses = [](std::vector<std::size_t> widths, const char* message) {
        expect_error(ErrorKind::usage, message, [&] { Network<float> network({widths}); });
    };
    refuses({}, "got 0 widths");
    refuses({3}, "got 1 widths");
    refuses({0, 2}, "the network has no inputs");
    refuses({3, 0, 2}, "layer 1: a width must be above 0: got 0");
    refuses({3, 4, 0}, "layer 2: a width must be above 0: got 0");
}

TEST(NetworkShape, RefusesATrillionNeuronsAndSaysWhatTheyWouldNeed) {
    const auto refuses = [](std::vector<std::size_t> widths, const char* message) {
        expect_error(ErrorKind::usage, message, [&] { Network<float> network({widths}); });
    };
    const std::size_t trillion = 1'000'000'000'000;
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    refuses({1, trillion, 1}, "layer 1: 1000000000000 neurons above 1 need 7.276 TiB of memory");
    refuses({8, 16, trillion}, "layer 2: 1000000000000 neurons above 16 need 61.85 TiB");
    refuses({trillion, trillion, 1}, "layer 1");
    refuses({most, most, most}, "layer 1");
    refuses({1, most, 1}, "layer 1");
    refuses({1048000, 1048000, 1048000}, "layer 2");  // each below the limit, the two together above it
}

struct Moments {
    double mean, deviation, largest;
};

Moments moments_of(MatrixView<const double> weights) {
    const std::span<const double> elements(weights.data, weights.rows * weights.cols);
    Moments moments = {0.0, 0.0, 0.0};
    for (const double w : elements) {
        moments.mean += w / static_cast<double>(elements.size());
        moments.largest = std::max(moments.largest, std::abs(w));
    }
    for (const double w : elements) moments.deviation += (w - moments.mean) * (w - moments.mean);
    moments.deviation = std::sqrt(moments.deviation / static_cast<double>(elements.size()));
    return moments;
}

TEST(Initialise, DrawsWithTheDeviationThatFitsTheActivation) {
    const std::size_t fan_in = 200, fan_out = 150, k = 120;
    const double he = std::sqrt(2.0 / fan_in), glorot = std::sqrt(2.0 / (fan_in + fan_out));
    const double lecun = std::sqrt(1.0 / fan_in);
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries) {
        Network<double> network({{fan_in, fan_out, k}, activation, Output::linear});
        initialise(network, 7);
        const bool symmetric = activation == Activation::logistic || activation == Activation::tanh ||
                               activation == Activation::linear || activation == Activation::sine;
        const double expected = symmetric ? glorot : activation == Activation::selu ? lecun : he;
        const Moments hidden = moments_of(network.weights(1));
        // 30,000 draws: the mean's deviation is 0.6 %, the deviation's 0.4 % of the expected one.
        EXPECT_NEAR(hidden.mean / expected, 0.0, 0.03) << name;
        EXPECT_NEAR(hidden.deviation / expected, 1.0, 0.02) << name;
        if (symmetric) {
            EXPECT_LE(hidden.largest, std::sqrt(3.0) * expected) << name;
        }
        EXPECT_NEAR(moments_of(network.weights(2)).deviation * std::sqrt(fan_out), 1.0, 0.03) << name;
        for (std::size_t i = 1; i <= 2; ++i)
            for (const double bias : network.bias(i)) EXPECT_EQ(bias, 0.0);
    }
}

TEST(Initialise, GivesFloatTheRoundedNumbersOfDouble) {
    const NetworkShape shape = {{7, 9, 4}, Activation::tanh, Output::softmax};
    Network<float> rounded(shape);
    Network<double> exact(shape);
    initialise(rounded, 11);
    initialise(exact, 11);
    for (std::size_t j = 0; j < exact.theta().size(); ++j)
        EXPECT_EQ(rounded.theta()[j], static_cast<float>(exact.theta()[j]));
}

TEST(Initialise, DependsOnTheSeedAndTheLayerAlone) {
    Network<double> network({{4, 4, 4}, Activation::relu, Output::linear});
    Network<double> deeper({{4, 4, 4, 4, 4}, Activation::relu, Output::linear});
    initialise(network, 1);
    initialise(deeper, 1);
    const auto same = [](MatrixView<const double> a, MatrixView<const double> b) {
        return std::equal(a.data, a.data + a.rows * a.cols, b.data);
    };
    EXPECT_TRUE(same(network.weights(1), deeper.weights(1)));
    EXPECT_FALSE(same(deeper.weights(1), deeper.weights(2)));
    Network<double> other(network.shape());
    initialise(other, 2);
    EXPECT_FALSE(same(network.weights(1), other.weights(1)));
    initialise(other, 1);
    EXPECT_TRUE(std::ranges::equal(network.theta(), other.theta()));
}

template <class Element>
bool all_are(MatrixView<Element> matrix, double value) {
    return std::all_of(matrix.data, matrix.data + matrix.rows * matrix.cols,
                       [&](double element) { return element == value; });
}

TEST(Members, HaveWhatTheRecipeSaysOfTheirOwn) {
    NetworkShape shape{{5, 7, 6, 2}, Activation::relu, Output::linear};
    shape.members = {4, Adapters::all};
    // W and the members' r, s and b of two hidden layers; W and b of four output layers.
    EXPECT_EQ(shape.parameters(), (7 * 5 + 4 * (5 + 7 + 7)) + (6 * 7 + 4 * (7 + 6 + 6)) + 4 * (2 * 6 + 2));
    shape.members.adapters = Adapters::first;
    EXPECT_EQ(shape.parameters(), (7 * 5 + 4 * 5 + 7) + (6 * 7 + 6) + 4 * (2 * 6 + 2));
}

TEST(Members, StartAsTheRecipeSays) {
    NetworkShape shape{{3, 64, 50, 2}, Activation::relu, Output::linear};
    shape.members = {8, Adapters::all};
    Network<double> network(shape);
    initialise(network, 3);
    for (std::size_t i = 1; i <= 3; ++i) {
        const double bound = 1.0 / std::sqrt(static_cast<double>(shape.fan_in(i)));
        EXPECT_LE(moments_of(network.weights(i)).largest, bound);
        EXPECT_GT(moments_of(network.weights(i)).largest, 0.9 * bound);
    }
    for (std::size_t j = 0; j < network.bias(1).size(); ++j)
        EXPECT_EQ(network.bias(1)[j], network.bias(1)[j % 64]) << "one bias, copied to all members";
    EXPECT_NE(network.bias(3)[0], network.bias(3)[2]) << "heads share nothing";
    EXPECT_TRUE(all_are(network.layer(2).input_adapter, 1.0));
    EXPECT_TRUE(all_are(network.layer(1).output_adapter, 1.0));
    for (std::size_t j = 0; j < 8 * 3; ++j) EXPECT_EQ(std::abs(network.layer(1).input_adapter.data[j]), 1.0);
    EXPECT_LT(std::abs(moments_of(network.layer(1).input_adapter).mean), 0.7) << "signs of both kinds";
}

TEST(Members, AreSetApartOncePerFeatureWhereNumbersAreEmbedded) {
    NetworkShape shape{{3, 4, 1}, Activation::relu, Output::linear};
    shape.members.count = 500;
    shape.periodic = {{1}, 2, 2};  // layer 1 reads x_0, x_1, x_2 and two outputs of the embedding of x_1
    Network<double> network(shape);
    const std::vector<std::size_t> features = {20, 21, 20};  // columns that are left out are counted
    initialise(network, 3, 1.0, features);
    const MatrixView<double> r = network.layer(1).input_adapter;
    for (std::size_t m = 0; m < r.rows; ++m) {
        EXPECT_EQ(r(m, 0), r(m, 2));
        EXPECT_EQ(r(m, 1), r(m, 3));
        EXPECT_EQ(r(m, 1), r(m, 4));
        EXPECT_NE(r(m, 0), r(m, 1));
        if (m > 0) {
            EXPECT_TRUE(r(m, 0) != r(m - 1, 1) && r(m, 1) != r(m - 1, 0)) << "no draw serves two members";
        }
    }
    EXPECT_NEAR(moments_of(r).deviation, 1.0, 0.1);
}

TEST(InitialiseNormal, ScalesHiddenWeightsByTheFanInAndStartsTheOutputAtNothing) {
    Network<double> network({{49, 300, 2}, Activation::selu, Output::softmax});
    initialise_normal(network, 3);
    const auto weights = moments_of(network.weights(1));
    EXPECT_NEAR(weights.mean, 0.0, 0.01);
    EXPECT_NEAR(weights.deviation, 1.0 / 7.0, 0.002);
    const std::span<double> bias = network.bias(1);
    EXPECT_NEAR(moments_of({bias.data(), 1, bias.size()}).deviation, 1.0, 0.15);
    EXPECT_TRUE(all_are(network.weights(2), 0.0));
    for (const double b : network.bias(2)) EXPECT_EQ(b, 0.0);
    Network<double> ensemble({.widths = {3, 5, 1}, .members = {.count = 2}});
    expect_error(ErrorKind::usage, "starts as its recipe says", [&] { initialise_normal(ensemble, 1); });
}

TEST(Members, MustBeAsManyAsMakeSense) {
    NetworkShape shape{{2, 2, 1}, Activation::relu, Output::linear};
    for (const std::size_t count : {std::size_t{0}, std::size_t{5000}}) {
        shape.members.count = count;
        expect_error(ErrorKind::usage, "a network has between 1 and 4096 members", [&] { shape.check(); });
    }
    NetworkShape without_hidden{{2, 1}, Activation::relu, Output::linear};
    without_hidden.members.count = 2;
    expect_error(ErrorKind::usage, "members share the weights of hidden layers, and this network has none",
                 [&] { without_hidden.check(); });
}

}  // namespace
}  // namespace thalweg::test
