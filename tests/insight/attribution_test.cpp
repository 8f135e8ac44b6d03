#include "insight/attribution.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "insight/input_gradient.h"
#include "insight/open_categories.h"
#include "insight/plain_network.h"
#include "model/model_file.h"
#include "model/tables.h"
#include "support/output_gradient.h"
#include "support/random_examples.h"

namespace thalweg::testing {
namespace {

/// Of the sum of the contributions' magnitudes.
constexpr double kCompleteness = 2e-3;
/// Float32 against double.
constexpr double kSingle = 1e-4;

Matrix<float> in_single(const Matrix<double>& matrix) {
    Matrix<float> result(matrix.rows(), matrix.cols());
    for (std::size_t j = 0; j < matrix.elements().size(); ++j)
        result.elements()[j] = static_cast<float>(matrix.elements()[j]);
    return result;
}

TEST(InputGradient, IsThatOfThePlainPassForEveryActivationAndOutput) {
    test::Draws draws(3);
    for (const auto& [activation, activation_name] : ChoiceTable<Activation>::entries)
        for (const auto& [output, output_name] : ChoiceTable<Output>::entries)
            for (const bool parametric : {false, true}) {
                SCOPED_TRACE(fmt::format("{} {} {}", activation_name, output_name, parametric));
                NetworkShape shape{{3, 5, 4, 2}, activation, output};
                shape.parametric = parametric;
                shape.periodic.inputs = {1};
                shape.input_scale = true;
                Network<float> network(shape);
                test::fill_normal<float>(network.theta(), 0.5, draws);
                PlainExamples examples;
                examples.inputs = test::normal_matrix<double>(6, 3, draws);
                const Matrix<double> plain = test::output_gradient(in_double(network), examples.inputs, 1);
                const Matrix<float> fast = InputGradient(network).of(in_single(examples.inputs), 1);
                for (std::size_t j = 0; j < plain.elements().size(); ++j)
                    EXPECT_NEAR(fast.elements()[j], plain.elements()[j],
                                kSingle * std::max(1.0, std::abs(plain.elements()[j])))
                        << j;
            }
}

TEST(OpenCategories, GiveWhatTheEmbeddedOnesGave) {
    test::Draws draws(4);
    for (const bool scales : {false, true}) {
        NetworkShape shape{{5, 4, 3}, Activation::silu, Output::softmax};
        shape.piecewise = test::draw_piecewise(5, 4, 2, draws);
        shape.categories = test::draw_categories(5, shape.piecewise.inputs, 4, 2, draws);
        shape.input_scale = true;
        shape.scales_categories = scales;
        Network<float> network(shape);
        test::fill_normal<float>(network.theta(), 0.7, draws);
        const PlainExamples examples = draw_examples(shape, {Loss::cross_entropy}, 7, 2);
        const OpenCategories opened(in_double(network));
        const Matrix<float> y_hat =
            InputGradient(opened.network()).y_hat(opened.open(in_single(examples.inputs)));
        const Trace<double> trace = forward_propagation<double>(in_double(network), examples.inputs);
        for (std::size_t j = 0; j < y_hat.elements().size(); ++j)
            EXPECT_NEAR(y_hat.elements()[j], trace.y_hat().elements()[j], kSingle) << j;
    }
}

/// y = w . x: what a column contributes is its weights times its inputs' way from the mean.
TEST(Attribution, OfALinearModelIsTheWeightTimesTheWay) {
    Network<float> network({{4, 1}, Activation::linear, Output::linear});
    const float weights[] = {2.0F, 10.0F, 20.0F, 40.0F, 1.0F};  // rooms; Roma, Oslo, other; the bias
    std::ranges::copy(weights, network.theta().begin());
    ColumnPlan rooms = number_plan("rooms", 3.0, 2.0);
    rooms.number.fill = 3.0;
    const Model model(Preprocessor({rooms, category_plan("city", {"Roma", "Oslo"})}),
                      TargetCoder(Task::regression, {{"price", {}, 100.0, 5.0}}, "real values"),
                      std::move(network), {}, {});
    const Table table({number_column("rooms", {7.0, 3.0, 3.0, 3.0}),
                       text_column("city", {"Oslo", "Roma", "Roma", "Oslo"})});
    const Attributor attributor(model, table);
    ASSERT_EQ(attributor.columns(), (std::vector<std::string>{"rooms", "city"}));
    const std::uint32_t rows[] = {0};
    const Attribution told = attributor.of(table, rows).front().front();
    EXPECT_EQ(told.output, "price");
    // rooms: (7 - 3) / 2 = 2, times 2. city: half of the rows are in either, so the mean has 15.
    EXPECT_NEAR(told.by_column[0], 5.0 * 2.0 * 2.0, 1e-3);
    EXPECT_NEAR(told.by_column[1], 5.0 * (20.0 - 15.0), 1e-3);
    EXPECT_NEAR(told.prediction, 100.0 + 5.0 * (2.0 * 2.0 + 20.0 + 1.0), 1e-3);
    EXPECT_NEAR(told.baseline + told.sum(), told.prediction, 1e-3);
}

/// Trained on a table with every kind of column.
void expect_complete(const TrainOptions& options, const Table& table) {
    const Model model = train(table, options).model;
    const Attributor attributor(model, table);
    std::vector<std::uint32_t> rows(20);
    std::iota(rows.begin(), rows.end(), 0U);
    const std::vector<std::vector<Attribution>> told = attributor.of(table, rows);
    const Predictions predictions = model.predict(table);
    for (std::size_t n = 0; n < rows.size(); ++n)
        for (const Attribution& one : told[n]) {
            double magnitudes = 0.0;
            for (const double of_column : one.by_column) magnitudes += std::abs(of_column);
            EXPECT_NEAR(one.sum(), one.prediction - one.baseline, kCompleteness * magnitudes + 1e-6) << n;
            const std::span<const double> row = predictions.values.row(n);
            const double predicted =
                model.target_coder().task() == Task::regression ? row[0] : *std::ranges::max_element(row);
            EXPECT_NEAR(one.prediction, predicted, kSingle * std::max(1.0, std::abs(predicted))) << n;
        }
}

TEST(Attribution, SumsUpToTheDifferenceForEveryKindOfNetwork) {
    const Table real = real_table(200), classes = class_table(200, {"a", "b", "c"});
    TrainOptions options = quick("y");
    options.ensemble = 2;
    expect_complete(options, real);
    options = quick("y");
    options.one_hot_up_to = 1;  // the colour is embedded
    options.embedding = Embedding::piecewise;
    expect_complete(options, real);
    options = quick("kind");
    options.calibrate = CalibrationKind::none;  // what is attributed is told before calibration
    options.parametric = true;
    options.embedding = Embedding::periodic;
    expect_complete(options, classes);
    options = quick("kind");
    options.calibrate = CalibrationKind::none;
    options.members = 4;
    options.folds = 2;
    options.activation = Activation::relu;
    expect_complete(options, classes);
}

/// A column of every kind: a number with gaps, days, fares that recur, a category with gaps.
Table table_of_every_kind() {
    constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
    const Random random(9, RandomStream::sample);
    std::vector<double> age, day, fare, y;
    std::vector<std::string> town;
    for (std::size_t i = 0; i < 300; ++i) {
        age.push_back(i % 11 == 0 ? kGap : 40.0 + 10.0 * random.normal(4 * i));
        day.push_back(86400.0 * static_cast<double>(random.below(4 * i + 1, 5000)));
        fare.push_back(7.0 + 0.0625 * std::pow(static_cast<double>(random.below(4 * i + 2, 20)), 4.0));
        town.push_back(i % 13 == 0 ? "" : std::string(1, "RROM"[random.below(4 * i + 3, 4)]));
        y.push_back((i % 11 == 0 ? 50.0 : age[i]) + 0.001 * fare[i] + (town[i] == "O" ? 5.0 : 0.0));
    }
    Column days = number_column("day", day);
    days.type = ColumnType::time;
    return Table({number_column("age", age), days, number_column("fare", fare), text_column("town", town),
                  number_column("y", y)});
}

Table row_alone(const Table& table, std::size_t row) {
    std::vector<Column> columns = table.columns();
    for (Column& column : columns)
        if (column.type == ColumnType::text)
            column.codes = {column.codes[row]};
        else
            column.values = {column.values[row]};
    return Table(std::move(columns), table.source());
}

/// The model as its file has it.
void expect_same_alone(const TrainOptions& options, const Table& table) {
    const Model model = model_from_bytes(model_bytes(train(table, options).model), "model.safetensors");
    std::vector<std::uint32_t> all(table.rows());
    std::iota(all.begin(), all.end(), 0U);
    const std::vector<std::vector<Attribution>> of_all = Attributor(model, table).of(table, all);
    for (const std::uint32_t row : {0U, 1U, 7U, 31U}) {
        const Table alone = row_alone(table, row);
        const std::uint32_t first[] = {0};
        const Attribution of_one = Attributor(model, alone).of(alone, first).front().front();
        EXPECT_EQ(of_one.baseline, of_all[row].front().baseline) << row;
        for (std::size_t c = 0; c < of_one.by_column.size(); ++c)
            EXPECT_NEAR(of_one.by_column[c], of_all[row].front().by_column[c], kSingle) << row << ' ' << c;
    }
}

TEST(Attribution, OfARowAloneIsThatAmongManyRows) {
    const Table table = table_of_every_kind();
    TrainOptions options = quick("y");
    expect_same_alone(options, table);
    options.one_hot_up_to = 1;  // the town is embedded
    options.embedding = Embedding::piecewise;
    expect_same_alone(options, table);
    options = quick("y");
    options.scaling = Scaling::robust;
    options.ensemble = 2;
    expect_same_alone(options, table);
}

/// From counts that the test makes itself.
TEST(Attribution, BeginsAtTheMeanOfTheTrainingRows) {
    Network<float> network({{3, 1}, Activation::linear, Output::linear});
    const float weights[] = {10.0F, 20.0F, 40.0F, 1.0F};  // Roma, Oslo, other; the bias
    std::ranges::copy(weights, network.theta().begin());
    ColumnPlan city = category_plan("city", {"Roma", "Oslo"});
    city.code_shares = {0.5, 0.3, 0.1};  // and a tenth of the rows has no code
    const Model model(Preprocessor({city}), TargetCoder(Task::regression, {{"price", {}, 0.0, 1.0}}, "real"),
                      std::move(network), {}, {});
    const Table table({text_column("city", {"Oslo"})});
    const std::uint32_t first[] = {0};
    const Attribution told = Attributor(model, table).of(table, first).front().front();
    EXPECT_NEAR(told.baseline, 0.5 * 10.0 + 0.3 * 20.0 + 0.1 * 40.0 + 1.0, 1e-4);
    EXPECT_NEAR(told.by_column[0], 20.0 + 1.0 - told.baseline, 1e-4);
}

TEST(Attribution, OfAllRowsIsATableOfTheirContributions) {
    const Model model = small_model();
    const Table table({number_column("rooms", {0.2, 0.4}), text_column("city", {"Roma", "Oslo"})});
    const Table told = attribution_table(model, table);
    EXPECT_EQ(told.names(),
              (std::vector<std::string>{"row", "output", "baseline", "prediction", "rooms", "city"}));
    EXPECT_EQ(told.rows(), 2U);
    const std::uint32_t second[] = {1};
    EXPECT_EQ(told.column("city").value(1), Attributor(model, table).of(table, second)[0][0].by_column[1]);
}

}  // namespace
}  // namespace thalweg::testing
