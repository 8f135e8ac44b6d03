#include <gtest/gtest.h>

#include <fmt/format.h>

#include <numeric>

#include "model/model_file.h"
#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::changed;
using testing::class_table;
using testing::metric;
using testing::number_column;
using testing::quick;
using testing::real_table;
using testing::text_column;

bool any_contains(const std::vector<std::string>& notes, const std::string& part) {
    for (const std::string& note : notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

TEST(Train, LearnsRealValues) {
    const Training training = train(real_table(400), quick("y"));
    EXPECT_EQ(training.model.target_coder().task(), Task::regression);
    EXPECT_FALSE(training.task_reason.empty());
    EXPECT_EQ(training.training_rows, 340U);
    EXPECT_EQ(training.validation_rows, 60U);
    ASSERT_TRUE(training.validation.has_value());
    EXPECT_GT(metric(training.validation->metrics, "r2"), 0.99);
    EXPECT_GT(metric(training.model.evaluate(real_table(200, 2)).metrics, "r2"), 0.99);
}

TEST(Train, LearnsTwoClasses) {
    const Training training = train(class_table(400, {"no", "yes"}), quick("kind"));
    EXPECT_EQ(training.model.target_coder().task(), Task::binary);
    const Evaluation evaluation = training.model.evaluate(class_table(200, {"no", "yes"}, 2));
    EXPECT_GT(metric(evaluation.metrics, "accuracy"), 0.95);
    EXPECT_GT(metric(evaluation.metrics, "auc"), 0.99);
}

TEST(Train, LearnsSeveralClassesWithEveryPairThatFits) {
    const std::vector<std::string> names = {"a", "b", "c"};
    for (const auto& [output, loss] :
         std::vector<std::pair<Output, Loss>>{{Output::softmax, Loss::cross_entropy},
                                              {Output::softmax, Loss::squared_error},
                                              {Output::logistic, Loss::binary_cross_entropy},
                                              {Output::logistic, Loss::squared_error}}) {
        TrainOptions options = quick("kind");
        options.output = output;
        options.loss = loss;
        const Training training = train(class_table(400, names), options);
        const Table table = class_table(200, names, 2);
        EXPECT_GT(metric(training.model.evaluate(table).metrics, "accuracy"), 0.93)
            << name_of(output) << " " << name_of(loss);
        const Matrix<double> values = training.model.predict(table).values;
        for (std::size_t row = 0; row < values.rows(); ++row)
            ASSERT_NEAR(std::accumulate(values.row(row).begin(), values.row(row).end(), 0.0), 1.0, 1e-12);
    }
}

TEST(Train, LearnsEveryLossOfRealValues) {
    for (const Loss loss : {Loss::squared_error, Loss::absolute_error, Loss::huber, Loss::quantile}) {
        TrainOptions options = quick("y");
        options.loss = loss;
        const Training training = train(real_table(400), options);
        EXPECT_GT(metric(training.validation->metrics, "r2"), 0.98) << name_of(loss);
    }
}

TEST(Train, PoissonLearnsCountsAsTheyAre) {
    const Random random(3, RandomStream::sample);
    std::vector<double> x, count;
    for (std::size_t i = 0; i < 400; ++i) {
        x.push_back(random.uniform(2 * i));
        count.push_back(std::floor(std::exp(3.0 * x[i]) + random.uniform(2 * i + 1)));
    }
    const Table table({number_column("x", x), number_column("count", count)});
    TrainOptions options = quick("count");
    options.loss = Loss::poisson;
    options.task = Task::regression;
    const Training training = train(table, options);
    EXPECT_EQ(training.model.network().shape().output, Output::exponential);
    EXPECT_EQ(training.model.target_coder().targets()[0].mean, 0.0);
    EXPECT_EQ(training.model.target_coder().targets()[0].scale, 1.0);
    EXPECT_GT(metric(training.validation->metrics, "r2"), 0.95);
    const Matrix<double> values = training.model.predict(table).values;
    for (const double value : values.elements()) ASSERT_GT(value, 0.0);

    const Table with_negative = changed(table, "count", [](Column& column) { column.values[7] = -1.0; });
    expect_error(ErrorKind::data, "'count' is -1, which the output exponential cannot reach",
                 [&] { train(with_negative, options); });
}

/// rows x (x, y) with y a ratio-scaled value around e^{3x}, times `factor`.
Table ratio_table(double factor, bool with_zeros) {
    const Random random(3, RandomStream::sample);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < 400; ++i) {
        x.push_back(random.uniform(2 * i));
        const double noise = 0.8 + 0.4 * random.uniform(2 * i + 1);
        y.push_back(with_zeros && i % 40 == 0 ? 0.0 : factor * std::exp(3.0 * x[i]) * noise);
    }
    return Table({number_column("x", x), number_column("y", y)}, "ratios.csv");
}

TEST(Train, LossesOfRatiosLearnAmountsInAnyUnit) {
    for (const Loss loss : {Loss::gamma, Loss::tweedie, Loss::mape}) {
        TrainOptions options = quick("y");
        options.loss = loss;
        const Table small = ratio_table(1e-3, false), large = ratio_table(1e6, false);
        const Training training = train(large, options);
        EXPECT_EQ(training.model.network().shape().output, Output::exponential);
        EXPECT_GT(metric(training.validation->metrics, "r2"), 0.85) << name_of(loss);
        const Matrix<double> values = training.model.predict(large).values;
        const Matrix<double> in_small = train(small, options).model.predict(small).values;
        // The unit leaves rounding alone behind, which training amplifies.
        for (std::size_t row = 0; row < values.rows(); ++row)
            ASSERT_NEAR(values(row, 0) / in_small(row, 0), 1e9, 1e6) << name_of(loss) << ", row " << row;
    }
}

TEST(Train, AValueThatTheLossCannotTakeIsToldWithItsLineBeforeTraining) {
    const Table zeros = ratio_table(1.0, true);
    TrainOptions options = quick("y");
    for (const auto& [loss, why] : {std::pair{Loss::gamma, "'y' is 0; it must be above 0 for gamma"},
                                    std::pair{Loss::mape, "'y' is 0; it must be other than 0 for mape"}}) {
        options.loss = loss;
        expect_error(ErrorKind::data, why, [&] { train(zeros, options); });
    }
    options.loss = Loss::tweedie;
    EXPECT_GT(metric(train(zeros, options).validation->metrics, "d2"), 0.5);
    const Table negative = changed(zeros, "y", [](Column& column) { column.values[7] = -1.0; });
    expect_error(ErrorKind::data, "'y' is -1, which the output exponential cannot reach",
                 [&] { train(negative, options); });
}

TEST(Train, MapeTakesValuesOfBothSignsWithTheLinearOutput) {
    const Table table = changed(real_table(400), "y", [](Column& column) {
        for (double& value : column.values) value = value == 0.0 ? 1.0 : value;
    });
    TrainOptions options = quick("y");
    options.loss = Loss::mape;
    options.output = Output::linear;
    const Training training = train(table, options);
    EXPECT_EQ(training.model.target_coder().targets()[0].mean, 0.0)
        << "a share of the value, not of a deviation";
    EXPECT_LT(metric(training.validation->metrics, "mape"), 0.3);
}

/// rows x (x, y): y is uniform between 0 and 1 + x.
Table spread_table(std::size_t rows, std::uint64_t seed) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < rows; ++i) {
        x.push_back(random.uniform(2 * i));
        y.push_back((1.0 + x[i]) * random.uniform(2 * i + 1));
    }
    return Table({number_column("x", x), number_column("y", y)});
}

