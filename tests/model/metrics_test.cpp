#include "model/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace thalweg {
namespace {

using Classes = std::vector<std::uint32_t>;

/// What scikit-learn 1.9 gives, to the last digits that it prints.
constexpr double kScikitTolerance = 1e-14;

double value(const Metrics& metrics, const std::string& name) {
    for (const auto& [key, number] : metrics)
        if (key == name) return number;
    ADD_FAILURE() << "no metric " << name;
    return 0.0;
}

std::vector<std::string> names(const Metrics& metrics) {
    std::vector<std::string> result;
    for (const auto& metric : metrics) result.push_back(metric.first);
    return result;
}

Matrix<double> matrix(const std::vector<std::vector<double>>& rows) {
    Matrix<double> result(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], result.row(i).begin());
    return result;
}

/// Both columns from P(second class).
Matrix<double> both(const std::vector<double>& positive) {
    Matrix<double> result(positive.size(), 2);
    for (std::size_t i = 0; i < positive.size(); ++i) {
        result(i, 0) = 1.0 - positive[i];
        result(i, 1) = positive[i];
    }
    return result;
}

TEST(RegressionMetrics, AgreeWithScikitLearn) {
    const std::vector<double> truth = {3.0, -0.5, 2.0, 7.0, 4.25}, prediction = {2.5, 0.0, 2.0, 8.0, 3.5};
    const Metrics metrics = regression_metrics(truth, prediction);
    EXPECT_EQ(names(metrics), (std::vector<std::string>{"rmse", "mae", "r2"}));
    EXPECT_NEAR(value(metrics, "rmse"), 0.6422616289332564, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "mae"), 0.55, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "r2"), 0.9328175895765473, kScikitTolerance);
}

TEST(RegressionMetrics, AShiftByABillionChangesNothing) {
    std::vector<double> truth = {3.0, -0.5, 2.0, 7.0, 4.25}, prediction = {2.5, 0.0, 2.0, 8.0, 3.5};
    for (double& v : truth) v += 1e9;
    for (double& v : prediction) v += 1e9;
    const Metrics metrics = regression_metrics(truth, prediction);
    EXPECT_NEAR(value(metrics, "rmse"), 0.6422616289332564, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "r2"), 0.9328175895765473, kScikitTolerance);
}

TEST(RegressionMetrics, ThePerfectPredictionAndTheMean) {
    const std::vector<double> truth = {1.0, 2.0, 6.0}, mean(3, 3.0);
    EXPECT_EQ(regression_metrics(truth, truth), (Metrics{{"rmse", 0.0}, {"mae", 0.0}, {"r2", 1.0}}));
    const Metrics metrics = regression_metrics(truth, mean);
    EXPECT_DOUBLE_EQ(value(metrics, "rmse"), std::sqrt(14.0 / 3.0));
    EXPECT_DOUBLE_EQ(value(metrics, "mae"), 2.0);
    EXPECT_NEAR(value(metrics, "r2"), 0.0, 1e-15);
}

TEST(RegressionMetrics, R2IsUndefinedWhereAllTargetsAreEqual) {
    const std::vector<double> truth(4, 5.0), prediction = {4.0, 5.0, 6.0, 5.0};
    EXPECT_TRUE(std::isnan(value(regression_metrics(truth, prediction), "r2")));
}

TEST(BinaryMetrics, AgreeWithScikitLearn) {
    const Classes truth = {0, 0, 1, 1, 1, 0, 1, 0, 0, 1};
    const Metrics metrics = binary_metrics(truth, both({0.1, 0.4, 0.35, 0.8, 0.8, 0.8, 0.5, 0.2, 0.4, 0.4}));
    EXPECT_EQ(names(metrics), (std::vector<std::string>{"accuracy", "auc", "log_loss", "f1", "brier"}));
    EXPECT_NEAR(value(metrics, "accuracy"), 0.6, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "auc"), 0.72, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "log_loss"), 0.6065140366499315, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "f1"), 0.5, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "brier"), 0.21225, kScikitTolerance);
}

TEST(BinaryMetrics, AConstantPredictionRanksNothing) {
    const Classes truth = {0, 1, 1, 0, 0};
    const Metrics metrics = binary_metrics(truth, both(std::vector<double>(5, 0.25)));
    EXPECT_DOUBLE_EQ(value(metrics, "accuracy"), 0.6);
    EXPECT_DOUBLE_EQ(value(metrics, "auc"), 0.5);
    EXPECT_DOUBLE_EQ(value(metrics, "log_loss"), -0.4 * std::log(0.25) - 0.6 * std::log(0.75));
    EXPECT_DOUBLE_EQ(value(metrics, "f1"), 0.0);
    EXPECT_DOUBLE_EQ(value(metrics, "brier"), 0.4 * 0.5625 + 0.6 * 0.0625);
}

TEST(BinaryMetrics, ThePerfectPredictionAndTheOpposite) {
    const Classes truth = {0, 1, 1, 0};
    const Metrics perfect = binary_metrics(truth, both({0.0, 1.0, 1.0, 0.0}));
    EXPECT_EQ(perfect,
              (Metrics{{"accuracy", 1.0}, {"auc", 1.0}, {"log_loss", 0.0}, {"f1", 1.0}, {"brier", 0.0}}));
    const Metrics opposite = binary_metrics(truth, both({1.0, 0.0, 0.0, 1.0}));
    EXPECT_EQ(value(opposite, "auc"), 0.0);
    EXPECT_EQ(value(opposite, "brier"), 1.0);
    EXPECT_TRUE(std::isfinite(value(opposite, "log_loss")));
}

