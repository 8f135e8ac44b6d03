#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::class_table;
using testing::quick;
using testing::real_table;

TrainOptions brief(const std::string& target) {
    TrainOptions options = quick(target);
    options.epochs = 6;
    return options;
}

/// The rows of a table that `wanted` says.
Table rows_of(const Table& table, const std::vector<std::uint32_t>& rows) {
    std::vector<Column> columns = table.columns();
    for (Column& column : columns) {
        Column picked = column;
        picked.values.clear();
        picked.codes.clear();
        for (const std::uint32_t row : rows) {
            if (!column.values.empty()) picked.values.push_back(column.values[row]);
            if (!column.codes.empty()) picked.codes.push_back(column.codes[row]);
        }
        column = picked;
    }
    return Table(columns, table.source());
}

TEST(CrossValidate, IsTrainOnTheOtherFoldsAndEvaluateOnEach) {
    for (const bool classes : {false, true}) {
        const Table table = classes ? class_table(90, {"a", "b", "c"}) : real_table(90);
        TrainOptions options = brief(classes ? "kind" : "y");
        options.ensemble = 2;
        options.seed = 4;
        const CrossValidation result = cross_validate(table, 3, options);
        ASSERT_EQ(result.folds.size(), 3U);
        EXPECT_EQ(result.rows, 90U);

        std::vector<std::uint32_t> strata;
        for (std::size_t row = 0; classes && row < 90; ++row)
            strata.push_back(static_cast<std::uint32_t>(table.find("kind")->text(row)[0] - 'a'));
        const std::vector<std::uint32_t> fold_of_rows = deal_folds(90, strata, 3, 4);
        std::vector<double> first_metric;
        for (std::size_t fold = 0; fold < 3; ++fold) {
            const Split split = split_fold(fold_of_rows, fold);
            const Model model = train(rows_of(table, split.training), options).model;
            const Evaluation alone = model.evaluate(rows_of(table, split.validation));
            EXPECT_EQ(result.folds[fold].metrics, alone.metrics) << "fold " << fold;
            first_metric.push_back(alone.metrics[0].second);
        }
        const MetricSpread metric = result.metrics()[0];
        EXPECT_EQ(metric.folds, first_metric);
        const double mean = (first_metric[0] + first_metric[1] + first_metric[2]) / 3.0;
        EXPECT_NEAR(metric.mean, mean, 1e-12 * std::abs(mean));
        double squares = 0.0;
        for (const double value : first_metric) squares += std::pow(value - mean, 2);
        EXPECT_NEAR(metric.deviation, std::sqrt(squares / 2.0), 1e-9 * std::abs(mean));
    }
}

TEST(CrossValidate, GivesTheSameScoresForAnyNumberOfThreads) {
    TrainOptions options = brief("y");
    std::vector<double> first;
    for (const int threads : {1, 2, 3, 7}) {
        options.threads = threads;
        const CrossValidation result = cross_validate(real_table(60), 4, options);
        if (first.empty()) first = result.metrics()[0].folds;
        EXPECT_EQ(result.metrics()[0].folds, first) << threads << " threads";
    }
}

TEST(CrossValidate, SpreadsOverSeveralTargetsAreTold) {
    std::vector<Column> columns = real_table(80).columns();
    columns.push_back(testing::number_column("z", real_table(80).find("x1")->values));
    TrainOptions options = brief("y");
    options.target = {"y", "z"};
    const CrossValidation result = cross_validate(Table(columns), 2, options);
    ASSERT_EQ(result.targets().size(), 2U);
    EXPECT_EQ(result.targets()[1].first, "z");
    EXPECT_EQ(result.targets()[1].second[0].folds[1], result.folds[1].targets[1].second[0].second);
    const nlohmann::json json = nlohmann::json::parse(result.to_json());
    EXPECT_EQ(json["folds"], 2);
    EXPECT_EQ(json["targets"]["z"]["rmse"]["folds"].size(), 2U);
    EXPECT_EQ(json["metrics"]["rmse"]["mean"], result.metrics()[0].mean);
}

TEST(CrossValidate, ThePlanIsToldOnceAndNetworksAreNumberedOverAllFolds) {
    TrainOptions options = brief("y");
    options.ensemble = 2;
    std::size_t plans = 0;
    TrainingPlan plan;
    std::vector<std::size_t> ended;
    TrainHooks hooks;
    hooks.on_plan = [&](const TrainingPlan& told) {
        ++plans;
        plan = told;
    };
    hooks.on_network = [&](std::size_t network) { ended.push_back(network); };
    cross_validate(real_table(60), 3, options, hooks);
    EXPECT_EQ(plans, 1U);
    EXPECT_EQ(plan.networks, 6U);
    std::ranges::sort(ended);
    EXPECT_EQ(ended, (std::vector<std::size_t>{1, 2, 3, 4, 5, 6}));
}

TEST(CrossValidate, ThatIsStoppedHasTheFoldsThatWereTrainedToTheirEnd) {
    TrainHooks hooks;
    hooks.callbacks.on_epoch = [](const EpochReport& report) { return report.network < 3; };
    const CrossValidation result = cross_validate(real_table(60), 5, brief("y"), hooks);
    EXPECT_EQ(result.folds.size(), 2U);
    EXPECT_EQ(result.planned_folds, 5U);
}

TEST(CrossValidate, FoldsThatCannotBeAreRefused) {
    test::expect_error(ErrorKind::usage, "at least 2", [] { cross_validate(real_table(60), 1, brief("y")); });
    test::expect_error(ErrorKind::data, "60 rows cannot be dealt out to 61 folds",
                       [] { cross_validate(real_table(60), 61, brief("y")); });
    TrainOptions within = brief("y");
    within.folds = 2;
    test::expect_error(ErrorKind::usage, "folds within folds",
                       [&] { cross_validate(real_table(60), 3, within); });
}

}  // namespace
}  // namespace thalweg
