#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/tables.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

// Tables of kinds that networks are known to fail on, trained with the defaults and judged on rows of which
// training saw none. One network alone: a mean of several would hide one that has collapsed.

using namespace testing;

TrainOptions one_network(const std::string& target) {
    TrainOptions options;
    options.target = {target};
    options.folds = 1;
    options.ensemble = 1;
    return options;
}

double score(const Training& training, const Table& unseen, const std::string& name) {
    return metric(training.model.evaluate(unseen).metrics, name);
}

TEST(HardTables, AHundredRowsAreLearnt) {
    const Training training = train(real_table(100), one_network("y"));
    EXPECT_GT(score(training, real_table(500, 2), "r2"), 0.9);
}

TEST(HardTables, AHundredRowsOfThreeClassesAreLearnt) {
    const std::vector<std::string> names = {"a", "b", "c"};
    const Training training = train(class_table(100, names), one_network("kind"));
    EXPECT_GT(score(training, class_table(500, names, 2), "accuracy"), 0.85);
}

/// 240 columns of noise and one that tells.
Table wide_table(std::size_t rows, std::uint64_t seed) {
    constexpr std::size_t kNoise = 240;
    const Random random(seed, RandomStream::sample);
    std::vector<Column> columns;
    for (std::size_t j = 0; j <= kNoise; ++j) {
        std::vector<double> values(rows);
        for (std::size_t i = 0; i < rows; ++i) values[i] = random.normal(j * rows + i);
        columns.push_back(number_column("x" + std::to_string(j), std::move(values)));
    }
    std::vector<double> y = columns[0].values;
    for (double& value : y) value = 50.0 + 10.0 * value;
    columns.push_back(number_column("y", std::move(y)));
    return Table(std::move(columns), "wide.csv");
}

TEST(HardTables, MoreColumnsThanRowsAreNoWorseThanTheMean) {
    const Training training = train(wide_table(120, 1), one_network("y"));
    EXPECT_GT(score(training, wide_table(500, 2), "r2"), 0.1);
}

/// Fifty towns, each with an effect of its own, and a number beside them.
Table table_of_towns(std::size_t rows, std::uint64_t seed) {
    constexpr std::size_t kTowns = 50;
    const Random effects(1, RandomStream::sample), random(seed, RandomStream::sample);
    std::vector<std::string> town;
    std::vector<double> x, y;
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t which = random.below(3 * i, kTowns);
        town.push_back("town " + std::to_string(which));
        x.push_back(random.normal(3 * i + 1));
        y.push_back(10.0 * effects.normal(which) + 3.0 * x[i] + random.normal(3 * i + 2));
    }
    return Table({text_column("town", town), number_column("x", x), number_column("y", y)}, "towns.csv");
}

TEST(HardTables, FiftyCategoriesOfAColumnAreLearnt) {
    const Training training = train(table_of_towns(1000, 1), one_network("y"));
    EXPECT_GT(score(training, table_of_towns(500, 2), "r2"), 0.9);
}

/// One row in a hundred is a fraud, and one in two of those whose amount and hour are both high.
Table table_of_frauds(std::size_t rows, std::uint64_t seed) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> amount, hour;
    std::vector<std::string> fraud;
    for (std::size_t i = 0; i < rows; ++i) {
        amount.push_back(random.uniform(3 * i));
        hour.push_back(random.uniform(3 * i + 1));
        const bool likely = amount[i] > 0.86 && hour[i] > 0.86;
        fraud.push_back(likely && random.uniform(3 * i + 2) < 0.5 ? "yes" : "no");
    }
    return Table({number_column("amount", amount), number_column("hour", hour), text_column("fraud", fraud)},
                 "frauds.csv");
}

TEST(HardTables, OnePositiveInAHundredIsRanked) {
    TrainOptions options = one_network("fraud");
    options.epochs = 40;  // for the time that a test may take
    const Training training = train(table_of_frauds(2000, 1), options);
    const Table unseen = table_of_frauds(3000, 2);
    EXPECT_GT(score(training, unseen, "auc"), 0.95);
    // Its probabilities are those of rare rows: their mean is near the share.
    const Matrix<double> values = training.model.predict(unseen).values;
    double sum = 0.0;
    for (std::size_t row = 0; row < values.rows(); ++row) sum += values(row, 1);
    EXPECT_NEAR(sum / static_cast<double>(values.rows()), 0.01, 0.006);
}

/// real_table with the exponential of its target, whose largest rows are thousands of times the median.
Table heavy_tailed_table(std::size_t rows, std::uint64_t seed) {
    return changed(real_table(rows, seed), "y", [](Column& column) {
        for (double& value : column.values) value = std::exp(value / 150.0);
    });
}

TEST(HardTables, AHeavyTailedTargetIsWarnedOfAndItsAbsoluteErrorBeatsTheMedian) {
    const Table table = heavy_tailed_table(500, 1), unseen = heavy_tailed_table(500, 2);
    const Training squared = train(table, one_network("y"));
    EXPECT_TRUE(any_holds(squared.notes, "'y' has a heavy tail"));
    const Matrix<double> values = squared.model.predict(unseen).values;
    for (const double value : values.elements()) ASSERT_TRUE(std::isfinite(value));
    TrainOptions options = one_network("y");
    options.loss = Loss::absolute_error;  // as the warning says
    const double error = score(train(table, options), unseen, "mae");
    std::vector<double> y = unseen.column("y").values;
    const auto middle = y.begin() + static_cast<std::ptrdiff_t>(y.size() / 2);
    std::nth_element(y.begin(), middle, y.end());
    double of_median = 0.0;
    for (const double value : y) of_median += std::abs(value - *middle) / static_cast<double>(y.size());
    EXPECT_LT(error, 0.7 * of_median);
}

TEST(HardTables, ConstantAndDuplicateColumnsDoNoHarmAndAreTold) {
    const auto padded = [](const Table& table) {
        std::vector<Column> columns = table.columns();
        columns.push_back(number_column("constant", std::vector<double>(table.rows(), 7.0)));
        columns.push_back(text_column("same text", std::vector<std::string>(table.rows(), "all")));
        columns.push_back(number_column("empty", std::vector<double>(table.rows(), std::nan(""))));
        for (int copy = 0; copy < 3; ++copy) {
            columns.push_back(table.columns()[0]);
            columns.back().name = "x1 again " + std::to_string(copy);
        }
        return Table(std::move(columns), table.source());
    };
    const Training training = train(padded(real_table(300)), one_network("y"));
    EXPECT_GT(score(training, padded(real_table(500, 2)), "r2"), 0.95);
    EXPECT_TRUE(any_holds(training.notes, "'x1 again 0' as 'x1'"));
    for (const ColumnPlan& column : training.model.preprocessor().columns())
        EXPECT_EQ(column.treatment == Treatment::dropped,
                  column.name == "constant" || column.name == "same text" || column.name == "empty")
            << column.name;
}

}  // namespace
}  // namespace thalweg