TEST(Train, SeveralLevelsOfQuantilesAreLearntAndNeverCross) {
    TrainOptions options = quick("y");
    options.loss = Loss::quantile;
    options.quantile = {0.1, 0.5, 0.9};
    const Model model = train(spread_table(2000, 1), options).model;
    EXPECT_EQ(model.network().shape().output, Output::ascending);
    const Table fresh = spread_table(4000, 2);
    const Predictions predictions = model.predict(fresh);
    EXPECT_EQ(predictions.to_table().names(), (std::vector<std::string>{"q_0.1", "q_0.5", "q_0.9"}));
    for (std::size_t row = 0; row < fresh.rows(); ++row)
        for (std::size_t j = 1; j < 3; ++j)
            ASSERT_GE(predictions.values(row, j), predictions.values(row, j - 1)) << "row " << row;
    const Metrics metrics = model.evaluate(fresh).metrics;
    for (const double level : options.quantile)
        EXPECT_NEAR(metric(metrics, fmt::format("below_{}", level)), level, 0.05);
    // Far outside of what was learnt too.
    const Matrix<double> far = model.predict(Table({number_column("x", {-1e6, -50.0, 50.0, 1e6})})).values;
    for (std::size_t row = 0; row < far.rows(); ++row)
        for (std::size_t j = 1; j < 3; ++j) EXPECT_GE(far(row, j), far(row, j - 1));
}