TEST(BinaryMetrics, AucIsTheShareOfPairsInTheRightOrder) {
    Classes truth;
    std::vector<double> score;
    for (std::uint32_t i = 0; i < 300; ++i) {
        truth.push_back(i * 7919 % 13 < 5);
        score.push_back(static_cast<double>(i * 104729 % 17) / 17.0 + (truth.back() ? 0.1 : 0.0));
    }
    double pairs = 0.0, right = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        for (std::size_t j = 0; j < truth.size(); ++j)
            if (truth[i] == 1 && truth[j] == 0) {
                pairs += 1.0;
                right += score[i] > score[j] ? 1.0 : score[i] == score[j] ? 0.5 : 0.0;
            }
    EXPECT_DOUBLE_EQ(area_under_curve(truth, score), right / pairs);
}

TEST(BinaryMetrics, AucIsUndefinedWhereAllRowsAreOfOneClass) {
    const Classes truth = {1, 1};
    EXPECT_TRUE(std::isnan(value(binary_metrics(truth, both({0.2, 0.7})), "auc")));
}

TEST(BinaryMetrics, AnUnknownClassIsWrongWhateverIsPredicted) {
    const Classes known = {0, 1}, with_unknown = {0, 1, kUnknownClass, kUnknownClass};
    const Metrics before = binary_metrics(known, both({0.1, 0.8}));
    const Metrics metrics = binary_metrics(with_unknown, both({0.1, 0.8, 0.9, 0.1}));
    EXPECT_DOUBLE_EQ(value(metrics, "accuracy"), 0.5);
    EXPECT_DOUBLE_EQ(value(metrics, "f1"), 2.0 / 3.0);
    for (const char* name : {"auc", "log_loss", "brier"})
        EXPECT_DOUBLE_EQ(value(metrics, name), value(before, name)) << name;
}

TEST(MulticlassMetrics, AgreeWithScikitLearn) {
    const Classes truth = {0, 1, 2, 2, 1, 0, 3};
    const Matrix<double> probabilities = matrix({{0.7, 0.1, 0.1, 0.1},
                                                 {0.2, 0.3, 0.4, 0.1},
                                                 {0.1, 0.2, 0.6, 0.1},
                                                 {0.25, 0.25, 0.25, 0.25},
                                                 {0.05, 0.8, 0.1, 0.05},
                                                 {0.3, 0.4, 0.2, 0.1},
                                                 {0.6, 0.2, 0.1, 0.1}});
    const Metrics metrics = multiclass_metrics(truth, probabilities);
    EXPECT_EQ(names(metrics), (std::vector<std::string>{"accuracy", "log_loss", "macro_f1"}));
    EXPECT_NEAR(value(metrics, "accuracy"), 0.42857142857142855, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "log_loss"), 1.0267813116835343, kScikitTolerance);
    EXPECT_NEAR(value(metrics, "macro_f1"), 0.35, kScikitTolerance);
}

TEST(MulticlassMetrics, AClassThatIsNeitherTrueNorPredictedDoesNotCount) {
    const Classes truth = {0, 1};
    const Metrics metrics = multiclass_metrics(truth, matrix({{0.9, 0.1, 0.0}, {0.2, 0.8, 0.0}}));
    EXPECT_DOUBLE_EQ(value(metrics, "macro_f1"), 1.0);
}

TEST(MulticlassMetrics, UnknownClassesAreWrongAndHaveAnF1OfZero) {
    const Classes truth = {0, 1, kUnknownClass};
    const Metrics metrics = multiclass_metrics(truth, matrix({{0.9, 0.1}, {0.2, 0.8}, {0.3, 0.7}}), 1);
    EXPECT_DOUBLE_EQ(value(metrics, "accuracy"), 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(value(metrics, "macro_f1"), (1.0 + 2.0 / 3.0 + 0.0) / 3.0);
    EXPECT_DOUBLE_EQ(value(metrics, "log_loss"), -(std::log(0.9) + std::log(0.8)) / 2.0);
}

TEST(Metrics, TheOverallOnesAreTheMeanOfTheTargetsThatDefineThem) {
    const double undefined = std::nan("");
    const std::vector<Metrics> targets = {{{"rmse", 1.0}, {"r2", undefined}}, {{"rmse", 3.0}, {"r2", 0.5}}};
    EXPECT_EQ(mean_of(targets), (Metrics{{"rmse", 2.0}, {"r2", 0.5}}));
}

TEST(Metrics, ASmallProbabilityCountsAsItIsAndOnlyZeroIsHeld) {
    EXPECT_DOUBLE_EQ(surprise(1e-300), 300.0 * std::log(10.0));
    EXPECT_NEAR(surprise(0.0), 708.4, 0.05);
}

TEST(ExpectedCalibrationError, IsTheGapOfEachBinByItsRows) {
    // Four rows are 0.9 sure and three of them right; two are 0.6 sure and both right.
    const Classes truth = {1, 1, 1, 0, 0, 0};
    const double expected = 4.0 / 6.0 * (0.9 - 0.75) + 2.0 / 6.0 * (1.0 - 0.6);
    EXPECT_NEAR(expected_calibration_error(truth, both({0.9, 0.9, 0.9, 0.9, 0.4, 0.4})), expected, 1e-15);
    const Classes sure = {1, 0};
    EXPECT_EQ(expected_calibration_error(sure, both({1.0, 0.0})), 0.0);
}

}  // namespace
}  // namespace thalweg
