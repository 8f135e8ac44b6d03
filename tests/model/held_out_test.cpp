#include "thalweg/held_out.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "model/model_file.h"
#include "model/safetensors.h"
#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::class_table;
using testing::metric;
using testing::number_column;
using testing::quick;
using testing::real_table;

/// rows x (x, y): y is x and a noise that grows with it.
Table noisy_table(std::size_t rows, std::uint64_t seed) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> x, y;
    for (std::size_t i = 0; i < rows; ++i) {
        x.push_back(random.uniform(2 * i));
        y.push_back(10.0 * x[i] + (0.2 + x[i]) * random.normal(2 * i + 1));
    }
    return Table({number_column("x", x), number_column("y", y)});
}

/// Classes that a coin decides on as often as x does, so that a network that is sure of them is too sure.
Table doubtful_table(std::size_t rows, const std::vector<std::string>& names, std::uint64_t seed) {
    Table table = class_table(rows, names, seed);
    std::vector<Column> columns = table.columns();
    const Random random(seed + 100, RandomStream::sample);
    for (std::size_t row = 0; row < rows; ++row)
        if (random.uniform(2 * row) < 0.4)
            columns[2].codes[row] = static_cast<std::uint32_t>(random.below(2 * row + 1, names.size()));
    return Table(std::move(columns), "doubtful.csv");
}

TrainOptions with_intervals(std::size_t folds = 1) {
    TrainOptions options = quick("y");
    options.epochs = 20;
    options.interval = true;
    options.validation = folds == 1 ? std::optional(0.3) : std::nullopt;
    options.folds = folds;
    return options;
}

/// Of 600 held-out rows the rank is known to 1.2%, and of 4000 new ones the share to 0.5%: three of both.
constexpr double kCoverageTolerance = 0.04;

void expect_coverage(const Model& model, double level) {
    const Table fresh = noisy_table(4000, 7);
    const Predictions predictions = model.predict(fresh, PredictOptions{1, level});
    const std::vector<double>& y = fresh.column("y").values;
    double held = 0.0, width = 0.0;
    for (std::size_t row = 0; row < fresh.rows(); ++row) {
        held += predictions.lower(row, 0) <= y[row] && y[row] <= predictions.upper(row, 0);
        width += predictions.upper(row, 0) - predictions.lower(row, 0);
    }
    EXPECT_NEAR(held / 4000.0, level, kCoverageTolerance);
    const Metrics metrics = model.evaluate(fresh, EvaluateOptions{1, level, false}).metrics;
    EXPECT_DOUBLE_EQ(metric(metrics, "coverage"), held / 4000.0);
    EXPECT_NEAR(metric(metrics, "width"), width / 4000.0, 1e-9);
}

TEST(Intervals, HoldTheShareOfNewValuesThatTheyPromise) {
    const Model model = train(noisy_table(2000, 1), with_intervals()).model;
    EXPECT_EQ(model.held_out().scores.front().size(), 600U);
    for (const double level : {0.5, 0.9, 0.99}) expect_coverage(model, level);
    EXPECT_EQ(model.predict(noisy_table(5, 2), PredictOptions{1, 0.9}).to_table().names(),
              (std::vector<std::string>{"prediction", "lower", "upper"}));
}

TEST(Intervals, OfQuantilesFollowTheSpreadOfTheValues) {
    TrainOptions options = with_intervals();
    options.loss = Loss::quantile;
    options.quantile = {0.1, 0.5, 0.9};
    const Model model = train(noisy_table(2000, 1), options).model;
    for (const double level : {0.5, 0.8, 0.95}) expect_coverage(model, level);
    const Predictions ends = model.predict(Table({number_column("x", {0.05, 0.95})}), PredictOptions{1, 0.9});
    const double narrow = ends.upper(0, 0) - ends.lower(0, 0), wide = ends.upper(1, 0) - ends.lower(1, 0);
    EXPECT_GT(wide, 2.0 * narrow) << "where the noise is nearly five times as large";
}

TEST(Intervals, WithFoldsComeFromEveryRowByNetworksThatNeverSawIt) {
    const Model model = train(noisy_table(900, 1), with_intervals(3)).model;
    EXPECT_EQ(model.held_out().scores.front().size(), 900U);
    expect_coverage(model, 0.9);
}

TEST(Intervals, OfSeveralTargetsAreNamedAfterThem) {
    TrainOptions options = with_intervals();
    options.target = {"y", "x1"};
    const Model model = train(real_table(300), options).model;
    EXPECT_EQ(model.held_out().scores.size(), 2U);
    const Predictions predictions = model.predict(real_table(3), PredictOptions{1, 0.8});
    EXPECT_EQ(predictions.to_table().names(),
              (std::vector<std::string>{"y", "x1", "lower_y", "upper_y", "lower_x1", "upper_x1"}));
    const Evaluation evaluation = model.evaluate(real_table(300, 2), EvaluateOptions{1, 0.8, false});
    for (const auto& [name, metrics] : evaluation.targets)
        EXPECT_GT(metric(metrics, "coverage"), 0.6) << name;
}

