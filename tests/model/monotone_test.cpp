#include "model/monotone.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::changed;
using testing::metric;
using testing::number_column;
using testing::quick;
using testing::real_table;
using testing::text_column;

/// How many predictions fall as `column` rises over 50 values, with the other cells of each row as they are.
std::size_t falls(const Model& model, const Table& table, const std::string& column, std::size_t value = 0) {
    Matrix<double> before;
    std::size_t fell = 0;
    for (int step = 0; step < 50; ++step) {
        const Table at =
            changed(table, column, [&](Column& c) { std::ranges::fill(c.values, -8.0 + 0.4 * step); });
        Matrix<double> after = model.predict(at).values;
        for (std::size_t row = 0; step > 0 && row < after.rows(); ++row)
            fell += after(row, value) < before(row, value);
        before = std::move(after);
    }
    return fell;
}

/// y rises with x1 but for a dip, and a coin decides on the rest.
Table dented_table(std::size_t rows) {
    Table table = real_table(rows);
    const std::vector<double> x1 = table.column("x1").values;
    return changed(table, "y", [&](Column& column) {
        for (std::size_t row = 0; row < rows; ++row)
            if (x1[row] > 0.0 && x1[row] < 0.7) column.values[row] -= 400.0;
    });
}

TEST(Monotone, APredictionNeverFallsWhereTheDataDo) {
    const Table table = dented_table(600);
    TrainOptions options = quick("y");
    EXPECT_GT(falls(train(table, options).model, table, "x1"), 100U) << "left to itself it follows the dent";
    options.monotone = {"x1:+", "x2:-"};
    const Training training = train(table, options);
    EXPECT_EQ(training.model.network().shape().activation, Activation::relu);
    EXPECT_EQ(falls(training.model, table, "x1"), 0U);
    const std::size_t steps = 49 * table.rows();
    EXPECT_GT(falls(training.model, table, "x2"), steps / 2) << "the other way round";
    EXPECT_GT(metric(training.validation->metrics, "r2"), 0.8) << "and still learns";
}

TEST(Monotone, LosesLittleWhereTheDataAreMonotone) {
    TrainOptions options = quick("y");
    options.monotone = {"x1:+", "x2:-"};
    EXPECT_GT(metric(train(real_table(400), options).validation->metrics, "r2"), 0.98);
}

TEST(Monotone, HoldsForTheProbabilityOfTheSecondClassAndForARowAlone) {
    const Table table = changed(real_table(500), "y", [](Column& column) {
        for (double& value : column.values) value = value > -1000.0 ? 1.0 : 0.0;
    });
    TrainOptions options = quick("y");
    options.monotone = {"x1:+", "x2:-"};
    const Model model = train(table, options).model;
    EXPECT_EQ(model.target_coder().task(), Task::binary);
    EXPECT_EQ(falls(model, table, "x1", 1), 0U);
    const Random random(9, RandomStream::sample);
    std::vector<double> before(2), after(2);
    for (std::size_t i = 0; i < 2000; ++i) {
        const double x1 = random.normal(4 * i), x2 = random.normal(4 * i + 1);
        const double higher = x1 + std::abs(random.normal(4 * i + 2)), lower = x2 - random.uniform(4 * i + 3);
        model.predict(std::vector<Cell>{x1, x2, "red"}, before);
        model.predict(std::vector<Cell>{higher, lower, "red"}, after);
        ASSERT_GE(after[1], before[1]);
    }
}

TEST(Monotone, NumbersWithADirectionAreNeitherEmbeddedNorClipped) {
    TrainOptions options = quick("y");
    options.epochs = 2;
    options.embedding = Embedding::periodic;
    options.monotone = {"x1:+"};
    const Model model = train(real_table(200), options).model;
    EXPECT_EQ(model.network().shape().periodic.inputs, std::vector<std::size_t>{1});
    EXPECT_FALSE(model.preprocessor().columns()[0].number.smooth_clip);
    EXPECT_TRUE(model.preprocessor().columns()[1].number.smooth_clip);
    EXPECT_EQ(model.training().at("monotone"), "x1:+");

    options.scaling = Scaling::quantile;
    const std::vector<ColumnPlan> columns = train(real_table(200), options).model.preprocessor().columns();
    EXPECT_TRUE(columns[0].number.quantiles.empty());
    EXPECT_FALSE(columns[1].number.quantiles.empty());
}

TEST(Monotone, AColumnWithoutAnOrderIsRefused) {
    const auto refused = [](ErrorKind kind, const std::string& part, const auto& change) {
        TrainOptions options = quick("y");
        change(options);
        expect_error(kind, part, [&] { train(real_table(60), options); });
    };
    refused(ErrorKind::data, "the column 'colour' is a category",
            [](TrainOptions& o) { o.monotone = {"colour:+"}; });
    refused(ErrorKind::data, "no column 'x3'", [](TrainOptions& o) { o.monotone = {"x3:+"}; });
    refused(ErrorKind::usage, "'x1' is not among the columns to learn from", [](TrainOptions& o) {
        o.monotone = {"x1:+"};
        o.ignore = {"x1"};
    });
    refused(ErrorKind::usage, "'y' is not among the columns", [](TrainOptions& o) { o.monotone = {"y:+"}; });
    refused(ErrorKind::usage, "names the column 'x1' twice", [](TrainOptions& o) {
        o.monotone = {"x1:+", "x1:-"};
    });
    for (const char* text : {"x1", "x1:", "x1:up", ":+"})
        refused(ErrorKind::usage, "say COLUMN:+", [&](TrainOptions& o) { o.monotone = {text}; });
    const Table whole = changed(real_table(60), "x1", [](Column& c) {
        for (double& value : c.values) value = std::round(value);
    });
    TrainOptions as_category = quick("y");
    as_category.monotone = {"x1:+"};
    as_category.categorical = {"x1"};
    expect_error(ErrorKind::data, "'x1' is a category", [&] { train(whole, as_category); });
    const Table constant = changed(real_table(60), "x1", [](Column& c) { std::ranges::fill(c.values, 3.0); });
    TrainOptions options = quick("y");
    options.monotone = {"x1:+"};
    expect_error(ErrorKind::data, "'x1' is left out", [&] { train(constant, options); });
}

TEST(Monotone, WhatCannotKeepItIsRefused) {
    const auto refused = [](const Table& table, const std::string& part, const auto& change) {
        TrainOptions options = quick("y");
        options.monotone = {"x1:+"};
        change(options);
        expect_error(ErrorKind::usage, part, [&] { train(table, options); });
    };
    refused(real_table(60), "one of: linear, relu, leaky_relu",
            [](TrainOptions& o) { o.activation = Activation::silu; });
    refused(real_table(60), "lbfgs", [](TrainOptions& o) { o.optimizer = OptimizerKind::lbfgs; });
    refused(testing::class_table(60, {"a", "b", "c"}), "this task is multiclass",
            [](TrainOptions& o) { o.target = {"kind"}; });
}

}  // namespace
}  // namespace thalweg
