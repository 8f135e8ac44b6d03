#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "model/tables.h"
#include "support/count_allocations.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::number_column;
using testing::small_model;
using testing::small_table;
using testing::text_column;

constexpr std::size_t kRows = 400;

Column time_column(const std::string& name, std::vector<double> seconds) {
    Column column = number_column(name, std::move(seconds));
    column.type = ColumnType::time;
    return column;
}

/// Every kind of column, with cells missing: numbers, text, numbers that are categories, times.
Table mixed_table(std::uint64_t seed) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> size, grade, sold, price;
    std::vector<std::string> city;
    const std::vector<std::string> cities = {"Roma", "Oslo", "", "Ñoño", "Lima"};
    for (std::size_t i = 0; i < kRows; ++i) {
        size.push_back(random.below(5 * i, 7) == 0 ? NAN : random.normal(5 * i + 1));
        city.push_back(cities[random.below(5 * i + 2, cities.size())]);
        grade.push_back(random.below(5 * i + 3, 9) == 0 ? NAN : 0.5 * static_cast<double>(i % 4));
        sold.push_back(i % 11 == 0 ? NAN
                                   : 1.6e9 + 86400.0 * static_cast<double>(random.below(5 * i + 4, 900)));
        price.push_back(std::isnan(size[i]) ? 1.0 : 3.0 * size[i] + (city[i] == "Oslo" ? 2.0 : 0.0));
    }
    return Table({number_column("size", size), text_column("city", city), number_column("grade", grade),
                  time_column("sold", sold), number_column("price", price)});
}

struct Kind {
    std::string name;
    std::vector<std::string> targets;
    std::optional<Output> output;
    bool embedded = false;  ///< numbers in bins, and categories
    std::size_t ensemble = 1;
    std::size_t members = 1;
    Scaling scaling = Scaling::standard;
};

/// The mixed table with targets of every kind beside it.
Table table_of(std::uint64_t seed) {
    std::vector<Column> columns = mixed_table(seed).columns();
    const std::vector<double> price = columns.back().values;
    std::vector<std::string> dear, kind;
    std::vector<double> late;
    for (std::size_t i = 0; i < kRows; ++i) {
        dear.push_back(price[i] > 1.0 ? "dear" : "cheap");
        kind.push_back(price[i] < 0.0 ? "low" : price[i] < 2.0 ? "middle" : "high");
        late.push_back(i % 3 == 0 ? 1.0 : 0.0);
    }
    columns.push_back(text_column("dear", dear));
    columns.push_back(text_column("kind", kind));
    columns.push_back(number_column("late", late));
    return Table(std::move(columns));
}

Training learn(const Kind& kind) {
    TrainOptions options = testing::quick(kind.targets[0]);
    options.target = kind.targets;
    options.ignore = {"price", "dear", "kind", "late"};
    for (const std::string& target : kind.targets) std::erase(options.ignore, target);
    options.categorical = {"grade"};
    options.output = kind.output;
    options.ensemble = kind.ensemble;
    if (kind.embedded) options.embedding = Embedding::piecewise, options.one_hot_up_to = 4;
    options.members = kind.members;
    options.scaling = kind.scaling;
    options.parametric = kind.members > 1;
    options.epochs = 3;
    return train(table_of(1), options);
}

/// A row of a table as a program would write it; texts point into the table.
std::vector<Cell> cells_of(const Table& table, const std::vector<std::string>& columns, std::size_t row) {
    std::vector<Cell> cells;
    for (const std::string& name : columns) {
        const Column& column = table.column(name);
        if (column.is_missing(row))
            cells.emplace_back();
        else if (column.type == ColumnType::text)
            cells.emplace_back(column.dictionary[column.codes[row]]);
        else
            cells.emplace_back(column.values[row]);
    }
    return cells;
}

class PredictRow : public ::testing::TestWithParam<Kind> {};

