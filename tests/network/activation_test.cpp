#include "thalweg/activation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <vector>

namespace thalweg {
namespace {

using Real = long double;

constexpr Real kSeluScale = 1.05070098735548049341933498529464L;
constexpr Real kSeluAlpha = 1.67326324235437728481704299167170L;

Real textbook_logistic(Real a) {
    return 1 / (1 + std::exp(-a));
}
Real textbook_softplus(Real a) {
    return std::log(1 + std::exp(a));
}

/// The textbook formulas in extended precision, good where nothing overflows or cancels much.
const std::map<Activation, std::function<Real(Real)>> kTextbook = {
    {Activation::logistic, textbook_logistic},
    {Activation::tanh, [](Real a) { return (std::exp(a) - std::exp(-a)) / (std::exp(a) + std::exp(-a)); }},
    {Activation::linear, [](Real a) { return a; }},
    {Activation::relu, [](Real a) { return std::max(a, Real{0}); }},
    {Activation::leaky_relu, [](Real a) { return a > 0 ? a : Real{0.01} * a; }},
    {Activation::elu, [](Real a) { return a > 0 ? a : std::exp(a) - 1; }},
    {Activation::selu, [](Real a) { return kSeluScale * (a > 0 ? a : kSeluAlpha * (std::exp(a) - 1)); }},
    {Activation::silu, [](Real a) { return a * textbook_logistic(a); }},
    {Activation::gelu, [](Real a) { return a * (1 + std::erf(a / std::sqrt(Real{2}))) / 2; }},
    {Activation::mish, [](Real a) { return a * std::tanh(textbook_softplus(a)); }},
    {Activation::softplus, textbook_softplus},
    {Activation::sine, [](Real a) { return std::sin(a); }},
};

/// Pre-activations of every size that training meets, none at the kink at 0.
std::vector<double> ordinary_arguments() {
    std::vector<double> arguments;
    for (double a = -8.013; a < 8.0; a += 0.0977) arguments.push_back(a);
    return arguments;
}

class EveryActivation : public testing::TestWithParam<Activation> {};

TEST_P(EveryActivation, IsTheTextbookFormula) {
    ASSERT_EQ(kTextbook.size(), std::size(ChoiceTable<Activation>::entries));
    for (const double a : ordinary_arguments()) {
        const auto expected = static_cast<double>(kTextbook.at(GetParam())(a));
        EXPECT_NEAR(activate(GetParam(), a), expected, 1e-14 * std::max(1.0, std::abs(expected))) << a;
        EXPECT_NEAR(activate(GetParam(), static_cast<float>(a)), expected,
                    2e-6 * std::max(1.0, std::abs(expected)))
            << a;
    }
}

TEST_P(EveryActivation, DerivativeIsThatOfTheTextbookFormula) {
    constexpr Real kStep = 1e-6L;
    const auto& g = kTextbook.at(GetParam());
    for (const double a : ordinary_arguments()) {
        const auto expected = static_cast<double>((g(a + kStep) - g(a - kStep)) / (2 * kStep));
        EXPECT_NEAR(activation_derivative(GetParam(), a), expected, 1e-11) << a;
        EXPECT_NEAR(activation_derivative(GetParam(), static_cast<float>(a)), expected, 5e-6) << a;
    }
}

template <class Scalar>
void expect_finite(Activation activation, Scalar a) {
    EXPECT_TRUE(std::isfinite(activate(activation, a))) << a;
    EXPECT_TRUE(std::isfinite(activation_derivative(activation, a))) << a;
}

TEST_P(EveryActivation, IsFiniteForEveryFiniteArgument) {
    for (const double a : {0.0, -0.0, 1e-300, 50.0, 710.0, 1e4, 1e30, 1e300}) {
        expect_finite(GetParam(), a);
        expect_finite(GetParam(), -a);
    }
    for (const float a : {0.0f, 1e-40f, 20.0f, 90.0f, 1e4f, 1e30f, 3e38f}) {
        expect_finite(GetParam(), a);
        expect_finite(GetParam(), -a);
    }
}

/// A run that diverges must be seen to do so, not be turned into zeros by a comparison.
TEST_P(EveryActivation, LetsNaNThrough) {
    EXPECT_TRUE(std::isnan(activate(GetParam(), std::numeric_limits<double>::quiet_NaN())));
    EXPECT_TRUE(std::isnan(activate(GetParam(), std::numeric_limits<float>::quiet_NaN())));
}

TEST_P(EveryActivation, OfManyIsThatOfEach) {
    const std::vector<double> a = ordinary_arguments();
    std::vector<double> in_place = a, gradient(a.size(), 3.0);
    activate<double>(GetParam(), in_place, in_place);
    multiply_by_derivative<double>(GetParam(), a, gradient);
    for (std::size_t j = 0; j < a.size(); ++j) {
        EXPECT_EQ(in_place[j], activate(GetParam(), a[j]));
        EXPECT_EQ(gradient[j], 3.0 * activation_derivative(GetParam(), a[j]));
    }
}

std::vector<Activation> all_activations() {
    std::vector<Activation> all;
    for (const auto& entry : ChoiceTable<Activation>::entries) all.push_back(entry.first);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Activations, EveryActivation, testing::ValuesIn(all_activations()),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(Activation, AtItsKinkHasTheDerivativeFromTheLeft) {
    EXPECT_EQ(activation_derivative(Activation::relu, 0.0), 0.0);
    EXPECT_EQ(activation_derivative(Activation::leaky_relu, 0.0), 0.01);
}

/// Where g is within rounding of its limit, 1 - g and 1 - g^2 would be 0 or noise; the derivative is not.
TEST(Activation, DerivativeKeepsItsDigitsFarFromZero) {
    const double expected_logistic = std::exp(-40.0);
    EXPECT_NEAR(activation_derivative(Activation::logistic, 40.0) / expected_logistic, 1.0, 1e-14);
    EXPECT_NEAR(activation_derivative(Activation::tanh, 30.0) / (4.0 * std::exp(-60.0)), 1.0, 1e-14);
}

TEST(Activation, FarToTheRightIsTheLineItTendsTo) {
    for (const Activation g : {Activation::silu, Activation::gelu, Activation::mish, Activation::softplus}) {
        EXPECT_EQ(activate(g, 1e4), 1e4) << name_of(g);
        EXPECT_EQ(activation_derivative(g, 1e4), 1.0) << name_of(g);
        EXPECT_EQ(activate(g, -1e4), 0.0) << name_of(g);
        EXPECT_EQ(activation_derivative(g, -1e4), 0.0) << name_of(g);
    }
}

}  // namespace
}  // namespace thalweg