TEST(Train, ATargetTimesAMillionAndShiftedByABillionGivesTheSamePredictionsBack) {
    const TrainOptions options = quick("y");
    const Matrix<double> plain = train(real_table(300), options).model.predict(real_table(100, 2)).values;
    // Of a standard deviation of 500: room for rounding the targets to float, which training amplifies.
    constexpr double kTolerance = 0.5;
    for (const auto& [factor, shift] : {std::pair{1e6, 0.0}, std::pair{1.0, 1e9}, std::pair{1e6, 1e9}}) {
        const Table table = real_table(300, 1, factor, shift);
        const Matrix<double> values = train(table, options).model.predict(real_table(100, 2)).values;
        for (std::size_t row = 0; row < values.rows(); ++row)
            ASSERT_NEAR((values(row, 0) - shift) / factor, plain(row, 0), kTolerance)
                << "row " << row << " of " << factor << " y + " << shift;
    }
}

TEST(Train, TheModelIsTheSameForAnyNumberOfThreads) {
    TrainOptions options = quick("kind");
    options.epochs = 5;
    options.hidden = {64, 64};
    options.batch_size = 128;
    std::string first;
    for (const int threads : {1, 2, 3}) {
        options.threads = threads;
        const std::string bytes = model_bytes(train(class_table(400, {"a", "b", "c"}), options).model);
        if (first.empty()) first = bytes;
        EXPECT_EQ(bytes, first) << threads << " threads";
    }
}

TEST(Train, ASavedModelPredictsTheSameBits) {
    const Table table = real_table(200);
    const Model model = train(table, quick("y")).model;
    const Model loaded = model_from_bytes(model_bytes(model), "model");
    const Matrix<double> before = model.predict(table).values, after = loaded.predict(table).values;
    for (std::size_t row = 0; row < before.rows(); ++row) ASSERT_EQ(before(row, 0), after(row, 0));
}

TEST(Train, ColumnsAreFoundByNameInAnyOrderAndOthersAreNotLookedAt) {
    const Table table = real_table(200);
    TrainOptions options = quick("y");
    options.ignore = {"x2"};
    const Model model = train(table, options).model;
    const Matrix<double> expected = model.predict(table).values;
    const Table other({text_column("new", std::vector<std::string>(200, "thing")), *table.find("colour"),
                       *table.find("x1")});
    const Matrix<double> values = model.predict(other).values;
    for (std::size_t row = 0; row < values.rows(); ++row) ASSERT_EQ(values(row, 0), expected(row, 0));
    expect_error(ErrorKind::data, "colour", [&] {
        model.predict(Table({*table.find("x1"), *table.find("x2")}));
    });
}

TEST(Train, NothingIsLearntFromValidationRows) {
    const Table table = real_table(200);
    const TrainOptions options = quick("y");
    std::vector<std::uint32_t> rows(200);
    std::iota(rows.begin(), rows.end(), 0U);
    const Split split = split_rows(rows, {}, 0.15, options.seed);
    ASSERT_EQ(split.validation.size(), 30U);
    Table spoilt = changed(table, "x1", [&](Column& column) {
        for (const std::uint32_t row : split.validation) column.values[row] = 1e6;
    });
    spoilt = changed(spoilt, "y", [&](Column& column) {
        for (const std::uint32_t row : split.validation) column.values[row] = -1e6;
    });
    spoilt = changed(spoilt, "colour", [&](Column& column) {
        column.dictionary.push_back("green");
        for (const std::uint32_t row : split.validation)
            column.codes[row] = static_cast<std::uint32_t>(column.dictionary.size() - 1);
    });
    const Model a = train(table, options).model, b = train(spoilt, options).model;
    ASSERT_EQ(a.preprocessor().columns().size(), b.preprocessor().columns().size());
    for (std::size_t i = 0; i < a.preprocessor().columns().size(); ++i) {
        EXPECT_EQ(a.preprocessor().columns()[i].number.centre, b.preprocessor().columns()[i].number.centre);
        EXPECT_EQ(a.preprocessor().columns()[i].number.scale, b.preprocessor().columns()[i].number.scale);
        EXPECT_EQ(a.preprocessor().columns()[i].categories, b.preprocessor().columns()[i].categories);
    }
    EXPECT_EQ(a.target_coder().targets()[0].mean, b.target_coder().targets()[0].mean);
    EXPECT_EQ(a.target_coder().targets()[0].scale, b.target_coder().targets()[0].scale);
}