TEST_P(PredictRow, HasTheBitsOfTheRowOfATable) {
    const Model model = learn(GetParam()).model;
    ASSERT_EQ(model.input_columns(), (std::vector<std::string>{"size", "city", "grade", "sold"}));
    const Table table = table_of(2);
    const Predictions predictions = model.predict(table, 2);
    ASSERT_EQ(predictions.values.cols(), model.prediction_size());
    std::vector<double> prediction(model.prediction_size());
    for (std::size_t row = 0; row < kRows; ++row) {
        model.predict(cells_of(table, model.input_columns(), row), prediction);
        for (std::size_t j = 0; j < prediction.size(); ++j)
            ASSERT_EQ(prediction[j], predictions.values(row, j)) << "row " << row << ", value " << j;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, PredictRow,
    ::testing::Values(Kind{"regression", {"price"}, {}}, Kind{"embedded", {"price"}, {}, true},
                      Kind{"binary", {"dear"}, {}}, Kind{"multiclass", {"kind"}, {}},
                      Kind{"classes_by_logistic", {"kind"}, Output::logistic},
                      Kind{"multilabel", {"dear", "late"}, {}},
                      Kind{"ensemble_of_values", {"price"}, {}, false, 3},
                      Kind{"ensemble_of_classes", {"kind"}, {}, false, 3},
                      Kind{"ensemble_of_labels", {"dear", "late"}, {}, false, 3},
                      Kind{"real_values_by_members", {"price"}, {}, false, 1, 4},
                      Kind{"classes_by_members", {"kind"}, {}, false, 1, 4},
                      Kind{"classes_by_networks_of_members", {"kind"}, {}, false, 2, 4},
                      Kind{"scaled_by_quantiles", {"price"}, {}, false, 1, 1, Scaling::quantile}),
    [](const auto& tested) { return tested.param.name; });

/// What `model` says of one row of a table with the same cells.
double by_table(const Model& model, const std::string& size, const std::string& city,
                const std::string& grade, const std::string& sold) {
    return model
        .predict(Table({text_column("size", {size}), text_column("city", {city}),
                        text_column("grade", {grade}), text_column("sold", {sold})}))
        .values(0, 0);
}

TEST(PredictRowOfText, ReadsACellAsATableDoes) {
    const Model model = learn({"", {"price"}, {}}).model;
    double prediction = 0.0;
    const auto predict = [&](const std::vector<Cell>& row) {
        model.predict(row, {&prediction, 1});
        return prediction;
    };
    const std::string empty;
    EXPECT_EQ(predict({"-0.25", "Oslo", "1.50", "2021-03-04"}),
              by_table(model, "-0.25", "Oslo", "1.50", "2021-03-04"));
    EXPECT_EQ(predict({-0.25, "Oslo", 1.5, 1614816000}),
              by_table(model, "-0.25", "Oslo", "1.5", "2021-03-04"));
    EXPECT_EQ(predict({true, "Oslo", 1, {}}), by_table(model, "1", "Oslo", "1", ""));
    EXPECT_EQ(predict({1, "a city unheard of", 77, {}}), by_table(model, "1", "a city unheard of", "77", ""));
    EXPECT_EQ(predict({INFINITY, empty, NAN, {}}), by_table(model, "", "", "", ""));
    EXPECT_NE(predict({1, "Oslo", 1, {}}), predict({1, "Roma", 1, {}})) << "the cells must count";
}

TEST(PredictRowOfNumbers, NeedsNoCells) {
    const Table table = testing::real_table(300);
    TrainOptions options = testing::quick("y");
    options.ignore = {"colour"};
    options.epochs = 3;
    const Model model = train(table, options).model;
    const Predictions predictions = model.predict(table);
    double prediction = 0.0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const std::vector<double> numbers = {table.column("x1").values[row], table.column("x2").values[row]};
        model.predict(numbers, {&prediction, 1});
        ASSERT_EQ(prediction, predictions.values(row, 0)) << "row " << row;
    }
}

TEST(PredictRowOfNumbers, MayBeOfAColumnOfCategories) {
    const Model model = learn({"", {"price"}, {}}).model;
    double numbers = 0.0, cells = 0.0;
    model.predict(std::vector<double>{0.5, NAN, 1.5, NAN}, {&numbers, 1});
    model.predict(std::vector<Cell>{0.5, {}, "1.5", {}}, {&cells, 1});
    EXPECT_EQ(numbers, cells);
}

TEST(PredictRowAllocation, NothingIsAllocatedAfterTheFirst) {
    const Model model = learn({"", {"kind"}, {}, false, 2}).model;
    const std::vector<Cell> cells = {0.5, "Oslo", 1.5, 1.6e9};
    const std::vector<double> numbers = {0.5, NAN, 1.5, 1.6e9};
    std::vector<double> prediction(model.prediction_size());
    model.predict(cells, prediction);
    const std::size_t before = test::allocations();
    ASSERT_GT(before, 0U);
    for (int i = 0; i < 10; ++i) {
        model.predict(cells, prediction);
        model.predict(numbers, prediction);
    }
    EXPECT_EQ(test::allocations(), before);
}

TEST(PredictRowThreads, ManyAtOnceGetTheSameBits) {
    const Model model = learn({"", {"price"}, {}}).model;
    const Table table = table_of(3);
    const Predictions predictions = model.predict(table);
    constexpr std::size_t kThreads = 8;
    std::vector<std::size_t> wrong(kThreads, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            double prediction = 0.0;
            for (std::size_t row = t; row < kRows; ++row) {
                model.predict(cells_of(table, model.input_columns(), row), {&prediction, 1});
                if (prediction != predictions.values(row, 0)) ++wrong[t];
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<std::size_t>(kThreads, 0));
}

TEST(PredictRow, OfALoadedOrCopiedModelIsTheSame) {
    const Model model = small_model();
    const double expected = model.predict(small_table()).values(0, 0);
    const Model copy = model;
    double prediction = 0.0;
    copy.predict(std::vector<Cell>{1.0, "Roma"}, {&prediction, 1});
    EXPECT_EQ(prediction, expected);
}

TEST(PredictRow, SaysWhatDoesNotFit) {
    const Model model = small_model();
    std::vector<double> prediction(1), two(2);
    expect_error(ErrorKind::data, "a row of 1 cells was given; the model takes 2: rooms, city",
                 [&] { model.predict(std::vector<Cell>{1.0}, prediction); });
    expect_error(ErrorKind::data, "room for 2 values was given, but a prediction of this model has 1", [&] {
        model.predict(std::vector<Cell>{1.0, "Roma"}, two);
    });
    expect_error(ErrorKind::data, "column 'rooms' holds numbers, but here it is 'many'", [&] {
        model.predict(std::vector<Cell>{"many", "Roma"}, prediction);
    });
    expect_error(ErrorKind::usage, "an empty model predicts nothing",
                 [&] { Model().predict(std::vector<Cell>{}, prediction); });
}

}  // namespace
}  // namespace thalweg
