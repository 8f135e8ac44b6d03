#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/tables.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

// Numbers and sizes at the edge, as a user of the library would bring them: what comes out is finite, and
// right.

using namespace testing;

double r2_of(const Training& training, const Table& table) {
    return metric(training.model.evaluate(table).metrics, "r2");
}

void expect_finite(const Matrix<double>& values) {
    for (const double value : values.elements()) ASSERT_TRUE(std::isfinite(value)) << value;
}

/// Two inputs, both kept as they are, and the logits factor * x of a class each.
Model classifier(float factor) {
    Network<float> network({{2, 2}, Activation::linear, Output::softmax});
    std::ranges::fill(network.theta(), 0.0F);
    network.weights(1)(0, 0) = network.weights(1)(1, 1) = factor;
    return Model(Preprocessor({number_plan("a", 0.0, 1.0), number_plan("b", 0.0, 1.0)}),
                 TargetCoder(Task::multiclass, {{"kind", {"first", "second"}}}, "classes"),
                 std::move(network), {.loss = Loss::cross_entropy}, {});
}

TEST(HardNumbers, LogitsOfTenThousandGiveProbabilitiesOfOneAndAFiniteLoss) {
    const Model model = classifier(1e4F);
    const Table table({number_column("a", {1.0, -1.0, 1.0}), number_column("b", {-1.0, 1.0, -1.0}),
                       text_column("kind", {"first", "second", "second"})});
    const Matrix<double> values = model.predict(table).values;
    const double expected[3][2] = {{1, 0}, {0, 1}, {1, 0}};
    for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(values(row, k), expected[row][k]) << row << ", " << k;
    // The third row is wrong, and a probability of 0 counts as the least double (docs/scores.md).
    EXPECT_DOUBLE_EQ(metric(model.evaluate(table).metrics, "log_loss"),
                     -std::log(std::numeric_limits<double>::min()) / 3.0);
}

/// real_table with its numbers times `factor`.
Table inputs_times(double factor) {
    Table table = real_table(300);
    for (const char* const name : {"x1", "x2"})
        table = changed(table, name, [factor](Column& column) {
            for (double& value : column.values) value *= factor;
        });
    return table;
}

TEST(HardNumbers, InputsOfAnyMagnitudeAreLearntAsWell) {
    for (const double factor : {1e-300, 1e-30, 1e30, 1e300}) {
        const Table table = inputs_times(factor);
        EXPECT_GT(r2_of(train(table, quick("y")), table), 0.99) << factor;
    }
}

TEST(HardNumbers, AnInputFarBeyondTrainingIsPredictedFinite) {
    const Training training = train(real_table(300), quick("y"));
    for (const double x : {1e-30, -1e30, 1e300, std::numeric_limits<double>::denorm_min()})
        expect_finite(training.model
                          .predict(Table({number_column("x1", {x, -x}), number_column("x2", {-x, x}),
                                          text_column("colour", {"red", "blue"})}))
                          .values);
}

TEST(HardNumbers, PricesInCentsAboutABillionAreLearnt) {
    const Table table = real_table(300, 1, 100.0, 1e9);
    const Training training = train(table, quick("y"));
    EXPECT_GT(r2_of(training, table), 0.99);
    const Matrix<double> values = training.model.predict(table).values;
    const Column& truth = table.column("y");
    for (std::size_t row = 0; row < values.rows(); ++row) EXPECT_NEAR(values(row, 0), truth.values[row], 3e4);
}

TEST(HardNumbers, AColumnWhoseValuesAreAllEqualButOneDoesNoHarm) {
    for (const double odd : {1e-12, 1.0, 1e12}) {
        std::vector<Column> columns = real_table(300).columns();
        columns.push_back(number_column("nearly_constant", std::vector<double>(300, 7.0)));
        columns.back().values[11] += odd;
        const Table table(std::move(columns), "real.csv");
        const Training training = train(table, quick("y"));
        expect_finite(training.model.predict(table).values);
        EXPECT_GT(r2_of(training, table), 0.98) << odd;
    }
}

TEST(HardNumbers, RowsOfWeightZeroAreAsIfTheyWereNotThere) {
    const Table table = real_table(300);
    std::vector<Column> columns = table.columns();
    columns.push_back(number_column("weight", std::vector<double>(300, 1.0)));
    for (std::size_t row = 0; row < 300; row += 5) {
        columns[0].values[row] = -1e30;
        columns[3].values[row] = 1e30;
        columns.back().values[row] = 0.0;
    }
    TrainOptions options = quick("y");
    options.weight = "weight";
    const Training training = train(Table(columns, "real.csv"), options);
    EXPECT_GT(r2_of(training, table), 0.98);
    EXPECT_EQ(std::ranges::count(training.notes, "real.csv: 60 rows of weight 0 left out"), 1);
}