TEST(Train, ThePlainPresetFollowsTheTheoryToTheLetter) {
    const Table table = real_table(40);
    TrainOptions options;
    options.target = {"y"};
    options.preset = Preset::plain;
    options.hidden = {3};
    const Training training = train(table, options);
    EXPECT_EQ(training.networks.front().fit.history.size(), 1000U);
    EXPECT_EQ(training.validation_rows, 0U);

    // theory.md, section 4, in double.
    std::vector<std::uint32_t> rows(40);
    std::iota(rows.begin(), rows.end(), 0U);
    Dataset dataset = training.model.preprocessor().transform(table, rows);
    training.model.target_coder().encode(table, rows, dataset);
    Matrix<float> inputs(40, dataset.inputs);
    dataset.gather_inputs(rows, inputs);
    Matrix<double> x(40, dataset.inputs), y(40, 1);
    std::ranges::copy(inputs.elements(), x.elements().begin());
    std::ranges::copy(dataset.values.elements(), y.elements().begin());
    Targets<double> targets;
    targets.values = y;
    Network<double> network({{dataset.inputs, 3, 1}, Activation::logistic, Output::linear});
    initialise(network, 0);
    const double eta = std::stod(training.model.training().at("learning-rate"));
    for (int t = 0; t < 1000; ++t) {
        const Trace<double> trace = forward_propagation<double>(network, x.view());
        const Gradient<double> gradient = back_propagation(network, trace, targets, LossFunction{});
        for (std::size_t j = 0; j < network.theta().size(); ++j)
            network.theta()[j] -= eta * gradient.theta()[j];
    }
    // float32 against double over 1000 steps.
    constexpr double kTolerance = 1e-4;
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        EXPECT_NEAR(training.model.network().theta()[j], network.theta()[j], kTolerance) << "theta " << j;
}

TEST(Train, SeveralTargetsMakeOneNetworkWithSeveralOutputs) {
    const Table one = real_table(300);
    std::vector<Column> columns = one.columns();
    columns.push_back(number_column("z", one.find("x1")->values));
    const Table table(columns);
    TrainOptions options = quick("y");
    options.target = {"y", "z"};
    const Training training = train(table, options);
    EXPECT_EQ(training.model.network().shape().outputs(), 2U);
    const Table predictions = training.model.predict(table).to_table();
    EXPECT_EQ(predictions.names(), (std::vector<std::string>{"y", "z"}));
    const Evaluation evaluation = training.model.evaluate(table);
    ASSERT_EQ(evaluation.targets.size(), 2U);
    EXPECT_EQ(evaluation.targets[0].first, "y");
    EXPECT_GT(metric(evaluation.targets[0].second, "r2"), 0.98);
    EXPECT_GT(metric(evaluation.targets[1].second, "r2"), 0.98);
}

TEST(Train, SeveralYesNoColumnsAreLearntTogether) {
    const Table points = class_table(400, {"a", "b", "c"});
    std::vector<std::string> right, up;
    for (std::size_t i = 0; i < points.rows(); ++i) {
        right.push_back(points.find("x1")->values[i] > 0 ? "yes" : "no");
        up.push_back(points.find("x2")->values[i] > 0 ? "up" : "down");
    }
    const Table table(
        {*points.find("x1"), *points.find("x2"), text_column("right", right), text_column("up", up)});
    TrainOptions options = quick("right");
    options.target = {"right", "up"};
    const Training training = train(table, options);
    EXPECT_EQ(training.model.target_coder().task(), Task::multilabel);
    const Evaluation evaluation = training.model.evaluate(table);
    EXPECT_GT(metric(evaluation.metrics, "accuracy"), 0.95);
    const Predictions predictions = training.model.predict(table);
    const Table written = predictions.to_table();
    EXPECT_EQ(written.names(), (std::vector<std::string>{"right", "up", "p_right", "p_up"}));
    std::size_t agree = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        EXPECT_EQ(written.find("up")->text(row), predictions.label(row, 1));
        EXPECT_EQ(predictions.label(row, 1) == "up", written.find("p_up")->values[row] > 0.5);
        agree += predictions.label(row, 1) == up[row];
    }
    EXPECT_GT(agree, 380U);
}

