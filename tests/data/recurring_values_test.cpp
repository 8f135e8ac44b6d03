#include "data/recurring_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/random.h"
#include "data/columns.h"
#include "data/row_encoder.h"

namespace thalweg {
namespace {

using test::fit;
using test::inputs_of;
using test::kNaN;
using test::numbers;

constexpr std::size_t kLeastRows = 3;
constexpr std::size_t kManyValues = 512;

std::vector<double> recurring(const std::vector<double>& values, std::size_t most_values = kManyValues) {
    return recurring_values(values, kLeastRows, most_values);
}

/// Four of five rows have one of forty fares, the others a fare of their own.
std::vector<double> fares(std::size_t rows) {
    const Random random(7, RandomStream::sample);
    std::vector<double> values(rows);
    for (std::size_t i = 0; i < rows; ++i)
        values[i] = i % 5 == 0 ? 5.0 + 0.0001 * static_cast<double>(random.below(i, 900000))
                               : 7.25 + 3.1875 * static_cast<double>(random.below(rows + i, 40));
    return values;
}

/// Normal, around 40 with a deviation of 12, rounded to so many decimals.
std::vector<double> measurements(std::size_t rows, double places) {
    const Random random(8, RandomStream::sample);
    std::vector<double> values(rows);
    for (std::size_t i = 0; i < rows; ++i)
        values[i] = std::round((40.0 + 12.0 * random.normal(i)) * places) / places;
    return values;
}

TEST(RecurringValues, AreThoseOfFares) {
    for (const std::size_t rows : {800U, 20000U}) {
        const std::vector<double> found = recurring(fares(rows));
        ASSERT_EQ(found.size(), 40U) << rows << " rows";
        for (std::size_t i = 0; i < found.size(); ++i)
            EXPECT_EQ(found[i], 7.25 + 3.1875 * static_cast<double>(i));
    }
}

TEST(RecurringValues, OfAFewRowsDoNot) {
    std::vector<double> values = fares(800);
    for (int i = 0; i < 2; ++i) values.push_back(6.0625);
    EXPECT_EQ(recurring(values).size(), 40U);
    values.push_back(6.0625);
    EXPECT_EQ(recurring(values).size(), 41U);
    EXPECT_EQ(recurring(values).front(), 6.0625);
}

/// `names` values of so many rows each, with ever more room between them.
std::vector<double> names_of(std::size_t names, std::size_t rows_of_each) {
    std::vector<double> values;
    for (std::size_t name = 0; name < names; ++name)
        values.insert(values.end(), rows_of_each, static_cast<double>(37 * name * name) / 100.0);
    return values;
}

TEST(RecurringValues, MustCoverHalfTheRowsByWhatIsFrequentInATableOfThatSize) {
    EXPECT_EQ(recurring(names_of(100, 3)).size(), 100U);
    EXPECT_EQ(recurring(names_of(400, 9)).size(), 0U);
    EXPECT_EQ(recurring(names_of(400, 10)).size(), 400U);
    // Where they do, those of three rows have inputs too.
    std::vector<double> mixed = names_of(200, 10);
    for (std::size_t name = 0; name < 100; ++name)
        mixed.insert(mixed.end(), 3, 1000.005 + static_cast<double>(name));
    EXPECT_EQ(recurring(mixed).size(), 300U);
}

TEST(RecurringValues, AreTheMostFrequentWhereThereAreTooMany) {
    std::vector<double> values;
    for (std::size_t value = 1; value <= 20; ++value)
        values.insert(values.end(), 3 + value, 1000.0 * static_cast<double>(value * value));
    EXPECT_EQ(recurring(values, 3), std::vector<double>()) << "they cover too few rows";
    EXPECT_EQ(recurring(values, 10).front(), 121000.0);
    EXPECT_EQ(recurring(values, 10).size(), 10U);
}

TEST(RecurringValues, AreNotMadeByRounding) {
    for (const std::size_t rows : {800U, 20000U})
        for (const double places : {0.1, 1.0, 2.0, 10.0})
            EXPECT_TRUE(recurring(measurements(rows, places)).empty())
                << rows << " rows, to " << 1.0 / places;
    EXPECT_TRUE(recurring(measurements(20000, 1e6)).empty());
}

TEST(RecurringValues, AreNotMadeByScalingWhatWasRounded) {
    for (const double places : {1.0, 2.0}) {
        const std::vector<double> rounded = measurements(2000, places);
        const auto scaled = [&](const std::function<double(double)>& scale) {
            std::vector<double> values = rounded;
            for (double& value : values) value = scale(value);
            return recurring(values);
        };
        EXPECT_TRUE(scaled([](double v) { return (v + 7.0) / 113.0; }).empty());
        EXPECT_TRUE(scaled([](double v) { return (v - 39.87) / 11.93; }).empty());
        EXPECT_TRUE(
            scaled([](double v) { return static_cast<double>(static_cast<float>(v) / 16.3F); }).empty());
    }
}

TEST(RecurringValues, AreNotRoundNumbers) {
    const Random random(9, RandomStream::sample);
    std::vector<double> budgets(2000);
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        const double million = 20.0 * std::exp(random.normal(i));
        const double step = i % 3 == 0 ? 5.0 : i % 3 == 1 ? 1.0 : 0.1;
        budgets[i] = i % 50 == 0 ? std::round(1e6 * million) : 1e6 * step * std::round(million / step);
    }
    EXPECT_TRUE(recurring(budgets).empty());
}

TEST(RecurringValues, AreNotOfAConstantOrOfNothing) {
    EXPECT_TRUE(recurring({}).empty());
    EXPECT_TRUE(recurring(std::vector(100, 3.5)).empty());
}

TEST(RecurringValues, HaveAnInputEachBesideTheNumber) {
    const Table table({numbers("fare", fares(800)), numbers("age", measurements(800, 1.0))});
    const Preprocessor fitted = fit(table);
    EXPECT_EQ(fitted.columns()[0].recurring.size(), 40U);
    EXPECT_EQ(fitted.columns()[1].recurring.size(), 0U);
    ASSERT_EQ(fitted.inputs(), 42U);
    EXPECT_EQ(fitted.input_names()[2], "fare=7.25");
    EXPECT_EQ(fitted.input_columns()[1], 1U);
    EXPECT_EQ(fitted.input_columns()[41], 0U);

    const Table again({numbers("fare", {7.25 + 3.1875, 7.26, kNaN}), numbers("age", {40.0, 40.0, 40.0})});
    const Matrix<float> inputs = inputs_of(fitted, again);
    for (std::size_t row = 0; row < again.rows(); ++row)
        for (std::size_t input = 2; input < fitted.inputs(); ++input)
            EXPECT_EQ(inputs(row, input), row == 0 && input == 3 ? 1.0F : 0.0F)
                << "row " << row << ", input " << input;
}

TEST(RecurringValues, OfASingleRowAreThoseOfATable) {
    std::vector<double> incomplete = fares(800);
    incomplete[3] = kNaN;
    const std::vector<std::string> cities = {"Roma", "Oslo", "Roma", "Oslo"};
    std::vector<std::string> city;
    for (std::size_t i = 0; i < 800; ++i) city.push_back(cities[i % cities.size()]);
    const Table table({numbers("fare", fares(800)), test::words("city", city), numbers("other", incomplete)});
    const Preprocessor fitted = fit(table);
    ASSERT_EQ(fitted.inputs(), 3 + 40 + 2 + 40U);
    const Matrix<float> inputs = inputs_of(fitted, table);
    const RowEncoder encoder(fitted);
    std::vector<float> of_row(fitted.inputs());
    for (std::size_t row = 0; row < 20; ++row) {
        const std::vector<Cell> cells = {table.columns()[0].values[row], city[row], incomplete[row]};
        encoder.encode(cells, of_row);
        for (std::size_t j = 0; j < of_row.size(); ++j)
            EXPECT_EQ(of_row[j], inputs(row, j)) << "row " << row << ", input " << j;
    }
}

TEST(RecurringValues, AreNumbersAloneWhereToldSo) {
    PreprocessorOptions options;
    options.recurring_values = false;
    EXPECT_EQ(fit(Table({numbers("fare", fares(800))}), options).inputs(), 1U);
    options = {};
    options.scaling = Scaling::robust;
    EXPECT_EQ(fit(Table({numbers("fare", fares(800))}), options).inputs(), 1U);
}

}  // namespace
}  // namespace thalweg