TEST(HardNumbers, OneRowIsPredictedAsItIsAmongOthers) {
    const Table table = real_table(300);
    const Training training = train(table, quick("y"));
    const Table one({number_column("x1", {table.column("x1").values[0]}),
                     number_column("x2", {table.column("x2").values[0]}),
                     text_column("colour", {table.column("colour").text(0)})});
    EXPECT_EQ(training.model.predict(one).values(0, 0), training.model.predict(table).values(0, 0));
}

TEST(HardNumbers, OneColumnIsLearnt) {
    std::vector<double> x, y;
    for (int i = 0; i < 300; ++i) {
        x.push_back(0.01 * i);
        y.push_back(std::sin(x.back()));
    }
    const Table table({number_column("x", x), number_column("y", y)});
    EXPECT_GT(r2_of(train(table, quick("y")), table), 0.95);
}

TEST(HardNumbers, TenThousandColumnsAreLearnt) {
    constexpr std::size_t kRows = 120, kColumns = 10'000;
    const Random random(3, RandomStream::sample);
    std::vector<std::string> kind;
    for (std::size_t row = 0; row < kRows; ++row) kind.push_back(row % 2 == 0 ? "even" : "odd");
    std::vector<Column> columns = {text_column("kind", kind)};
    for (std::size_t j = 0; j < kColumns; ++j) {
        columns.push_back(number_column("x" + std::to_string(j), {}));
        for (std::size_t row = 0; row < kRows; ++row)
            columns.back().values.push_back(random.normal(j * kRows + row) + (row % 2 == 0 ? 0.1 : -0.1));
    }
    const Table table(std::move(columns), "wide.csv");
    TrainOptions options = quick("kind");
    options.epochs = 5;
    options.learning_rate = 0.001;
    // The two means are 0.2 * sqrt(10,000) = 20 deviations apart, so rows held out are told apart as well.
    EXPECT_GT(metric(train(table, options).model.evaluate(table).metrics, "accuracy"), 0.97);
}

TEST(HardNumbers, AThousandClassesAreLearnt) {
    constexpr std::size_t kClasses = 1000, kEach = 6, kBits = 10;
    const Random random(4, RandomStream::sample);
    std::vector<Column> columns;
    std::vector<std::string> kind;
    for (std::size_t i = 0; i < kClasses * kEach; ++i) kind.push_back("k" + std::to_string(i % kClasses));
    for (std::size_t bit = 0; bit < kBits; ++bit) {
        columns.push_back(number_column("bit" + std::to_string(bit), {}));
        for (std::size_t i = 0; i < kind.size(); ++i)
            columns.back().values.push_back((i % kClasses >> bit & 1) + 0.1 * random.normal(i * kBits + bit));
    }
    columns.push_back(text_column("kind", kind));
    const Table table(std::move(columns), "kinds.csv");
    TrainOptions options = quick("kind");
    options.hidden = {64};
    options.epochs = 15;
    options.learning_rate = 0.003;
    const Training training = train(table, options);
    const Matrix<double> values = training.model.predict(table).values;
    ASSERT_EQ(values.cols(), kClasses);
    for (std::size_t row = 0; row < values.rows(); ++row) {
        double sum = 0.0;
        for (const double p : values.row(row)) {
            ASSERT_TRUE(p >= 0.0 && p <= 1.0) << p;
            sum += p;
        }
        ASSERT_NEAR(sum, 1.0, 1e-6) << row;
    }
    EXPECT_GT(metric(training.model.evaluate(table).metrics, "accuracy"), 0.95);
}

TEST(HardNumbers, AThousandLayersAreTrainedToNoWorseThanTheMean) {
    const Table table = real_table(100);
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::selu}) {
        TrainOptions options = quick("y");
        options.hidden = std::vector<std::size_t>(1000, 4);
        options.activation = activation;
        options.epochs = 5;
        const Training training = train(table, options);
        expect_finite(training.model.predict(table).values);
        EXPECT_GT(r2_of(training, table), -0.5) << name_of(activation);
    }
}

}  // namespace
}  // namespace thalweg
