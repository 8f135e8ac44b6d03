#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/random.h"
#include "model/forward.h"
#include "model/small_model.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::number_column;
using testing::number_plan;
using testing::small_model;
using testing::small_table;
using testing::text_column;

/// One input x, no hidden layer: the logits are slope_j x + bias_j.
Model line_model(Task task, std::vector<TargetPlan> targets, Output output, Loss loss,
                 const std::vector<float>& slopes, const std::vector<float>& biases) {
    Network<float> network({{1, slopes.size()}, Activation::linear, output});
    std::ranges::copy(slopes, network.weights(1).data);
    std::ranges::copy(biases, network.bias(1).begin());
    LossFunction function;
    function.loss = loss;
    return Model(Preprocessor({number_plan("x", 0.0, 1.0)}),
                 TargetCoder(task, std::move(targets), "for a test"), std::move(network), function, {});
}

Model two_class_model() {
    return line_model(Task::binary, {{"kind", {"no", "yes"}}}, Output::logistic, Loss::binary_cross_entropy,
                      {1}, {0});
}

Table x_table(std::vector<double> x) {
    return Table({number_column("x", std::move(x))});
}

TEST(Predict, RealValuesComeBackInTheirUnit) {
    const Model model =
        line_model(Task::regression, {{"y", {}, 1e9, 0.5}}, Output::linear, Loss::squared_error, {2}, {1});
    const Predictions predictions = model.predict(x_table({0.0, 3.0, -0.5}));
    EXPECT_EQ(predictions.values(0, 0), 1e9 + 0.5);
    EXPECT_EQ(predictions.values(1, 0), 1e9 + 3.5);
    EXPECT_EQ(predictions.values(2, 0), 1e9);
    EXPECT_EQ(predictions.to_table().names(), std::vector<std::string>{"prediction"});
}

TEST(Predict, TwoClassesHaveTwoProbabilitiesOfFullPrecision) {
    const Predictions predictions = two_class_model().predict(x_table({0.0, 1.0, 50.0, -50.0}));
    EXPECT_EQ(predictions.values(0, 1), 0.5);
    EXPECT_DOUBLE_EQ(predictions.values(1, 1), 1.0 / (1.0 + std::exp(-1.0)));
    // 1 - P would be 0.
    EXPECT_DOUBLE_EQ(predictions.values(2, 0), std::exp(-50.0));
    EXPECT_DOUBLE_EQ(predictions.values(3, 1), std::exp(-50.0));
    EXPECT_EQ(predictions.label(0), "no");
    EXPECT_EQ(predictions.label(1), "yes");
    const Table table = predictions.to_table();
    EXPECT_EQ(table.names(), (std::vector<std::string>{"prediction", "p_no", "p_yes"}));
    EXPECT_EQ(table.find("prediction")->text(1), "yes");
    EXPECT_EQ(table.find("prediction")->text(3), "no");
}

TEST(Predict, SeveralClassesAreSoftmaxOfTheLogits) {
    const Model model = line_model(Task::multiclass, {{"kind", {"a", "b", "c"}}}, Output::softmax,
                                   Loss::cross_entropy, {1, 2, 3}, {0, 0, 0});
    const Predictions predictions = model.predict(x_table({1.0, 1e4, -1e4}));
    const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
    for (std::size_t j = 0; j < 3; ++j)
        EXPECT_NEAR(predictions.values(0, j), std::exp(1.0 + static_cast<double>(j)) / total, 1e-15);
    EXPECT_EQ(predictions.label(0), "c");
    EXPECT_EQ(predictions.values(1, 2), 1.0);
    EXPECT_EQ(predictions.label(2), "a");
    EXPECT_EQ(predictions.to_table().names(), (std::vector<std::string>{"prediction", "p_a", "p_b", "p_c"}));
}

TEST(Predict, ColumnsOfPredictionsNeverShareAName) {
    const Model model = line_model(Task::multilabel, {{"a", {"0", "1"}}, {"p_a", {"0", "1"}}},
                                   Output::logistic, Loss::binary_cross_entropy, {1, -1}, {0, 0});
    const Table table = model.predict(x_table({2.0})).to_table();
    EXPECT_EQ(table.names(), (std::vector<std::string>{"a", "p_a", "p_a_", "p_p_a"}));
    EXPECT_EQ(table.find("a")->text(0), "1");
    EXPECT_EQ(table.find("p_a")->text(0), "0");
    EXPECT_GT(table.find("p_a_")->values[0], 0.5);
}

TEST(Predict, ARowsBitsDoNotDependOnTheRowsAroundIt) {
    Network<float> network({{5, 70, 3}, Activation::silu, Output::linear});
    initialise(network, 3);
    const Random random(5, RandomStream::sample);
    Dataset dataset;
    dataset.rows = 2500;
    dataset.inputs = 5;
    dataset.dense = Matrix<float>(2500, 5);
    for (std::size_t i = 0; i < dataset.dense.elements().size(); ++i)
        dataset.dense.elements()[i] = static_cast<float>(random.normal(i));
    const Matrix<float> all = dataset_logits(PackedNetwork(network), dataset, 2);
    for (const std::uint32_t row : {0U, 1U, 1023U, 1024U, 1500U, 2499U}) {
        const std::vector<std::uint32_t> rows = {row};
        const Matrix<float> alone = dataset_logits(PackedNetwork(network), dataset.select(rows), 1);
        for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(alone(0, j), all(row, j)) << "row " << row;
    }
}

