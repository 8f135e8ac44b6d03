#include "engine/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace thalweg {
namespace {

/// Some 4 units in the last place of float32, relative to max(1, |value|): the theory's own functions in
/// double are the oracle.
constexpr double kTolerance = 5e-7;

std::vector<float> points() {
    std::vector<float> all = {0.0f, -0.0f, 1e-30f, -1e-30f, 1e-4f, -1e-4f, 60.0f, -60.0f, 1e4f, -1e4f};
    for (int i = -4003; i < 4003; ++i) all.push_back(static_cast<float>(i) * 0.00497f);
    return all;
}

class ElementwiseOver : public testing::TestWithParam<Activation> {};

TEST_P(ElementwiseOver, AgreesWithTheTheoryInDouble) {
    const std::vector<float> a = points();
    std::vector<float> h(a.size()), slope(a.size(), 1.0f);
    engine::activate(GetParam(), a, h);
    engine::multiply_by_derivative(GetParam(), engine::derivative_from_activation(GetParam()) ? h : a, slope);
    for (std::size_t j = 0; j < a.size(); ++j) {
        const double value = activate<double>(GetParam(), a[j]);
        const double derivative = activation_derivative<double>(GetParam(), a[j]);
        // Beyond 1e3 a float's own spacing in the argument of a sine is larger than the tolerance.
        if (GetParam() == Activation::sine && std::abs(a[j]) > 1e3f) continue;
        ASSERT_NEAR(h[j], value, kTolerance * std::max(1.0, std::abs(value))) << "g(" << a[j] << ")";
        ASSERT_NEAR(slope[j], derivative, kTolerance * std::max(1.0, std::abs(derivative)))
            << "g'(" << a[j] << ")";
    }
}

TEST_P(ElementwiseOver, AnElementsBitsDoNotDependOnWhereItStands) {
    const std::vector<float> a = points();
    std::vector<float> together(a.size());
    engine::activate(GetParam(), a, together);
    for (std::size_t j = 0; j < a.size(); j += 7) {
        float alone = 0.0f;
        engine::activate(GetParam(), {&a[j], 1}, {&alone, 1});
        EXPECT_EQ(alone, together[j]) << "g(" << a[j] << ")";
    }
}

TEST_P(ElementwiseOver, WhatIsNoNumberStaysNone) {
    const std::vector<float> a(33, std::numeric_limits<float>::quiet_NaN());
    std::vector<float> h(a.size());
    engine::activate(GetParam(), a, h);
    for (const float value : h) EXPECT_TRUE(std::isnan(value)) << value;
}

std::vector<Activation> every_activation() {
    std::vector<Activation> all;
    for (const auto& entry : ChoiceTable<Activation>::entries) all.push_back(entry.first);
    return all;
}

TEST(SumRows, GivesTheBitsOfTheSumInOrder) {
    for (const std::size_t cols : {1, 3, 16, 17, 64, 65, 200}) {
        Matrix<float> values(37, cols);
        for (std::size_t j = 0; j < values.elements().size(); ++j)
            values.elements()[j] = std::sin(static_cast<float>(j));
        std::vector<float> sums(cols + 1, 5.0f);
        engine::sum_rows(values.view(), std::span(sums).first(cols));
        for (std::size_t j = 0; j < cols; ++j) {
            float expected = 0.0f;
            for (std::size_t row = 0; row < values.rows(); ++row) expected += values(row, j);
            EXPECT_EQ(sums[j], expected) << "column " << j << " of " << cols;
        }
        EXPECT_EQ(sums.back(), 5.0f) << "wrote beyond the sums";
    }
}

INSTANTIATE_TEST_SUITE_P(Activations, ElementwiseOver, testing::ValuesIn(every_activation()),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

}  // namespace
}  // namespace thalweg
