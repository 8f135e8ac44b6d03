#include "network/mean_logits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/random_examples.h"

namespace thalweg::test {
namespace {

/// Of float32 logits, and of the y_hat that they give.
constexpr double kRounding = 3e-7;

TEST(MeanLogits, GiveTheMeanOfTheNetworksPredictions) {
    constexpr std::size_t kNetworks = 5, kOutputs = 3;
    Draws draws(4);
    for (const auto& [output, name] : ChoiceTable<Output>::entries) {
        const Matrix<float> logits = normal_matrix<float>(kNetworks, kOutputs, draws);
        Matrix<double> wide(kNetworks, kOutputs), y_hat(kNetworks, kOutputs);
        std::ranges::copy(logits.elements(), wide.elements().begin());
        apply_output<double>(output, wide, y_hat);

        Matrix<float> mean(1, kOutputs);
        mean_logits(output, logits.elements(), mean.elements());
        Matrix<double> of_mean(1, kOutputs), got(1, kOutputs);
        std::ranges::copy(mean.elements(), of_mean.elements().begin());
        apply_output<double>(output, of_mean, got);
        for (std::size_t c = 0; c < kOutputs; ++c) {
            double expected = 0.0;
            for (std::size_t m = 0; m < kNetworks; ++m) expected += y_hat(m, c) / kNetworks;
            EXPECT_NEAR(got(0, c) / expected, 1.0, kRounding) << name;
        }
    }
}

TEST(MeanLogits, StayFiniteWhereProbabilitiesAreBelowWhatADoubleCanSay) {
    float mean = 0.0f;
    mean_logits(Output::logistic, std::vector<float>{-10000.0f, -10001.0f}, {&mean, 1});
    EXPECT_NEAR(mean, -10000.0 + std::log((1.0 + std::exp(-1.0)) / 2.0), 1e-3);
    std::vector<float> classes(2);
    mean_logits(Output::softmax, std::vector<float>{0.0f, 10000.0f, 0.0f, 20000.0f}, classes);
    EXPECT_NEAR(classes[0], -10000.0 - std::log(2.0), 1e-3);
    EXPECT_EQ(classes[1], 0.0f);
}

TEST(MeanLogits, ShowWhatIsNoNumber) {
    for (const auto& [output, name] : ChoiceTable<Output>::entries) {
        std::vector<float> mean(1);
        mean_logits(output, std::vector<float>{0.0f, NAN, 1.0f}, mean);
        EXPECT_TRUE(std::isnan(mean[0])) << name;
    }
}

}  // namespace
}  // namespace thalweg::test