TEST(Predict, ATableWithoutRowsGivesNoPredictions) {
    EXPECT_EQ(two_class_model().predict(x_table({})).to_table().rows(), 0U);
}

TEST(Predict, WhatTrainingHadNotSeenIsReported) {
    const Predictions predictions = small_model().predict(
        Table({number_column("rooms", {1.0, NAN, 2.0}), text_column("city", {"Oslo", "Roma", "Bergen"})}));
    ASSERT_EQ(predictions.report.size(), 2U);
    EXPECT_EQ(predictions.report[0].name, "rooms");
    EXPECT_EQ(predictions.report[0].missing, 1U);
    EXPECT_EQ(predictions.report[1].unseen, 2U);
    EXPECT_TRUE(std::isfinite(predictions.values(1, 0)));
}

TEST(Evaluate, PrintsTheMetricsOfTheDesign) {
    const Model model =
        line_model(Task::regression, {{"y", {}, 0.0, 1.0}}, Output::linear, Loss::squared_error, {1}, {0});
    const Evaluation evaluation = model.evaluate(
        Table({number_column("x", {1.0, 2.0, 3.0, 9.0}), number_column("y", {1.0, 4.0, 1.0, NAN})}));
    EXPECT_EQ(evaluation.to_json(),
              R"({"task":"regression","rows":3,"skipped":1,"metrics":{"rmse":1.632993161855452,)"
              R"("mae":1.3333333333333333,"r2":-0.33333333333333326}})");
}

TEST(Evaluate, SeveralTargetsStandBesideTheirMean) {
    const Model model = line_model(Task::regression, {{"y", {}, 0.0, 1.0}, {"z", {}, 0.0, 2.0}},
                                   Output::linear, Loss::squared_error, {1, 1}, {0, 0});
    const auto json = nlohmann::json::parse(
        model
            .evaluate(Table({number_column("x", {1.0, 2.0}), number_column("y", {1.0, 2.0}),
                             number_column("z", {4.0, 6.0})}))
            .to_json());
    EXPECT_EQ(json["targets"]["y"]["mae"], 0.0);
    EXPECT_EQ(json["targets"]["z"]["mae"], 2.0);
    EXPECT_EQ(json["metrics"]["mae"], 1.0);
    EXPECT_EQ(json["task"], "regression");
}

TEST(Evaluate, AClassThatTheModelDoesNotKnowIsWrongAndReported) {
    const Table table(
        {number_column("x", {-2.0, 2.0, 1.0, 1.0}), text_column("kind", {"no", "yes", "maybe", ""})});
    const Evaluation evaluation = two_class_model().evaluate(table);
    EXPECT_EQ(evaluation.rows, 3U);
    EXPECT_EQ(evaluation.skipped, 1U);
    const auto json = nlohmann::json::parse(evaluation.to_json());
    EXPECT_EQ(json["metrics"]["accuracy"], 2.0 / 3.0);
    EXPECT_EQ(json["metrics"]["auc"], 1.0);
    EXPECT_EQ(json["columns"], nlohmann::json::parse(R"({"kind":{"unseen":1,"examples":["maybe"]}})"));
}

TEST(Evaluate, ClassesThatAreNumbersAreFoundByTheirText) {
    const Model model = line_model(Task::binary, {{"kind", {"0", "1"}}}, Output::logistic,
                                   Loss::binary_cross_entropy, {1}, {0});
    const Evaluation evaluation =
        model.evaluate(Table({number_column("x", {-2.0, 2.0, 1.0}), number_column("kind", {0.0, 1.0, 2.0})}));
    EXPECT_EQ(evaluation.metrics[0].second, 2.0 / 3.0);
    ASSERT_EQ(evaluation.report.size(), 1U);
    EXPECT_EQ(evaluation.report[0].examples, std::vector<std::string>{"2"});
}

TEST(Evaluate, ClassesAreFoundHoweverTheFileSpellsThem) {
    const Model model = line_model(Task::binary, {{"kind", {"false", "true"}}}, Output::logistic,
                                   Loss::binary_cross_entropy, {1}, {0});
    const Evaluation evaluation = model.evaluate(
        Table({number_column("x", {-2.0, 2.0, 1.0}), text_column("kind", {"FALSE", "True", "true"})}));
    EXPECT_EQ(evaluation.metrics[0].second, 1.0);
    EXPECT_TRUE(evaluation.report.empty());
}

TEST(Evaluate, AMetricThatIsNotDefinedIsNull) {
    const auto json =
        nlohmann::json::parse(two_class_model()
                                  .evaluate(Table({number_column("x", {1.0}), text_column("kind", {"yes"})}))
                                  .to_json());
    EXPECT_TRUE(json["metrics"]["auc"].is_null());
    EXPECT_EQ(json["metrics"]["accuracy"], 1.0);
}

TEST(Evaluate, NeedsTheTargets) {
    expect_error(ErrorKind::data, "kind", [] { two_class_model().evaluate(x_table({1.0})); });
    expect_error(ErrorKind::data, "no row has a target", [] {
        two_class_model().evaluate(Table({number_column("x", {1.0}), text_column("kind", {""})}));
    });
    expect_error(ErrorKind::data, "dear", [] {
        std::vector<Column> columns = small_table().columns();
        columns.push_back(text_column("price", {"dear", "dear", "dear", "cheap"}));
        small_model().evaluate(Table(columns));
    });
}

}  // namespace
}  // namespace thalweg
