#include "model/loss_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "model/tables.h"

namespace thalweg {
namespace {

using testing::metric;

/// mean_tweedie_deviance, d2_tweedie_score, mean_absolute_percentage_error and mean_pinball_loss of
/// scikit-learn, to the last digits that it prints.
constexpr double kScikitTolerance = 1e-14;

const std::vector<double> kTruth = {3.0, 0.5, 2.0, 7.0, 4.25};
const std::vector<double> kPrediction = {2.5, 1.0, 2.0, 8.0, 3.5};

Metrics of(const LossFunction& loss, const std::vector<double>& truth = kTruth) {
    return loss_metrics(loss, truth, {kPrediction.data(), kPrediction.size(), 1});
}

TEST(LossMetrics, DeviancesAgreeWithScikitLearn) {
    EXPECT_NEAR(metric(of({Loss::poisson}), "deviance"), 0.13633375724172064, kScikitTolerance);
    EXPECT_NEAR(metric(of({Loss::poisson}), "d2"), 0.91161503534732, kScikitTolerance);
    EXPECT_NEAR(metric(of({Loss::tweedie}), "deviance"), 0.10514568757536846, kScikitTolerance);
    EXPECT_NEAR(metric(of({Loss::tweedie}), "d2"), 0.8887728258858465, kScikitTolerance);
    EXPECT_NEAR(metric(of({Loss::gamma}), "deviance"), 0.09579468649410794, kScikitTolerance);
    EXPECT_NEAR(metric(of({Loss::gamma}), "d2"), 0.8458266797980335, kScikitTolerance);
}

TEST(LossMetrics, ShareOfTheValueAndPinballAgreeWithScikitLearn) {
    EXPECT_NEAR(metric(of({Loss::mape}), "mape"), 0.2971988795518207, kScikitTolerance);
    const Metrics upper = of({.loss = Loss::quantile, .quantile = 0.9});
    EXPECT_NEAR(metric(upper, "pinball"), 0.255, kScikitTolerance);
    EXPECT_EQ(metric(upper, "below_0.9"), 0.6);
}

TEST(LossMetrics, OfSeveralLevelsIsTheMeanPinballAndTheShareBelowEach) {
    Matrix<double> predictions(kTruth.size(), 2);
    for (std::size_t row = 0; row < kTruth.size(); ++row) {
        predictions(row, 0) = kPrediction[row];
        predictions(row, 1) = 10.0;
    }
    const Metrics metrics = loss_metrics({.loss = Loss::quantile, .levels = {0.1, 0.9}}, kTruth, predictions);
    double above = 0.0;
    for (const double y : kTruth) above += 0.1 * (10.0 - y) / 5.0;
    EXPECT_NEAR(metric(metrics, "pinball"), (0.295 + above) / 2.0, kScikitTolerance);
    EXPECT_EQ(metric(metrics, "below_0.1"), 0.6);
    EXPECT_EQ(metric(metrics, "below_0.9"), 1.0);
}

TEST(LossMetrics, OtherLossesAddNothing) {
    for (const Loss loss : {Loss::squared_error, Loss::absolute_error, Loss::huber})
        EXPECT_TRUE(of({loss}).empty()) << name_of(loss);
}

TEST(LossMetrics, OfValuesThatTheLossCannotTakeAreUndefined) {
    EXPECT_TRUE(std::isnan(metric(of({Loss::gamma}, {3.0, 0.0, 2.0, 7.0, 4.25}), "deviance")));
    EXPECT_TRUE(std::isnan(metric(of({Loss::mape}, {3.0, 0.0, 2.0, 7.0, 4.25}), "mape")));
    EXPECT_TRUE(std::isnan(metric(of({Loss::poisson}, {3.0, -1.0, 2.0, 7.0, 4.25}), "d2")));
    EXPECT_TRUE(std::isfinite(metric(of({Loss::tweedie}, {3.0, 0.0, 2.0, 7.0, 4.25}), "d2")));
}

}  // namespace
}  // namespace thalweg
