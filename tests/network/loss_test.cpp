#include "thalweg/loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/expect_error.h"

namespace thalweg::test {
namespace {

constexpr double kTiny = 1e-15;

/// One example: its logits, and what it should have given.
struct One {
    std::vector<double> logits;
    std::vector<double> values;
    std::vector<std::uint32_t> classes;

    MatrixView<const double> logits_view() const { return {logits.data(), 1, logits.size()}; }
    Targets<double> targets() const { return {{values.data(), 1, values.size()}, classes, {}}; }
};

One one_class(std::vector<double> logits, std::uint32_t label) {
    return {std::move(logits), {}, {label}};
}

One real_values(std::vector<double> logits, std::vector<double> values) {
    return {std::move(logits), std::move(values), {}};
}

struct Result {
    double loss;
    std::vector<double> gradient;
};

Result run(Output output, const LossFunction& loss, const One& one) {
    Result result;
    result.gradient.resize(one.logits.size());
    const MatrixView<double> gradient(result.gradient.data(), 1, one.logits.size());
    result.loss = loss_gradient<double>(output, loss, one.logits_view(), one.targets(), gradient);
    EXPECT_EQ(result.loss, mean_loss<double>(output, loss, one.logits_view(), one.targets()));
    return result;
}

TEST(SoftmaxCrossEntropy, IsExactForLogitsOfTenThousand) {
    const Result wrong = run(Output::softmax, {Loss::cross_entropy}, one_class({1e4, -1e4, 0.0}, 1));
    EXPECT_EQ(wrong.loss, 2e4);
    EXPECT_EQ(wrong.gradient, (std::vector<double>{1.0, -1.0, 0.0}));
    const Result right = run(Output::softmax, {Loss::cross_entropy}, one_class({1e4, -1e4, 0.0}, 0));
    EXPECT_EQ(right.loss, 0.0);
    EXPECT_EQ(right.gradient, (std::vector<double>{0.0, 0.0, 0.0}));
    const Result equal = run(Output::softmax, {Loss::cross_entropy}, one_class({-1e4, -1e4}, 0));
    EXPECT_DOUBLE_EQ(equal.loss, std::log(2.0));
    EXPECT_EQ(equal.gradient, (std::vector<double>{-0.5, 0.5}));
}

/// y_hat - 1 and log y_hat would both round to 0 here; the gap to 1 is e^-50.
TEST(SoftmaxCrossEntropy, KeepsTheDigitsOfAProbabilityNearOne) {
    const Result result = run(Output::softmax, {Loss::cross_entropy}, one_class({50.0, 0.0}, 0));
    EXPECT_NEAR(result.loss / std::exp(-50.0), 1.0, 1e-14);
    EXPECT_NEAR(result.gradient[0] / -std::exp(-50.0), 1.0, 1e-14);
}

TEST(LogisticBinaryCrossEntropy, IsExactForLogitsOfTenThousand) {
    const Result result = run(Output::logistic, {Loss::binary_cross_entropy},
                              real_values({1e4, -1e4, 1e4, -1e4}, {0, 1, 1, 0}));
    EXPECT_EQ(result.loss, 2e4);
    EXPECT_EQ(result.gradient, (std::vector<double>{1.0, -1.0, 0.0, 0.0}));
    const Result sure = run(Output::logistic, {Loss::binary_cross_entropy}, real_values({40.0}, {1.0}));
    EXPECT_NEAR(sure.gradient[0] / -std::exp(-40.0), 1.0, 1e-14);
}

TEST(SoftmaxBinaryCrossEntropy, IsExactForLogitsOfTenThousand) {
    const Result result =
        run(Output::softmax, {Loss::binary_cross_entropy}, real_values({1e4, -1e4, 0.0}, {0.0, 1.0, 0.0}));
    // -log(1 - y_0) = 1e4, -log y_1 = 2e4, -log(1 - y_2) = 0
    EXPECT_EQ(result.loss, 3e4);
    EXPECT_EQ(result.gradient, (std::vector<double>{2.0, -1.0, -1.0}));
}

TEST(ExponentialPoisson, StaysFiniteForLogitsOfTenThousand) {
    const Result low = run(Output::exponential, {Loss::poisson}, real_values({-1e4}, {3.0}));
    EXPECT_EQ(low.loss, 3e4);
    EXPECT_EQ(low.gradient[0], -3.0);
    const Result high = run(Output::exponential, {Loss::poisson}, real_values({1e4}, {3.0}));
    EXPECT_TRUE(std::isfinite(high.loss));
    EXPECT_EQ(high.gradient[0], std::numeric_limits<double>::max());

    const std::vector<float> logits = {1e4f}, counts = {3.0f};
    std::vector<float> gradient(1);
    loss_gradient<float>(Output::exponential, {Loss::poisson}, {logits.data(), 1, 1},
                         {{counts.data(), 1, 1}, {}, {}}, {gradient.data(), 1, 1});
    EXPECT_EQ(gradient[0], std::numeric_limits<float>::max());
}

TEST(ExponentialGamma, StaysFiniteForLogitsOfTenThousand) {
    const Result low = run(Output::exponential, {Loss::gamma}, real_values({-1e4}, {3.0}));
    EXPECT_TRUE(std::isfinite(low.loss));
    EXPECT_EQ(low.gradient[0], -std::numeric_limits<double>::max());
    const Result high = run(Output::exponential, {Loss::gamma}, real_values({1e4}, {3.0}));
    EXPECT_EQ(high.loss, 1e4);
    EXPECT_EQ(high.gradient[0], 1.0);
    const Result right = run(Output::exponential, {Loss::gamma}, real_values({std::log(3.0)}, {3.0}));
    EXPECT_NEAR(right.loss, 1.0 + std::log(3.0), kTiny);
    EXPECT_NEAR(right.gradient[0], 0.0, kTiny);
}

TEST(ExponentialTweedie, StaysFiniteForLogitsOfTenThousand) {
    for (const double power : {1.01, 1.5, 1.99}) {
        const LossFunction loss = {.loss = Loss::tweedie, .tweedie_power = power};
        for (const double logit : {-1e4, -700.0, 700.0, 1e4})
            for (const double value : {0.0, 1e-300, 3.0, 1e300}) {
                const Result result = run(Output::exponential, loss, real_values({logit}, {value}));
                EXPECT_TRUE(std::isfinite(result.loss)) << power << ": " << logit << ", " << value;
                EXPECT_TRUE(std::isfinite(result.gradient[0])) << power << ": " << logit << ", " << value;
            }
    }
    const LossFunction loss = {.loss = Loss::tweedie, .tweedie_power = 1.5};
    EXPECT_EQ(run(Output::exponential, loss, real_values({-1e4}, {0.0})).loss, 0.0)
        << "nothing, and none said";
    const Result one = run(Output::exponential, loss, real_values({2.0 * std::log(2.0)}, {9.0}));
    EXPECT_NEAR(one.loss, 2.0 * 2.0 + 2.0 * 9.0 / 2.0, 1e-14);
    EXPECT_NEAR(one.gradient[0], 2.0 - 9.0 / 2.0, 1e-14);
}

TEST(AscendingOutput, NeverFallsWhateverTheLogits) {
    for (const std::vector<double>& logits :
         {std::vector{0.0, 0.0, 0.0}, {5.0, -1e4, -800.0}, {-1e4, 1e4, 1.0}}) {
        std::vector<double> y_hat(3);
        apply_output<double>(Output::ascending, {logits.data(), 1, 3}, {y_hat.data(), 1, 3});
        EXPECT_EQ(y_hat[0], logits[0]);
        for (std::size_t j = 1; j < 3; ++j) {
            EXPECT_GE(y_hat[j], y_hat[j - 1]);
            const double step = logits[j] > 0.0 ? logits[j] + std::log1p(std::exp(-logits[j]))
                                                : std::log1p(std::exp(logits[j]));
            EXPECT_NEAR(y_hat[j], y_hat[j - 1] + step, 1e-11);
        }
    }
}

TEST(OutputFunction, IsFiniteForLogitsOfTenThousand) {
    for (const auto& [output, name] : ChoiceTable<Output>::entries) {
        std::vector<float> y_hat = {1e4f, -1e4f, 0.0f};
        apply_output<float>(output, MatrixView<const float>(y_hat.data(), 1, 3), {y_hat.data(), 1, 3});
        for (const float y : y_hat) EXPECT_TRUE(std::isfinite(y)) << name << ": " << y;
    }
}

TEST(OutputFunction, OfSoftmaxSumsToOne) {
    std::vector<double> y_hat = {1.0, 2.0, 3.0};
    apply_output<double>(Output::softmax, MatrixView<const double>(y_hat.data(), 1, 3), {y_hat.data(), 1, 3});
    const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
    for (int j = 0; j < 3; ++j) EXPECT_NEAR(y_hat[j], std::exp(j + 1.0) / total, kTiny);
}

TEST(Loss, OfADistanceIsItsFormula) {
    const One one = real_values({2.0, -1.0, 0.5}, {0.0, 0.0, 0.5});  // errors 2, -1, 0
    EXPECT_DOUBLE_EQ(run(Output::linear, {Loss::squared_error}, one).loss, 5.0);
    EXPECT_EQ(run(Output::linear, {Loss::squared_error}, one).gradient, (std::vector<double>{4, -2, 0}));
    EXPECT_DOUBLE_EQ(run(Output::linear, {Loss::absolute_error}, one).loss, 3.0);
    EXPECT_EQ(run(Output::linear, {Loss::absolute_error}, one).gradient, (std::vector<double>{1, -1, 0}));
    const LossFunction huber = {.loss = Loss::huber, .delta = 1.5};
    EXPECT_DOUBLE_EQ(run(Output::linear, huber, one).loss, 1.5 * (2.0 - 0.75) + 0.5);
    EXPECT_EQ(run(Output::linear, huber, one).gradient, (std::vector<double>{1.5, -1, 0}));
    const LossFunction upper = {.loss = Loss::quantile, .quantile = 0.75};
    EXPECT_DOUBLE_EQ(run(Output::linear, upper, one).loss, 0.25 * 2.0 + 0.75 * 1.0);
    EXPECT_EQ(run(Output::linear, upper, one).gradient, (std::vector<double>{0.25, -0.75, 0}));
    const LossFunction levels = {.loss = Loss::quantile, .levels = {0.25, 0.5, 0.75}};
    EXPECT_DOUBLE_EQ(run(Output::linear, levels, one).loss, 0.75 * 2.0 + 0.5 * 1.0);
    EXPECT_EQ(run(Output::linear, levels, one).gradient, (std::vector<double>{0.75, -0.5, 0}));
    const One shares = real_values({2.0, -1.0, 0.5}, {4.0, -4.0, 0.5});  // errors of 1/2, 3/4 and 0
    EXPECT_DOUBLE_EQ(run(Output::linear, {Loss::mape}, shares).loss, 1.25);
    EXPECT_EQ(run(Output::linear, {Loss::mape}, shares).gradient, (std::vector<double>{-0.25, 0.25, 0}));
}

TEST(LabelSmoothing, MixesTheTargetWithTheMean) {
    const LossFunction smooth = {.loss = Loss::cross_entropy, .label_smoothing = 0.3};
    const std::vector<double> logits = {0.2, -0.4, 1.1};
    double total = 0.0;
    for (const double a : logits) total += std::exp(a);
    double expected = 0.0;
    for (int c = 0; c < 3; ++c) expected -= (c == 2 ? 0.8 : 0.1) * std::log(std::exp(logits[c]) / total);
    EXPECT_NEAR(run(Output::softmax, smooth, one_class(logits, 2)).loss, expected, kTiny);

    const LossFunction binary = {.loss = Loss::binary_cross_entropy, .label_smoothing = 0.2};
    const double y = 1.0 / (1.0 + std::exp(-0.7));
    EXPECT_NEAR(run(Output::logistic, binary, real_values({0.7}, {1.0})).loss,
                -0.9 * std::log(y) - 0.1 * std::log(1.0 - y), kTiny);
}

TEST(ExampleWeights, MakeAWeightedMean) {
    const std::vector<double> logits = {1.0, 5.0}, values = {0.0, 0.0}, weights = {3.0, 1.0};
    const Targets<double> targets = {{values.data(), 2, 1}, {}, weights};
    EXPECT_DOUBLE_EQ(mean_loss<double>(Output::linear, {Loss::squared_error}, {logits.data(), 2, 1}, targets),
                     (3.0 * 1.0 + 1.0 * 25.0) / 4.0);
}

/// Examples of weight 0 are as if they were not there, even if their loss cannot be had.
TEST(ExampleWeights, OfZeroLeaveAnExampleOut) {
    const std::vector<double> logits = {1.0, std::numeric_limits<double>::infinity()}, values = {0.0, 0.0};
    const std::vector<double> one = {1.0, 0.0}, none = {0.0, 0.0};
    std::vector<double> gradient(2);
    const auto loss_for = [&](const std::vector<double>& weights) {
        return loss_gradient<double>(Output::linear, {Loss::squared_error}, {logits.data(), 2, 1},
                                     {{values.data(), 2, 1}, {}, weights}, {gradient.data(), 2, 1});
    };
    EXPECT_EQ(loss_for(one), 1.0);
    EXPECT_EQ(gradient, (std::vector<double>{2.0, 0.0}));
    EXPECT_EQ(loss_for(none), 0.0);
    EXPECT_EQ(gradient, (std::vector<double>{0.0, 0.0}));
}

TEST(Loss, OfAnEmptyBatchIsZero) {
    EXPECT_EQ(mean_loss<double>(Output::softmax, {Loss::cross_entropy}, {nullptr, 0, 3}, {}), 0.0);
}

TEST(Pair, ThatDoesNotFitIsRefusedAndSaysWhatDoes) {
    expect_error(ErrorKind::usage, "softmax, logistic, exponential",
                 [] { check_pair(Output::linear, {Loss::cross_entropy}); });
    expect_error(ErrorKind::usage, "between 0 and 1; take one of these outputs: softmax, logistic",
                 [] { check_pair(Output::exponential, {Loss::binary_cross_entropy}); });
    expect_error(ErrorKind::usage, "poisson", [] { check_pair(Output::linear, {Loss::poisson}); });
    expect_error(ErrorKind::usage, "the loss gamma goes with the output exponential alone: got logistic",
                 [] { check_pair(Output::logistic, {Loss::gamma}); });
    expect_error(ErrorKind::usage, "tweedie", [] { check_pair(Output::linear, {Loss::tweedie}); });
    for (const auto& [output, name] : ChoiceTable<Output>::entries)
        for (const Loss loss : {Loss::squared_error, Loss::absolute_error, Loss::huber, Loss::quantile})
            EXPECT_NO_THROW(check_pair(output, {loss})) << name << " + " << name_of(loss);
}

TEST(Loss, RefusesConstantsOutOfRangeByTheirFlag) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double delta : {0.0, -1.0, nan})
        expect_error(ErrorKind::usage, "--huber-delta must be above 0: got",
                     [&] { check_pair(Output::linear, {.loss = Loss::huber, .delta = delta}); });
    for (const double level : {0.0, 1.0, nan})
        expect_error(ErrorKind::usage, "--quantile must be between 0 and 1: got",
                     [&] { check_pair(Output::linear, {.loss = Loss::quantile, .quantile = level}); });
    for (const double power : {1.0, 2.0, nan})
        expect_error(ErrorKind::usage, "--tweedie-power must be between 1 and 2: got", [&] {
            check_pair(Output::exponential, {.loss = Loss::tweedie, .tweedie_power = power});
        });
    for (const std::vector<double>& levels : {std::vector{0.5, 0.5}, {0.9, 0.1}, {0.0, 0.5}, {0.5, 1.0}})
        expect_error(ErrorKind::usage, "--quantile: levels must be between 0 and 1, each above",
                     [&] { check_pair(Output::ascending, {.loss = Loss::quantile, .levels = levels}); });
    for (const double smoothing : {-0.1, 1.0, nan})
        expect_error(ErrorKind::usage, "--label-smoothing must be", [&] {
            check_pair(Output::softmax, {.loss = Loss::cross_entropy, .label_smoothing = smoothing});
        });
    expect_error(ErrorKind::usage, "the loss is huber",
                 [] { check_pair(Output::linear, {.loss = Loss::huber, .label_smoothing = 0.1}); });
}