TEST(Intervals, ThatCannotBeAreRefused) {
    const auto refused = [](const std::string& part, const Model& model, double level) {
        expect_error(ErrorKind::usage, part, [&] {
            model.predict(noisy_table(3, 1), PredictOptions{1, level});
        });
        expect_error(ErrorKind::usage, part, [&] {
            model.evaluate(noisy_table(3, 1), EvaluateOptions{1, level, false});
        });
    };
    TrainOptions options = with_intervals();
    const Model model = train(noisy_table(60, 1), options).model;
    refused("an interval of 0.99 needs at least 99 held-out rows, and the model was trained with 18", model,
            0.99);
    for (const double level : {0.0, 1.0}) refused("between 0 and 1", model, level);
    options.interval = false;
    refused("train it with --interval", train(noisy_table(60, 1), options).model, 0.9);
    options.interval = true;
    options.validation = 0.0;
    expect_error(ErrorKind::usage, "--interval needs rows that the network does not learn from",
                 [&] { train(noisy_table(60, 1), options); });
    options = quick("kind");
    options.interval = true;
    expect_error(ErrorKind::usage, "--interval is for real values; this task is binary", [&] {
        train(class_table(60, {"a", "b"}), options);
    });
}

TEST(Calibration, MakesProbabilitiesOfNewRowsMoreHonest) {
    for (const std::size_t classes : {2U, 3U})
        for (const CalibrationKind kind : {CalibrationKind::temperature, CalibrationKind::isotonic}) {
            SCOPED_TRACE(std::string(name_of(kind)) + ", classes " + std::to_string(classes));
            const std::vector<std::string> names = {"a", "b", "c"};
            const std::vector<std::string> of_them(names.begin(), names.begin() + static_cast<long>(classes));
            TrainOptions options = quick("kind");
            options.label_smoothing = 0.0;
            options.hidden = {64};
            options.weight_decay = 0.0;
            options.patience = 0;
            options.validation = 0.4;
            // Its validation loss would choose an epoch before the network is too sure of itself.
            const Table table = doubtful_table(1500, of_them, 1), fresh = doubtful_table(3000, of_them, 2);
            options.calibrate = kind;
            const Training training = train(table, options);
            ASSERT_TRUE(training.uncalibrated.has_value());
            EXPECT_LE(metric(training.validation->metrics, "log_loss"),
                      metric(training.uncalibrated->metrics, "log_loss") + 1e-9);
            options.calibrate = CalibrationKind::none;
            const Model plain = train(table, options).model;
            const EvaluateOptions with_error{1, {}, true};
            const Metrics before = plain.evaluate(fresh, with_error).metrics;
            const Metrics after = training.model.evaluate(fresh, with_error).metrics;
            EXPECT_LT(metric(after, "log_loss"), metric(before, "log_loss") + 0.02);
            if (kind == CalibrationKind::isotonic) {
                EXPECT_LT(metric(after, "ece"), metric(before, "ece"));
            }
        }
}

TEST(UndoneSmoothing, IsDecidedByTheHeldOutRows) {
    const Table clear = class_table(600, {"a", "b", "c"}), noisy = doubtful_table(600, {"a", "b", "c"}, 1);
    TrainOptions options = quick("kind");
    options.label_smoothing = 0.1;
    options.validation = 0.3;
    for (const Table& table : {clear, noisy}) {
        options.calibrate = CalibrationKind::smoothing;
        const Unsmoothing forced = train(table, options).model.held_out().calibration.unsmoothing;
        EXPECT_EQ(forced.smoothing, 0.1);
        options.calibrate.reset();
        const Training training = train(table, options);
        const bool undone = training.model.held_out().calibration.kind == CalibrationKind::smoothing;
        EXPECT_EQ(undone, forced.log_loss_after < forced.log_loss_before);
        EXPECT_EQ(metric(training.validation->metrics, "log_loss"),
                  undone ? forced.log_loss_after : forced.log_loss_before);
    }
    options.epochs = 60;
    EXPECT_EQ(train(clear, options).model.held_out().calibration.kind, CalibrationKind::smoothing);
    options.label_smoothing = 0.4;  // what is in doubt stays so, and much of the floor comes true
    EXPECT_EQ(train(noisy, options).model.held_out().calibration.kind, CalibrationKind::none);
    options.label_smoothing = 0.1;
    options.calibrate = CalibrationKind::none;
    EXPECT_EQ(train(clear, options).model.held_out().calibration.kind, CalibrationKind::none);
    options.calibrate.reset();
    options.validation = 0.0;
    EXPECT_EQ(train(clear, options).model.held_out().calibration.kind, CalibrationKind::none);
}

TEST(Calibration, OfARowAloneHasTheBitsOfTheTable) {
    for (const CalibrationKind kind :
         {CalibrationKind::smoothing, CalibrationKind::temperature, CalibrationKind::isotonic}) {
        TrainOptions options = quick("kind");
        options.epochs = 5;
        options.calibrate = kind;
        const Table table = doubtful_table(300, {"a", "b", "c"}, 1);
        const Model model = train(table, options).model;
        const Predictions predictions = model.predict(table);
        std::vector<double> alone(3);
        for (std::size_t row = 0; row < table.rows(); ++row) {
            model.predict(std::vector<double>{table.columns()[0].values[row], table.columns()[1].values[row]},
                          alone);
            for (std::size_t j = 0; j < 3; ++j) ASSERT_EQ(alone[j], predictions.values(row, j));
        }
    }
}

