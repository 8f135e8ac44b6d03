#include "train/parameters.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>

#include "core/random.h"

namespace thalweg {
namespace {

std::vector<float> normal_vector(std::size_t size) {
    const Random random(3, RandomStream::sample);
    std::vector<float> vector(size);
    for (std::size_t j = 0; j < size; ++j) vector[j] = static_cast<float>(random.normal(j));
    return vector;
}

TEST(Norm, IsTheEuclideanLengthForAnySize) {
    for (std::size_t size = 0; size < 70; ++size) {
        const std::vector<float> vector = normal_vector(size);
        long double sum = 0.0L;
        for (const float value : vector) sum += static_cast<long double>(value) * value;
        EXPECT_NEAR(norm(vector), static_cast<double>(std::sqrt(sum)), 1e-13 * std::sqrt(size + 1.0)) << size;
    }
}

TEST(Norm, DoesNotOverflowWhereTheSquaresOfFloatsWould) {
    EXPECT_DOUBLE_EQ(norm(std::vector<float>{3e30f, 4e30f}), std::hypot(double{3e30f}, double{4e30f}));
}

TEST(Norm, SaysWhereAComponentIsNotFinite) {
    for (const std::size_t place : {0u, 15u, 16u, 40u}) {
        std::vector<float> vector = normal_vector(41);
        vector[place] = NAN;
        EXPECT_TRUE(std::isnan(norm(vector))) << place;
        EXPECT_FALSE(all_finite(vector)) << place;
        vector[place] = -INFINITY;
        EXPECT_TRUE(std::isinf(norm(vector))) << place;
        EXPECT_FALSE(all_finite(vector)) << place;
    }
    EXPECT_TRUE(all_finite(normal_vector(41)));
}

TEST(Clip, ShortensWhatIsTooLongAndKeepsItsDirection) {
    const std::vector<float> before = normal_vector(50);
    std::vector<float> gradient = before;
    const double length = norm(gradient);
    clip(gradient, length, 0.5);
    EXPECT_NEAR(norm(gradient), 0.5, 1e-6);
    for (std::size_t j = 0; j < gradient.size(); ++j)
        EXPECT_NEAR(gradient[j], before[j] * 0.5 / length, 1e-7) << j;
}

TEST(Clip, LeavesShortGradientsAndTheLimitZeroAlone) {
    const std::vector<float> before = normal_vector(50);
    std::vector<float> gradient = before;
    clip(gradient, norm(gradient), 100.0);
    EXPECT_EQ(gradient, before);
    clip(gradient, norm(gradient), 0.0);
    EXPECT_EQ(gradient, before);
}

TEST(DecayMask, IsOneForWeightsAndZeroForBiases) {
    const NetworkShape shape{{3, 4, 1, 2}, Activation::tanh, Output::linear};
    const std::vector<float> mask = decay_mask(shape);
    Network<float> network(shape);
    ASSERT_EQ(mask.size(), network.theta().size());
    std::ranges::copy(mask, network.theta().begin());
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer) {
        for (std::size_t p = 0; p < shape.widths[layer]; ++p) {
            EXPECT_EQ(network.bias(layer)[p], 0.0f) << "layer " << layer;
            for (const float weight : network.weights(layer).row(p)) EXPECT_EQ(weight, 1.0f);
        }
    }
}

TEST(DecayMask, LeavesWhatStandsBeforeLayer1Alone) {
    NetworkShape shape{{3, 4, 2}};
    shape.periodic = {{0, 2}, 5, 2};
    shape.input_scale = true;
    const std::vector<float> mask = decay_mask(shape);
    ASSERT_GT(shape.offset(1), 0U);
    for (std::size_t j = 0; j < shape.offset(1); ++j) EXPECT_EQ(mask[j], 0.0f) << j;
    EXPECT_EQ(mask[shape.offset(1)], 1.0f);
}

TEST(DecayMask, TakesTheAdaptersOfMembersWithTheWeights) {
    NetworkShape shape{{3, 4, 2}};
    shape.members = {3, Adapters::all};
    Network<float> network(shape);
    std::ranges::copy(decay_mask(shape), network.theta().begin());
    for (std::size_t layer = 1; layer <= 2; ++layer) {
        for (const float bias : network.bias(layer)) EXPECT_EQ(bias, 0.0f);
        for (const MatrixView<float> part : {network.weights(layer), network.layer(layer).input_adapter,
                                             network.layer(layer).output_adapter})
            for (std::size_t j = 0; j < part.rows * part.cols; ++j) EXPECT_EQ(part.data[j], 1.0f);
    }
}

TEST(ParameterGroups, BendsHaveTheirRateAndNoDecay) {
    NetworkShape shape{{3, 4, 2}};
    shape.parametric = true;
    Network<double> network(shape);
    std::ranges::copy(decay_mask(shape), network.theta().begin());
    EXPECT_EQ(std::ranges::count(network.theta(), 1.0), 3 * 4 + 4 * 2);
    for (const double decays : network.layer(1).bend) EXPECT_EQ(decays, 0.0);
    const std::vector<ParameterGroup> groups = parameter_groups(shape, {.bends = 0.1});
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(network.theta().data() + groups[0].first, network.layer(1).bend.data());
    EXPECT_EQ(groups[0].last - groups[0].first, 4U);
    EXPECT_EQ(groups[0].rate, 0.1);
}

TEST(ParameterGroups, GiveTheBiasesOfEveryMemberTheirRate) {
    NetworkShape shape{{3, 4, 2}};
    shape.members = {3, Adapters::all};
    Network<double> network(shape);
    std::ranges::fill(network.theta(), 1.0);
    for (const ParameterGroup& group : parameter_groups(shape, {.biases = 5.0}))
        for (std::size_t j = group.first; j < group.last; ++j) network.theta()[j] *= group.rate;
    for (const double rate : network.bias(1)) EXPECT_EQ(rate, 5.0);
    for (const double rate : network.bias(2)) EXPECT_EQ(rate, 5.0);
    EXPECT_EQ(std::ranges::count(network.theta(), 5.0), 3 * (4 + 2));
}

/// What adamw's decay comes to: the mask times the rate of the parameter.
TEST(DecayMask, OfAllMakesWeightsDecayByTheRateAndTheRestByTheSquareOfItsFactor) {
    NetworkShape shape{{3, 4, 2}, Activation::selu, Output::logistic};
    shape.periodic = {{2}, 5, 2};
    shape.categories = {{0}, {3}, 1};
    shape.input_scale = shape.scales_categories = shape.parametric = true;
    const RateFactors rates{
        .embedding = 0.1, .input_scale = 6.0, .biases = 0.1, .bends = 0.2, .output = 2.0, .fan_in = 1};
    Network<double> decay(shape);
    std::ranges::copy(decay_mask(shape, rates, DecayOf::all), decay.theta().begin());
    for (const ParameterGroup& group : parameter_groups(shape, rates))
        for (std::size_t j = group.first; j < group.last; ++j) decay.theta()[j] *= group.rate;
    constexpr double kRounding = 1e-6;  // the mask is of floats
    const InputStage<double> stage = decay.input_stage();
    for (std::size_t j = 0; j < 5; ++j) EXPECT_NEAR(stage.phases(0, j), 0.01, kRounding);
    for (std::size_t code = 0; code < 3; ++code) EXPECT_EQ(stage.category_vectors(code, 0), 1.0);
    ASSERT_EQ(stage.scale.size(), 5U) << "all that layer 1 reads";
    for (const double rate : stage.scale) EXPECT_NEAR(rate, 36.0, kRounding);
    for (const double rate : decay.layer(1).bend) EXPECT_NEAR(rate, 0.04, kRounding);
    for (std::size_t layer = 1; layer <= 2; ++layer) {
        for (const double rate : decay.weights(layer).row(1)) EXPECT_NEAR(rate, 1.0, kRounding);
        for (const double rate : decay.bias(layer)) EXPECT_EQ(rate, 0.0);
    }
}

TEST(ParameterGroups, SetTheOutputLayerApart) {
    const NetworkShape shape{{4, 9, 1}, Activation::selu, Output::logistic};
    const RateFactors rates{.biases = 0.1, .output = 2.0, .fan_in = 1};
    Network<double> network(shape);
    std::ranges::fill(network.theta(), 1.0);
    for (const ParameterGroup& group : parameter_groups(shape, rates))
        for (std::size_t j = group.first; j < group.last; ++j) network.theta()[j] *= group.rate;
    EXPECT_DOUBLE_EQ(network.weights(1)(0, 0), 1.0 / 2.0);
    EXPECT_DOUBLE_EQ(network.weights(2)(0, 0), 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(network.bias(1)[0], 0.1);
    EXPECT_DOUBLE_EQ(network.bias(2)[0], 0.2);
}

TEST(ParameterGroups, GiveEachPartItsRate) {
    NetworkShape shape{{3, 4, 2}};
    shape.periodic = {{0, 2}, 5, 2};
    shape.piecewise = {{1}, {{0.0f, 1.0f, 2.0f}}, 1};
    shape.categories = {{0}, {3}, 1};
    shape.periodic.inputs = {2};
    shape.input_scale = true;
    const RateFactors rates{.embedding = 2.0, .input_scale = 3.0, .biases = 5.0, .fan_in = 28};
    Network<double> network(shape);
    std::ranges::fill(network.theta(), 1.0);
    for (const ParameterGroup& group : parameter_groups(shape, rates))
        for (std::size_t j = group.first; j < group.last; ++j) network.theta()[j] *= group.rate;
    const InputStage<double> stage = network.input_stage();
    for (const auto& part : {stage.frequencies, stage.phases, stage.projections, stage.slopes,
                             stage.intercepts, stage.bin_vectors})
        for (std::size_t j = 0; j < part.rows * part.cols; ++j) EXPECT_EQ(part.data[j], 2.0);
    for (const double rate : stage.offsets) EXPECT_EQ(rate, 2.0);
    for (std::size_t code = 0; code < 3; ++code) EXPECT_EQ(stage.category_vectors(code, 0), 1.0);
    ASSERT_EQ(stage.scale.size(), 4U) << "all that layer 1 reads but the category";
    for (const double rate : stage.scale) EXPECT_EQ(rate, 3.0);
    for (const double rate : network.bias(1)) EXPECT_EQ(rate, 5.0);
    for (const double rate : network.weights(1).row(3))
        EXPECT_DOUBLE_EQ(rate, std::sqrt(28.0 / 5.0))
            << "inputs of layer 1: one in waves of 2, one in bins of 1, one category of 1, one kept";
    for (const double rate : network.weights(2).row(1)) EXPECT_DOUBLE_EQ(rate, std::sqrt(28.0 / 4.0));
    EXPECT_TRUE(parameter_groups(shape, {}).empty());
}

/// Also where a layer has so small a part in the norm that nothing is left of it by subtraction; and the norm
/// of all is the same bits as without them, or what looks on would change a training that is clipped.
TEST(LayerNorms, AreThoseOfTheLayersAlone) {
    const NetworkShape shape{{30, 20, 5, 3}, Activation::tanh, Output::linear};
    const std::vector<std::size_t> bounds = layer_bounds(shape);
    for (const float factor : {1.0F, 1e-3F, 1e-12F}) {
        std::vector<float> theta = normal_vector(shape.parameters());
        for (std::size_t j = bounds[0]; j < bounds[1]; ++j) theta[j] *= factor;
        std::vector<double> norms(3);
        EXPECT_EQ(layer_norms(theta, bounds, norms), norm(theta)) << factor;
        for (std::size_t i = 0; i < norms.size(); ++i) {
            const double alone = norm(std::span(theta).subspan(bounds[i], bounds[i + 1] - bounds[i]));
            EXPECT_NEAR(norms[i], alone, 1e-10 * alone) << i << ' ' << factor;
        }
    }
}

}  // namespace
}  // namespace thalweg