TEST(Loss, RefusesTargetsThatDoNotFit) {
    const auto refuses = [](Output output, Loss loss, const One& one, const char* message) {
        expect_error(ErrorKind::data, message, [&] { run(output, {loss}, one); });
    };
    refuses(Output::softmax, Loss::cross_entropy, one_class({0.0, 0.0}, 2),
            "example 0: class 2, but the network has 2 outputs");
    refuses(Output::softmax, Loss::cross_entropy, {{0.0, 0.0}, {}, {0, 1}}, "2 classes for 1 examples");
    refuses(Output::linear, Loss::squared_error, real_values({0.0, 0.0}, {1.0}),
            "targets are 1 x 1, the network gives 1 x 2");
    refuses(Output::linear, Loss::squared_error, real_values({0.0}, {std::nan("")}),
            "must be a finite number: got nan");
    refuses(Output::logistic, Loss::binary_cross_entropy, real_values({0.0}, {1.5}),
            "example 0, output 0: a target must be between 0 and 1");
    refuses(Output::exponential, Loss::poisson, real_values({0.0}, {-1.0}), "must be 0 or more");
    refuses(Output::exponential, Loss::tweedie, real_values({0.0}, {-1.0}), "must be 0 or more");
    refuses(Output::exponential, Loss::gamma, real_values({0.0}, {0.0}), "must be above 0");
    refuses(Output::linear, Loss::mape, real_values({0.0}, {0.0}), "other than 0");
    expect_error(ErrorKind::data, "2 levels of quantiles, and the network gives 1", [] {
        run(Output::ascending, {.loss = Loss::quantile, .levels = {0.1, 0.9}}, real_values({0.0}, {1.0}));
    });
}

TEST(Loss, RefusesExampleWeightsThatDoNotFit) {
    const std::vector<double> logits = {1.0, 5.0}, values = {0.0, 0.0};
    const auto loss_for = [&](const std::vector<double>& weights) {
        mean_loss<double>(Output::linear, {Loss::squared_error}, {logits.data(), 2, 1},
                          {{values.data(), 2, 1}, {}, weights});
    };
    expect_error(ErrorKind::data, "3 example weights for 2 examples", [&] { loss_for({1, 1, 1}); });
    expect_error(ErrorKind::data, "example 1: a weight must be 0 or more: got -1", [&] {
        loss_for({1, -1});
    });
    expect_error(ErrorKind::data, "got nan", [&] { loss_for({std::nan(""), 1}); });
}

}  // namespace
}  // namespace thalweg::test
