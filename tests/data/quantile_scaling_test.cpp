#include "data/quantile_scaling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "data/columns.h"
#include "support/vectors.h"

namespace thalweg {
namespace {

using test::fit;
using test::inputs_of;
using test::kNaN;
using test::numbers;

/// scikit-learn stops 2e-16 short of the share 1e-7, where that is 4e-10 of a deviation.
constexpr double kBound = 1e-8;

TEST(QuantileScaling, HasTheLandmarksAndScoresOfTheReference) {
    for (const nlohmann::json& test_case : test::read_own_vectors("quantile_scaling.json")) {
        SCOPED_TRACE(test_case.at("name"));
        const std::vector<double> found =
            landmarks(test_case.at("column").get<std::vector<double>>(), test_case.at("count"));
        test::expect_array<double>("landmarks", found, test_case.at("landmarks"), 1e-14);
        std::vector<double> scores;
        for (const double value : test_case.at("values")) scores.push_back(normal_score(found, value));
        test::expect_array<double>("scores", scores, test_case.at("scores"), kBound);
    }
}

Preprocessor fit_by_quantiles(const Table& table) {
    PreprocessorOptions options;
    options.scaling = Scaling::quantile;
    return fit(table, options);
}

std::vector<double> skewed_values(std::size_t count, double factor = 1.0) {
    const Random random(4, RandomStream::sample);
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = factor * std::exp(2.0 * random.normal(i));
    return values;
}

TEST(QuantileScaling, HasALandmarkForThirtyRowsFromTenToAThousand) {
    const auto count = [](std::size_t rows) {
        return fit_by_quantiles(Table({numbers("a", skewed_values(rows))}))
            .columns()[0]
            .number.quantiles.size();
    };
    EXPECT_EQ(count(7), 7U) << "no more than values";
    EXPECT_EQ(count(60), 10U);
    EXPECT_EQ(count(659), 21U);
    EXPECT_EQ(count(40000), 1000U);
}

TEST(QuantileScaling, MakesANumberNormalWhateverItWas) {
    const Table table({numbers("a", skewed_values(3000))});
    const Matrix<float> inputs = inputs_of(fit_by_quantiles(table), table);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    for (std::size_t row = 0; row < inputs.rows(); ++row) {
        const double z = inputs(row, 0);
        sum += z, squares += z * z, fourth += z * z * z * z;
    }
    const auto rows = static_cast<double>(inputs.rows());
    EXPECT_NEAR(sum / rows, 0.0, 0.02);
    EXPECT_NEAR(squares / rows, 1.0, 0.05);
    EXPECT_NEAR(fourth / rows, 3.0, 0.5);
}

TEST(QuantileScaling, TakesAMissingNumberFor0AndSaysThatItIsMissing) {
    const Table table({numbers("a", {1, 2, kNaN, 3, 4, INFINITY, 100})});
    const Preprocessor preprocessor = fit_by_quantiles(table);
    EXPECT_EQ(preprocessor.input_names(), (std::vector<std::string>{"a", "a is missing"}));
    const Matrix<float> inputs = inputs_of(preprocessor, table);
    for (const std::size_t row : {2U, 5U}) {
        EXPECT_EQ(inputs(row, 0), 0.0F);
        EXPECT_EQ(inputs(row, 1), 1.0F);
    }
    EXPECT_NEAR(inputs(6, 0), 5.2, 0.001);
    EXPECT_NEAR(inputs(0, 0), -5.2, 0.001);
    EXPECT_EQ(inputs(0, 1), 0.0F);
}

TEST(QuantileScaling, DoesNotDependOnTheUnitOfAColumn) {
    const Table table({numbers("a", skewed_values(300))});
    const Table in_other_units({numbers("a", skewed_values(300, 0x1.0p-30))});
    const Matrix<float> inputs = inputs_of(fit_by_quantiles(table), table);
    const Matrix<float> others = inputs_of(fit_by_quantiles(in_other_units), in_other_units);
    EXPECT_TRUE(std::ranges::equal(inputs.elements(), others.elements()));
}

TEST(QuantileScaling, GivesAValueOfManyRowsLandmarksOfItsOwnThatLieAroundIt) {
    std::vector<double> values(600, 3.0);
    for (std::size_t i = 0; i < 60; ++i) values[i] = static_cast<double>(i);
    const std::vector<double> found =
        fit_by_quantiles(Table({numbers("a", values)})).columns()[0].number.quantiles;
    EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
    EXPECT_GT(std::ranges::count_if(found, [](double value) { return std::abs(value - 3.0) < 1e-3; }), 15);
}

}  // namespace
}  // namespace thalweg
