#include "insight/training_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "insight/column_importance.h"
#include "insight/diagnosis.h"
#include "insight/held_out_section.h"
#include "insight/plain_network.h"
#include "insight/sensitivity.h"
#include "model/tables.h"
#include "support/output_gradient.h"

namespace thalweg::testing {
namespace {

TEST(Thinned, KeepsItemsAtEvenDistancesTheFirstAmongThem) {
    for (const std::size_t count : {1, 7, 8, 9, 100, 12345}) {
        Thinned<std::size_t> thinned(8);
        for (std::size_t i = 0; i < count; ++i)
            if (thinned.wants_next()) thinned.add(i);
        const std::vector<std::size_t>& kept = thinned.items();
        ASSERT_FALSE(kept.empty());
        EXPECT_LT(kept.size(), 8U);
        EXPECT_EQ(kept.front(), 0U);
        const std::size_t distance = kept.size() > 1 ? kept[1] : 1;
        for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], i * distance) << count;
        EXPECT_GE(kept.back() + distance, count) << "the end is missing";
    }
}

TEST(HeldOutSection, AreaUnderRocIsTheShareOfPairsInOrder) {
    const std::vector<double> scores = {0.1, 0.4, 0.35, 0.8, 0.4};
    const std::vector<bool> is_true = {false, false, true, true, true};
    // Of 6 pairs of a true and a false row 4 are in order and one is a tie.
    EXPECT_NEAR(area_under(roc_curve(scores, is_true)), 4.5 / 6.0, 1e-12);
    EXPECT_TRUE(roc_curve({0.5}, {true}).x.empty()) << "without false rows there is none";
}

TEST(HeldOutSection, ReliabilityIsTheShareThatCameTrueOfEachTenth) {
    const Series parts = reliability({0.05, 0.07, 0.95, 0.91, 1.0}, {false, true, true, true, false});
    ASSERT_EQ(parts.x.size(), 2U);
    EXPECT_NEAR(parts.x[0], 0.06, 1e-12);
    EXPECT_NEAR(parts.y[0], 0.5, 1e-12);
    EXPECT_NEAR(parts.y[1], 2.0 / 3.0, 1e-12);
}

TEST(Sensitivity, IsTheMeanOfThePlainGradientsMagnitudes) {
    const Table table = class_table(60, {"a", "b", "c"});
    const Model model = train(table, quick("kind")).model;
    std::vector<std::uint32_t> rows(60);
    std::iota(rows.begin(), rows.end(), 0U);
    const PlainExamples examples = plain_examples(model, table, rows);
    std::vector<double> of_inputs(examples.inputs.cols());
    for (std::size_t output = 0; output < 3; ++output) {
        const Matrix<double> gradient =
            test::output_gradient(network_alone(model, 1), examples.inputs, output);
        for (std::size_t n = 0; n < gradient.rows(); ++n)
            for (std::size_t j = 0; j < of_inputs.size(); ++j)
                of_inputs[j] += std::abs(gradient(n, j)) / (3.0 * 60.0);
    }
    std::map<std::string, double> expected;
    for (const InputRange& range : input_ranges(model.preprocessor()))
        for (std::size_t j = 0; j < range.count; ++j) expected[range.column] += of_inputs[range.first + j];
    const std::vector<ColumnSensitivity> told = column_sensitivity(model, 1, examples);
    ASSERT_EQ(told.size(), expected.size());
    for (const ColumnSensitivity& one : told) {
        EXPECT_GT(one.value, 0.0) << one.column;
        EXPECT_NEAR(one.value, expected.at(one.column), 1e-5 * expected.at(one.column)) << one.column;
    }
}

TEST(Importance, IsThatOfTheColumnsThatTheTargetDependsOn) {
    Table table = real_table(300);
    std::vector<Column> columns = table.columns();
    columns.push_back(number_column("noise", {}));
    const Random random(9, RandomStream::sample);
    for (std::size_t n = 0; n < 300; ++n) columns.back().values.push_back(random.normal(n));
    table = Table(std::move(columns), "noisy.csv");
    const Model model = train(table, quick("y")).model;
    const ColumnImportance importance =
        permutation_importance(model, {table}, {"x1", "x2", "colour", "noise"}, 0);
    EXPECT_EQ(importance.metric, "rmse");
    EXPECT_EQ(importance.rows, 300U);
    EXPECT_NEAR(importance.with_all, model.evaluate(table).metrics.front().second, 1e-9);
    const auto& rise = importance.by_column;
    // Of 300 x1 with x1 normal the error of a column that says nothing is 300 sqrt 2.
    EXPECT_NEAR(rise.at("x1"), 300.0 * std::sqrt(2.0), 60.0);
    EXPECT_NEAR(rise.at("x2"), 400.0 * std::sqrt(2.0), 80.0);
    EXPECT_GT(rise.at("colour"), 5.0 * std::abs(rise.at("noise")));
}

