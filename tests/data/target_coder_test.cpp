#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "data/columns.h"
#include "thalweg/preprocessor.hpp"

namespace thalweg {
namespace {

using test::data_error;
using test::has;
using test::kNaN;
using test::numbers;
using test::words;

TargetCoder fit_targets(const Table& table, Task task = Task::automatic,
                        TargetScaling scaling = TargetScaling::standardised) {
    return TargetCoder::fit(table, rows_with_targets(table, table.names()), table.names(), task, scaling);
}

Dataset encoded(const TargetCoder& coder, const Table& table) {
    Dataset dataset;
    coder.encode(table, coder.labelled_rows(table), dataset);
    return dataset;
}

/// `count` cells that go round these values.
template <class Value>
std::vector<Value> cycle(const std::vector<Value>& values, std::size_t count) {
    std::vector<Value> cells;
    for (std::size_t i = 0; i < count; ++i) cells.push_back(values[i % values.size()]);
    return cells;
}

std::vector<double> range(double first, double last) {
    std::vector<double> values;
    for (double value = first; value <= last; ++value) values.push_back(value);
    return values;
}

Task task_of(const Column& column) {
    return fit_targets(Table({column})).task();
}

TEST(Targets, TheKindIsRecognised) {
    EXPECT_EQ(task_of(numbers("y", cycle(range(0, 1), 50))), Task::binary);
    EXPECT_EQ(task_of(words("y", cycle<std::string>({"yes", "no"}, 50))), Task::binary);
    EXPECT_EQ(task_of(words("y", cycle<std::string>({"a", "b", "c"}, 50))), Task::multiclass);
    EXPECT_EQ(task_of(numbers("digit", cycle(range(0, 9), 200))), Task::multiclass);
    EXPECT_EQ(task_of(numbers("grade", cycle(range(1, 6), 200))), Task::multiclass);
    EXPECT_EQ(task_of(numbers("age", cycle(range(18, 80), 500))), Task::regression);
    EXPECT_EQ(task_of(numbers("quality", cycle(range(3, 9), 500))), Task::regression) << "not from 0 or 1";
    EXPECT_EQ(task_of(numbers("stars", cycle<double>({1, 1.5, 2, 2.5, 3}, 500))), Task::regression)
        << "halves";
    EXPECT_EQ(task_of(numbers("y", range(1, 15))), Task::regression) << "each value once";
}

TEST(Targets, SeveralTargetsShareAKindOrAreRefused) {
    const Column flag = numbers("flag", cycle(range(0, 1), 60)),
                 said = words("said", cycle<std::string>({"y", "n"}, 60));
    const Column price = numbers("price", cycle<double>({1.5, 2.5, 4.0, 8.25}, 60));
    const Column kind = words("kind", cycle<std::string>({"a", "b", "c"}, 60));
    EXPECT_EQ(fit_targets(Table({flag, said})).task(), Task::multilabel);
    EXPECT_EQ(fit_targets(Table({flag, price})).task(), Task::regression);
    EXPECT_TRUE(has(data_error([&] { fit_targets(Table({price, kind})); }), "'kind'"));
    EXPECT_FALSE(test::error_of(ErrorKind::usage, [&] {
                     fit_targets(Table({flag, said}), Task::binary);
                 }).empty());
}

TEST(Targets, ClassesAreSortedNumbersBySize) {
    const TargetCoder digits =
        fit_targets(Table({numbers("y", cycle<double>({10, 9, 2, 1}, 40))}), Task::multiclass);
    EXPECT_EQ(digits.targets()[0].classes, (std::vector<std::string>{"1", "2", "9", "10"}));
    EXPECT_EQ(digits.outputs(), 4U);
    const TargetCoder as_text =
        fit_targets(Table({words("y", cycle<std::string>({"10", "9", "2", "1"}, 40))}), Task::multiclass);
    EXPECT_EQ(as_text.targets()[0].classes, digits.targets()[0].classes);
    const TargetCoder names = fit_targets(Table({words("y", cycle<std::string>({"b", "c", "a"}, 30))}));
    EXPECT_EQ(names.targets()[0].classes, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Targets, ClassesBecomeTheirPlaceAndBinaryOnesZeroAndOne) {
    const Table kinds({words("y", {"b", "", "c", "a", "b", "c", "a"})});
    EXPECT_EQ(encoded(fit_targets(kinds), kinds).classes, (std::vector<std::uint32_t>{1, 2, 0, 1, 2, 0}));

    const Table flags({words("y", {"no", "yes", "no", "", "yes"})});
    const TargetCoder coder = fit_targets(flags);
    EXPECT_EQ(coder.outputs(), 1U);
    const Dataset dataset = encoded(coder, flags);
    EXPECT_TRUE(dataset.classes.empty());
    ASSERT_EQ(dataset.values.rows(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(dataset.values(i, 0), static_cast<float>(i % 2)) << i;
}

TEST(Targets, SeveralLabelsHaveAColumnEach) {
    const Table table({numbers("a", {0, 1, 0, 1}), words("b", {"n", "n", "y", "y"})});
    const TargetCoder coder = fit_targets(table);
    EXPECT_EQ(coder.outputs(), 2U);
    const Dataset dataset = encoded(coder, table);
    const std::vector<float> expected = {0, 0, 1, 0, 0, 1, 1, 1};
    EXPECT_EQ(std::vector<float>(dataset.values.elements().begin(), dataset.values.elements().end()),
              expected);
}

TEST(Targets, ClassesAreFoundHoweverAFileSpellsThem) {
    const TargetCoder flags = fit_targets(Table({words("y", {"True", "False", "True", "False"})}));
    EXPECT_EQ(encoded(flags, Table({words("y", {"true", "FALSE"})})).values(0, 0), 1.0F);
    const TargetCoder digits = fit_targets(Table({numbers("y", cycle(range(0, 2), 60))}));
    EXPECT_EQ(encoded(digits, Table({words("y", {"2.0", "1"})})).classes, (std::vector<std::uint32_t>{2, 1}));
}

TEST(Targets, UnitsAndOffsetsOfATargetLeaveNoTrace) {
    const Random random(3, RandomStream::sample);
    std::vector<double> plain(500), multiplied, shifted;
    // Multiples of 1/64 stay exact at 1e9.
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = std::round(random.normal(i) * 64.0) / 64.0;
    for (const double value : plain) {
        multiplied.push_back(value * 1e6);
        shifted.push_back(value + 1e9);
    }
    const Table first({numbers("y", plain)}), second({numbers("y", multiplied)}),
        third({numbers("y", shifted)});
    const TargetCoder of_first = fit_targets(first), of_second = fit_targets(second),
                      of_third = fit_targets(third);
    const Dataset expected = encoded(of_first, first), scaled = encoded(of_second, second),
                  moved = encoded(of_third, third);
    constexpr float kOfTheMean = 2.4e-7F;  // a mean around 1e9 is rounded to 1.2e-7
    for (std::size_t i = 0; i < plain.size(); ++i) {
        EXPECT_FLOAT_EQ(scaled.values(i, 0), expected.values(i, 0)) << i;
        EXPECT_NEAR(moved.values(i, 0), expected.values(i, 0), kOfTheMean) << i;
        const TargetPlan& plan = of_first.targets()[0];
        EXPECT_NEAR(expected.values(i, 0) * plan.scale + plan.mean, plain[i], 1e-6)
            << "back again, row " << i;
    }
}

TEST(Targets, UnscaledTargetsKeepTheirUnit) {
    const Table table({numbers("y", {0, 7, 3, 250, 1, 4})});
    const Dataset dataset = encoded(fit_targets(table, Task::regression, TargetScaling::none), table);
    EXPECT_EQ(dataset.values(3, 0), 250.0F);
}

TEST(Targets, RowsWithoutATargetAreLeftOut) {
    const Table table({numbers("a", {1, kNaN, 3, INFINITY, 5}), words("b", {"x", "y", "", "x", "y"})});
    EXPECT_EQ(rows_with_targets(table, {"a", "b"}), (std::vector<std::uint32_t>{0, 4}));
    EXPECT_EQ(rows_with_targets(table, {"a"}), (std::vector<std::uint32_t>{0, 2, 4}));
    EXPECT_TRUE(has(data_error([&] { rows_with_targets(table, {"bb"}); }), "'bb'"));
}

TEST(Targets, WhatCannotBeLearntIsRefusedByName) {
    const auto error = [](const Column& column, Task task = Task::automatic) {
        return data_error([&] { fit_targets(Table({column}), task); });
    };
    EXPECT_TRUE(has(error(numbers("price", std::vector<double>(30, 3.0))), "'price'"));
    EXPECT_TRUE(has(error(words("kind", std::vector<std::string>(30, "same"))), "'same'"));
    EXPECT_TRUE(has(error(numbers("price", {kNaN, kNaN})), "missing in every row"));
    EXPECT_TRUE(has(error(test::times("when", {1, 2, 3})), "'when'"));
    EXPECT_TRUE(
        has(error(words("kind", cycle<std::string>({"a", "b", "c"}, 30)), Task::binary), "exactly two"));
    EXPECT_TRUE(
        has(error(words("kind", cycle<std::string>({"a", "b"}, 30)), Task::regression), "needs numbers"));
    EXPECT_TRUE(has(error(words("y", {"1.5", "2", "oops", "4"}), Task::regression), "row 3"));
    std::vector<std::string> names;
    for (int i = 0; i < 60; ++i) names.push_back("film " + std::to_string(i));
    EXPECT_TRUE(has(error(words("title", names)), "identifier"));
}

TEST(Targets, AClassThatTrainingDidNotHaveIsRefusedWithItsPlace) {
    const TargetCoder coder = fit_targets(Table({words("y", cycle<std::string>({"cat", "dog", "cow"}, 30))}));
    const std::string message = data_error([&] {
        encoded(coder, Table({words("y", {"cat", "bird"})}, "zoo.csv"));
    });
    for (const std::string part : {"zoo.csv: row 2", "'bird'", "'y'", "cat"})
        EXPECT_TRUE(has(message, part)) << part << ": " << message;
}

}  // namespace
}  // namespace thalweg