TEST(Calibration, ThatCannotBeIsRefused) {
    TrainOptions options = quick("y");
    options.calibrate = CalibrationKind::isotonic;
    expect_error(ErrorKind::usage, "--calibrate is for probabilities of classes",
                 [&] { train(real_table(60), options); });
    options = quick("kind");
    options.calibrate = CalibrationKind::temperature;
    options.validation = 0.0;
    expect_error(ErrorKind::usage, "--calibrate needs rows that the network does not learn from", [&] {
        train(class_table(60, {"a", "b"}), options);
    });
    expect_error(ErrorKind::usage, "--calibration-error is for probabilities", [&] {
        train(noisy_table(60, 1), quick("y"))
            .model.evaluate(noisy_table(60, 1), EvaluateOptions{1, {}, true});
    });
}

/// What was fitted to held-out rows, and the file that it came back from.
struct Stored {
    Model model;
    std::map<std::string, std::string> metadata;

    explicit Stored(const Model& original)
        : model(model_from_bytes(model_bytes(original), "m.safetensors")),
          metadata(read_safetensors(model_bytes(original), "m.safetensors").metadata) {}
};

TEST(HeldOutParts, ComeBackFromTheFileInFormatFour) {
    const Model intervals = train(noisy_table(100, 1), with_intervals()).model;
    const Stored stored(intervals);
    EXPECT_EQ(stored.metadata.at("thalweg.format"), "4");
    EXPECT_EQ(stored.model.held_out().scores, intervals.held_out().scores);
    for (const CalibrationKind kind : {CalibrationKind::temperature, CalibrationKind::isotonic}) {
        TrainOptions options = quick("kind");
        options.epochs = 3;
        options.calibrate = kind;
        const Table table = doubtful_table(200, {"a", "b", "c"}, 1);
        const Model model = train(table, options).model;
        const Stored calibrated(model);
        EXPECT_EQ(calibrated.metadata.at("thalweg.format"), "4");
        const Matrix<double> before = model.predict(table).values,
                             after = calibrated.model.predict(table).values;
        EXPECT_TRUE(std::ranges::equal(before.elements(), after.elements())) << name_of(kind);
    }
}

TEST(HeldOutParts, ThatNobodyAskedForLeaveTheFileAsItWas) {
    const Stored plain(train(class_table(60, {"a", "b"}), quick("kind")).model);
    EXPECT_EQ(plain.metadata.at("thalweg.format"), "1");
    EXPECT_FALSE(plain.metadata.contains("thalweg.calibration"));
}

TEST(HeldOutParts, ThatAreDamagedAreRefused) {
    TrainOptions options = quick("kind");
    options.epochs = 3;
    options.calibrate = CalibrationKind::temperature;
    const Model model = train(class_table(100, {"a", "b"}), options).model;
    const auto refused = [&](const std::string& part, const Calibration& calibration) {
        const Model spoilt(model.preprocessor(), model.target_coder(), model.networks(), model.loss(), {},
                           {calibration, {}});
        expect_error(ErrorKind::model, part, [&] { model_from_bytes(model_bytes(spoilt), "m.safetensors"); });
    };
    refused("needs 1 sharpnesses above 0", {CalibrationKind::temperature, {1.0, 1.0}, {}});
    refused("needs 1 sharpnesses above 0", {CalibrationKind::temperature, {0.0}, {}});
    refused("must be between 0 and 1 and of several classes",
            {CalibrationKind::smoothing, {}, {}, {0.05, 1.0, 0.9}});
    refused("has 2 curves, the task needs 1",
            {CalibrationKind::isotonic, {}, {{{0.5}, {0.5}}, {{0.5}, {0.5}}}});
    for (const RisingCurve& curve : {RisingCurve{{}, {}},
                                     {{0.5, 0.5}, {0.1, 0.2}},
                                     {{0.1, 0.2}, {0.5, 0.4}},
                                     {{0.1}, {0.1, 0.2}},
                                     {{0.1}, {0.0}},
                                     {{0.1}, {1.5}}})
        refused("no curve of probabilities that rises", {CalibrationKind::isotonic, {}, {curve}});
    const Model real = train(noisy_table(60, 1), with_intervals()).model;
    const auto refused_scores = [&](const std::vector<float>& scores) {
        const Model spoilt(real.preprocessor(), real.target_coder(), real.networks(), real.loss(), {},
                           {{}, {scores}});
        expect_error(ErrorKind::model, "no ascending list of errors",
                     [&] { model_from_bytes(model_bytes(spoilt), "m.safetensors"); });
    };
    refused_scores({2.0F, 1.0F});
    refused_scores({1.0F, NAN});
}

}  // namespace
}  // namespace thalweg