TEST(Train, RowsWithoutATargetAreSkippedAndSaid) {
    const Table table = changed(real_table(200), "y", [](Column& column) {
        for (std::size_t row = 0; row < 12; ++row) column.values[row] = NAN;
    });
    const Training training = train(table, quick("y"));
    EXPECT_EQ(training.training_rows + training.validation_rows, 188U);
    EXPECT_TRUE(any_contains(training.notes, "12 rows without a target skipped"));
    const Evaluation evaluation = training.model.evaluate(table);
    EXPECT_EQ(evaluation.rows, 188U);
    EXPECT_EQ(evaluation.skipped, 12U);
    EXPECT_EQ(training.model.predict(table).values.rows(), 200U);
}

TEST(Train, ATinyTableIsLearntWithoutValidation) {
    for (const std::size_t rows : {2U, 9U}) {
        const Training training = train(real_table(rows), quick("y"));
        EXPECT_EQ(training.training_rows, rows);
        EXPECT_EQ(training.validation_rows, 0U);
        EXPECT_FALSE(training.validation.has_value());
        EXPECT_TRUE(any_contains(training.notes, "none is left to validate on"));
    }
    EXPECT_GT(train(real_table(10), quick("y")).validation_rows, 0U);
}

TEST(Train, ABatchOfMoreThanAllRowsIsSaid) {
    TrainOptions options = quick("y");
    options.batch_size = 1000;
    const Training training = train(real_table(100), options);
    EXPECT_TRUE(any_contains(training.notes, "a batch of 1000 is more than the 85 rows to learn from"));
}

TEST(Train, AValidationTableTakesThePlaceOfTheSplit) {
    const Table validation = real_table(50, 2);
    const Training training = train(real_table(100), quick("y"), {}, &validation);
    EXPECT_EQ(training.training_rows, 100U);
    EXPECT_EQ(training.validation_rows, 50U);
    EXPECT_EQ(training.validation->rows, 50U);
    const Evaluation again = training.model.evaluate(validation);
    EXPECT_EQ(training.validation->metrics, again.metrics);

    const Table unlabelled =
        changed(validation, "y", [](Column& column) { std::ranges::fill(column.values, NAN); });
    expect_error(ErrorKind::data, "no row has a target",
                 [&] { train(real_table(100), quick("y"), {}, &unlabelled); });
}

TEST(Train, ThePlanIsToldBeforeTheFirstStep) {
    std::size_t steps = 0, steps_at_plan = 1;
    TrainingPlan plan;
    TrainHooks hooks;
    hooks.callbacks.on_step = [&](const StepReport&) { return ++steps, true; };
    hooks.on_plan = [&](const TrainingPlan& told) {
        plan = told;
        steps_at_plan = steps;
    };
    train(real_table(100), quick("y"), hooks);
    EXPECT_EQ(steps_at_plan, 0U);
    EXPECT_GT(steps, 0U);
    EXPECT_EQ(plan.task, Task::regression);
    EXPECT_EQ(plan.shape.widths.back(), 1U);
    EXPECT_EQ(plan.fit.epochs, 60U);
    EXPECT_EQ(plan.training_rows, 85U);
    EXPECT_EQ(plan.validation_rows, 15U);
}

TEST(Train, ATableThatIsGivenAwayIsFreedAndGivesTheSameModel) {
    Table table = real_table(100);
    const Model kept = train(table, quick("y")).model;
    EXPECT_EQ(table.rows(), 100U);
    std::size_t rows_at_plan = 100;
    TrainHooks hooks;
    hooks.on_plan = [&](const TrainingPlan&) { rows_at_plan = table.rows(); };
    EXPECT_EQ(model_bytes(train(std::move(table), quick("y"), hooks).model), model_bytes(kept));
    EXPECT_EQ(rows_at_plan, 0U);
}

TEST(Train, TheRecordSaysHowItWasTrained) {
    TrainOptions options = quick("y");
    options.seed = 5;
    const Training training = train(real_table(100), options);
    const auto& record = training.model.training();
    EXPECT_EQ(record.at("seed"), "5");
    EXPECT_EQ(record.at("hidden"), "16");
    EXPECT_EQ(record.at("learning-rate"), "0.01");
    EXPECT_EQ(record.at("rows"), "85");
    EXPECT_EQ(record.at("version"), version());
    EXPECT_EQ(record.at("best_epoch"), std::to_string(training.networks.front().fit.best_epoch));
    EXPECT_EQ(record.count("threads"), 0U);
}

}  // namespace
}  // namespace thalweg