TEST(Importance, OfFoldsIsJudgedByTheNetworksThatHadNotLearntFromARow) {
    // Missing targets, so that a row's number in the table is not its place among those that were dealt.
    const Table table = changed(real_table(250), "y", [](Column& y) {
        for (std::size_t n = 0; n < y.values.size(); n += 7)
            y.values[n] = std::numeric_limits<double>::quiet_NaN();
    });
    TrainOptions options = quick("y");
    options.folds = 3;
    options.ensemble = 2;
    options.epochs = 4;
    const Training training = train(table, options);
    ASSERT_EQ(training.dealt.size(), 214U);
    ASSERT_EQ(training.fold_of_dealt.size(), 214U);
    std::vector<std::uint32_t> folds(table.rows());
    for (std::size_t i = 0; i < training.dealt.size(); ++i)
        folds[training.dealt[i]] = training.fold_of_dealt[i];
    const ColumnImportance importance = permutation_importance(training.model, {table, folds}, {"x1"}, 0);
    EXPECT_EQ(importance.rows, 214U);
    EXPECT_NEAR(importance.with_all, metric(training.validation->metrics, "rmse"), 1e-9)
        << "the score out of fold";
    // Rows of a part on which no network validated have no judge.
    std::vector<ModelNetwork> others;
    for (const ModelNetwork& one : training.model.networks())
        if (one.training.at("fold") != "2") others.push_back(one);
    const Model of_two(training.model.preprocessor(), training.model.target_coder(), others,
                       training.model.loss(), {});
    EXPECT_EQ(permutation_importance(of_two, {table, folds}, {"x1"}, 0).rows,
              static_cast<std::size_t>(214 - std::ranges::count(training.fold_of_dealt, 1U)));
}

TEST(TrainingHooks, TellLayersParametersAndHeldOutRowsOfEveryNetwork) {
    const Table table = class_table(120, {"a", "b", "c"});
    TrainOptions options = quick("kind");
    options.epochs = 3;
    options.ensemble = 2;
    TrainHooks hooks;
    hooks.keep_held_out = true;
    hooks.callbacks.layers = true;
    std::vector<std::size_t> epochs(3);
    std::vector<std::size_t> of_network(3);
    hooks.callbacks.on_parameters = [&](const ParametersReport& report) {
        ++of_network[report.network];
        epochs[report.network] = report.epoch;
        EXPECT_EQ(report.theta.size(), report.shape.parameters());
    };
    double longest = 0.0;
    hooks.callbacks.on_step = [&](const StepReport& step) {
        EXPECT_EQ(step.layer_gradient_norms.size(), 2U);
        double squares = 0.0;
        for (const double norm : step.layer_gradient_norms) squares += norm * norm;
        longest = std::max(longest, std::abs(std::sqrt(squares) - step.gradient_norm));
        return true;
    };
    const Training training = train(table, options, hooks);
    EXPECT_LT(longest, 1e-6) << "the layers make up the whole; nothing stands before layer 1 here";
    EXPECT_EQ(of_network, (std::vector<std::size_t>{0, 4, 4})) << "the start and three epochs";
    EXPECT_EQ(epochs[2], 3U);
    ASSERT_TRUE(training.held_out);
    EXPECT_EQ(training.held_out->predicted.rows(), training.validation->rows);
    EXPECT_EQ(training.split_off.size(), training.validation->rows);
    std::size_t right = 0;
    const auto labels = training.held_out->classes[0];
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const std::span<const double> row = training.held_out->predicted.row(n);
        right += static_cast<std::size_t>(std::ranges::max_element(row) - row.begin()) == labels[n];
    }
    EXPECT_NEAR(static_cast<double>(right) / static_cast<double>(labels.size()),
                training.validation->metrics.front().second, 1e-12)
        << "accuracy";
    // They are those rows of the table, in this order.
    const std::vector<std::string>& names = training.model.target_coder().targets()[0].classes;
    for (std::size_t n = 0; n < labels.size(); ++n)
        EXPECT_EQ(table.column("kind").text(training.split_off[n]), names[labels[n]]);
}

TEST(RowsAtEvenDistances, AreAllOrSpreadOverTheTable) {
    EXPECT_EQ(rows_at_even_distances(3, 5), (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(rows_at_even_distances(10, 5), (std::vector<std::uint32_t>{0, 2, 4, 6, 8}));
    EXPECT_TRUE(rows_at_even_distances(0, 5).empty());
}

}  // namespace
}  // namespace thalweg::testing
