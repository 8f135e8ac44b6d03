#include "model/select_networks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::class_table;
using testing::metric;
using testing::quick;
using testing::real_table;

Matrix<double> column(const std::vector<double>& values) {
    Matrix<double> matrix(values.size(), 1);
    std::ranges::copy(values, matrix.elements().begin());
    return matrix;
}

TEST(SelectGreedily, PicksWhatMakesTheMeanBestAsOftenAsItHelps) {
    // Off by 1 and by -2 on every row: twice the first and once the second is off by nothing.
    const std::vector<Matrix<double>> off = {column({1.0, 1.0}), column({-2.0, -2.0})};
    EXPECT_EQ(select_greedily(Task::regression, off, 10), (std::vector<std::size_t>{2, 1}));
    EXPECT_EQ(select_greedily(Task::regression, off, 1), (std::vector<std::size_t>{1, 0}));
}

TEST(SelectGreedily, LeavesOutWhatDoesNotHelp) {
    // The first is surer of the truth on every row; with the second nothing gets better.
    const std::vector<Matrix<double>> sure = {column({0.9, 0.8, 0.7}), column({0.5, 0.4, 0.6})};
    EXPECT_EQ(select_greedily(Task::multiclass, sure, 10), (std::vector<std::size_t>{1, 0}));
    // Each is sure where the other is not: the mean does better than either.
    const std::vector<Matrix<double>> apart = {column({0.9, 0.1}), column({0.1, 0.9})};
    const std::vector<std::size_t> both = select_greedily(Task::binary, apart, 2);
    EXPECT_EQ(both, (std::vector<std::size_t>{1, 1}));
}

TEST(SelectGreedily, TheFirstOfEqualsIsPicked) {
    const std::vector<Matrix<double>> same(3, column({0.5, 0.25}));
    EXPECT_EQ(select_greedily(Task::binary, same, 5), (std::vector<std::size_t>{1, 0, 0}));
}

TEST(Badness, IsTheMeanSquareOrTheMeanSurpriseOfKnownRows) {
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    EXPECT_DOUBLE_EQ(badness(Task::regression, std::vector<double>{1.0, -2.0}), 2.5);
    EXPECT_DOUBLE_EQ(badness(Task::binary, std::vector<double>{0.5, unknown, 0.25}), 1.5 * std::log(2.0));
}

TEST(Select, GivesAModelThatIsNoWorseThanTheBestOfItsNetworks) {
    for (const bool classes : {false, true}) {
        const Table table = classes ? class_table(150, {"a", "b", "c"}) : real_table(150);
        const Table validation = classes ? class_table(80, {"a", "b", "c"}, 2) : real_table(80, 2);
        TrainOptions options = quick(classes ? "kind" : "y");
        options.epochs = 8;
        options.ensemble = 6;
        options.select = true;
        const Training training = train(table, options, {}, &validation);
        const std::string judged_by = classes ? "log_loss" : "rmse";
        const double chosen = metric(training.validation->metrics, judged_by);
        std::size_t in_model = 0;
        for (const NetworkTraining& network : training.networks) {
            EXPECT_LE(chosen, metric(network.validation->metrics, judged_by) * (1.0 + 1e-12));
            if (network.weight == 0) continue;
            EXPECT_EQ(training.model.networks()[in_model++].weight, network.weight);
        }
        EXPECT_EQ(in_model, training.model.networks().size());
        for (const auto& [name, value] : training.model.evaluate(validation).metrics)
            EXPECT_NEAR(metric(training.validation->metrics, name), value, 1e-12 * std::abs(value)) << name;
    }
}

TEST(Select, WithFoldsTakesTheNetworksOfASeedTogether) {
    TrainOptions options = quick("kind");
    options.epochs = 6;
    options.ensemble = 4;
    options.folds = 3;
    options.select = true;
    const Training training = train(class_table(120, {"a", "b"}), options);
    for (std::size_t i = 0; i < 12; ++i)
        EXPECT_EQ(training.networks[i].weight, training.networks[i / 3 * 3].weight) << "network " << i + 1;
    EXPECT_EQ(training.model.networks().size() % 3, 0U);
    EXPECT_EQ(training.validation->rows, 120U);
}

/// What the defaults have for 800 rows, by the record of a model that is stopped in its first epoch.
std::map<std::string, std::string> record_of_defaults(const Table& table, TrainOptions options) {
    options.threads = 1;
    TrainHooks hooks;
    hooks.callbacks.on_epoch = [](const EpochReport&) { return false; };
    return train(table, options, hooks).model.training();
}

TEST(Select, IsTheDefaultOfTwoKindsWhereItFollowsTheLoss) {
    TrainOptions options;
    options.target = {"y"};
    const Table table = real_table(800);
    const auto of_squares = record_of_defaults(table, options);
    EXPECT_EQ(of_squares.at("ensemble"), "2");
    EXPECT_EQ(of_squares.at("folds"), "5");
    EXPECT_EQ(of_squares.at("select"), "true");
    for (const Loss loss : {Loss::quantile, Loss::absolute_error, Loss::mape}) {
        options.loss = loss;
        const Table positive = real_table(800, 1, 1.0, 1e6);
        const auto record = record_of_defaults(positive, options);
        EXPECT_EQ(record.at("ensemble"), "2") << name_of(loss);
        EXPECT_FALSE(record.contains("select")) << name_of(loss);
    }
    options.loss.reset();
    options.target = {"kind"};
    EXPECT_EQ(record_of_defaults(class_table(800, {"a", "b"}), options).at("select"), "true");
}

TEST(Select, NeedsNetworksAndRowsToChooseBy) {
    TrainOptions options = quick("y");
    options.select = true;
    test::expect_error(ErrorKind::usage, "give --ensemble", [&] { train(real_table(100), options); });
    options.ensemble = 3;
    options.validation = 0.0;
    test::expect_error(ErrorKind::usage, "rows to choose by", [&] { train(real_table(100), options); });
}

}  // namespace
}  // namespace thalweg
