#include "thalweg/preprocessor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "data/columns.h"

namespace thalweg {
namespace {

using test::data_error;
using test::fit;
using test::has;
using test::inputs_of;
using test::kNaN;
using test::numbers;
using test::words;

const ColumnPlan& plan_of(const Preprocessor& preprocessor, const std::string& name) {
    for (const ColumnPlan& column : preprocessor.columns())
        if (column.name == name) return column;
    throw std::out_of_range(name);
}

Treatment treatment_of(const Column& column, const PreprocessorOptions& options = {}) {
    // A second column, so that something is left where the first is dropped.
    std::vector<double> other(column.rows());
    for (std::size_t i = 0; i < other.size(); ++i) other[i] = static_cast<double>(i % 3);
    return plan_of(fit(Table({column, numbers("other", other)}), options), column.name).treatment;
}

std::vector<double> normal_values(std::size_t count, double shift = 0.0, double factor = 1.0) {
    const Random random(9, RandomStream::sample);
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = random.normal(i) * factor + shift;
    return values;
}

std::vector<double> counting(std::size_t count, double first, double step = 1.0) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = first + step * static_cast<double>(i);
    return values;
}

std::vector<std::string> repeated(const std::vector<std::string>& cells, std::size_t times) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < times; ++i) result.insert(result.end(), cells.begin(), cells.end());
    return result;
}

TEST(Preprocessor, ANumberIsCentredAndScaledAndAMissingOneIsTheMean) {
    const Table table({numbers("a", {1, 2, kNaN, 3, INFINITY})});
    const Preprocessor preprocessor = fit(table);
    const Matrix<float> inputs = inputs_of(preprocessor, table);
    EXPECT_EQ(preprocessor.input_names(), (std::vector<std::string>{"a", "a is missing"}));
    EXPECT_EQ(plan_of(preprocessor, "a").missing, 2U);
    EXPECT_FLOAT_EQ(inputs(0, 0), -inputs(3, 0));
    EXPECT_EQ(inputs(2, 0), inputs(1, 0)) << "missing counts as the mean, 2";
    for (const std::size_t row : {0U, 1U, 3U}) EXPECT_EQ(inputs(row, 1), 0.0F);
    for (const std::size_t row : {2U, 4U}) EXPECT_EQ(inputs(row, 1), 1.0F) << "infinity is missing too";
}

TEST(Preprocessor, UnitsAndOffsetsOfAColumnLeaveNoTrace) {
    // Multiples of 1/64 stay exact at 1e9, so nothing but the arithmetic could differ.
    std::vector<double> plain = normal_values(2000);
    for (double& value : plain) value = std::round(value * 64.0) / 64.0;
    std::vector<double> shifted = plain, multiplied = plain;
    for (double& value : shifted) value += 1e9;
    for (double& value : multiplied) value *= 1e6;
    const Table first({numbers("a", plain)}), second({numbers("a", shifted)}),
        third({numbers("a", multiplied)});
    const Matrix<float> expected = inputs_of(fit(first), first);
    const Matrix<float> moved = inputs_of(fit(second), second);
    const Matrix<float> scaled = inputs_of(fit(third), third);
    // The mean of values around 1e9 is itself rounded to 1.2e-7: the inputs (of unit scale) may differ by
    // that.
    constexpr float kOfTheMean = 2.4e-7F;
    for (std::size_t row = 0; row < plain.size(); ++row) {
        EXPECT_NEAR(moved(row, 0), expected(row, 0), kOfTheMean) << row;
        EXPECT_FLOAT_EQ(scaled(row, 0), expected(row, 0)) << row;
    }
}

TEST(Preprocessor, CategoriesAreSortedByFrequencyThenName) {
    const Table table({words("city", {"b", "a", "c", "a", "b", "c", "d", "d", "d", "", "rare"})});
    const Preprocessor preprocessor = fit(table);
    EXPECT_EQ(preprocessor.input_names(), (std::vector<std::string>{"city=d", "city=a", "city=b", "city=c",
                                                                    "city=(missing)", "city=(other)"}));
    const Matrix<float> inputs = inputs_of(preprocessor, table);
    const std::vector<std::size_t> lit = {2, 1, 3, 1, 2, 3, 0, 0, 0, 4, 5};
    for (std::size_t row = 0; row < lit.size(); ++row)
        for (std::size_t input = 0; input < 6; ++input)
            EXPECT_EQ(inputs(row, input), input == lit[row] ? 1.0F : 0.0F) << row << " " << input;
}

TEST(Preprocessor, UnseenAndMissingCellsAreCountedAndShown) {
    const Table training(
        {words("city", repeated({"Rome", "Oslo"}, 5)), numbers("age", counting(10, 20, 1.5))});
    const Table later(
        {numbers("age", {20, kNaN, 30, 40, 50}), words("city", {"Rome", "Bonn", "", "Bonn", "Kyiv"})});
    const Preprocessor preprocessor = fit(training);
    std::vector<ColumnReport> report;
    const Matrix<float> inputs = inputs_of(preprocessor, later, &report);
    ASSERT_EQ(report.size(), 2U);
    EXPECT_EQ(report[0].name, "city");
    EXPECT_EQ(report[0].missing, 1U);
    EXPECT_EQ(report[0].unseen, 3U);
    EXPECT_EQ(report[0].examples, (std::vector<std::string>{"Bonn", "Kyiv"}));
    EXPECT_EQ(report[1].name, "age");
    EXPECT_EQ(report[1].missing, 1U);
    for (const std::size_t row : {1U, 2U, 3U, 4U}) EXPECT_EQ(inputs(row, 1) + inputs(row, 2), 0.0F) << row;
    std::vector<ColumnReport> nothing = report;
    inputs_of(preprocessor, training, &nothing);
    EXPECT_TRUE(nothing.empty());
}

TEST(Preprocessor, MissingCellsAreNothingNewWhereTrainingHadSome) {
    const Table table({words("city", repeated({"Rome", "Oslo", ""}, 5)),
                       numbers("age", {1, 2, kNaN, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6})});
    std::vector<ColumnReport> report;
    inputs_of(fit(table), table, &report);
    EXPECT_TRUE(report.empty());
}

TEST(Preprocessor, RareCategoriesOfTrainingAreNotReportedAsUnseen) {
    std::vector<std::string> cells = repeated({"x", "y"}, 10);
    cells.push_back("once");
    const Table table({words("kind", cells)});
    const Preprocessor preprocessor = fit(table);
    std::vector<ColumnReport> report;
    const Table later({words("kind", {"once", "never"})});
    const Matrix<float> inputs = inputs_of(preprocessor, later, &report);
    ASSERT_EQ(report.size(), 1U);
    EXPECT_EQ(report[0].unseen, 1U);
    EXPECT_EQ(report[0].examples, std::vector<std::string>{"never"});
    for (std::size_t input = 0; input < 3; ++input) EXPECT_EQ(inputs(0, input), inputs(1, input));
}

TEST(Preprocessor, ColumnsAreFoundByNameInAnyOrderAndOthersIgnored) {
    const Column a = numbers("a", normal_values(30)), b = words("b", repeated({"u", "v", "w"}, 10));
    const Table training({a, b}), later({words("new", repeated({"q"}, 30)), b, a});
    const Preprocessor preprocessor = fit(training);
    const Matrix<float> expected = inputs_of(preprocessor, training), found = inputs_of(preprocessor, later);
    EXPECT_TRUE(std::equal(expected.elements().begin(), expected.elements().end(), found.elements().begin()));
}

TEST(Preprocessor, EveryMissingColumnIsNamedWithTheNearest) {
    const Preprocessor preprocessor =
        fit(Table({numbers("height", normal_values(9)), numbers("weight", normal_values(9)),
                   numbers("age", normal_values(9))}));
    const std::string message = data_error([&] {
        inputs_of(preprocessor, Table({numbers("age", {1.0}), numbers("hieght", {1.0})}, "new.csv"));
    });
    EXPECT_TRUE(has(message, "new.csv")) << message;
    EXPECT_TRUE(has(message, "'height' (did you mean 'hieght'?)")) << message;
    EXPECT_TRUE(has(message, "'weight'")) << message;
    EXPECT_FALSE(has(message, "'age'")) << message;
}

TEST(Preprocessor, DroppedColumnsNeedNotComeBack) {
    const Table training({numbers("a", normal_values(9)), numbers("same", std::vector<double>(9, 4.0)),
                          numbers("empty", std::vector<double>(9, kNaN)), words("note", repeated({"x"}, 9))});
    const Preprocessor preprocessor = fit(training);
    EXPECT_EQ(preprocessor.inputs(), 1U);
    for (const std::string name : {"same", "empty", "note"}) {
        EXPECT_EQ(plan_of(preprocessor, name).treatment, Treatment::dropped) << name;
        EXPECT_FALSE(plan_of(preprocessor, name).reason.empty()) << name;
    }
    EXPECT_EQ(inputs_of(preprocessor, Table({numbers("a", {1.0})})).cols(), 1U);
}

TEST(Preprocessor, AConstantThatIsSometimesMissingKeepsItsMark) {
    const Table table({numbers("a", {4, kNaN, 4, 4}), words("b", {"yes", "", "yes", ""})});
    const Preprocessor preprocessor = fit(table);
    const Matrix<float> inputs = inputs_of(preprocessor, table);
    const auto names = preprocessor.input_names();
    const auto mark =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), "a is missing") - names.begin());
    ASSERT_LT(mark, names.size());
    EXPECT_EQ(inputs(0, mark), 0.0F);
    EXPECT_EQ(inputs(1, mark), 1.0F);
    EXPECT_EQ(plan_of(preprocessor, "b").categories, std::vector<std::string>{"yes"});
    EXPECT_TRUE(plan_of(preprocessor, "b").missing_input);
}

TEST(Preprocessor, OnlyTheTrainingRowsAreLookedAt) {
    std::vector<double> values = normal_values(20);
    std::vector<std::string> cells = repeated({"x", "y"}, 10);
    values[19] = 1e9;
    cells[19] = "z";
    const Table table({numbers("a", values), words("b", cells)});
    std::vector<std::uint32_t> rows = test::all_rows(table);
    rows.pop_back();
    const Preprocessor fitted = Preprocessor::fit(table, rows, {});
    EXPECT_LT(plan_of(fitted, "a").number.scale, 10.0);
    EXPECT_EQ(plan_of(fitted, "b").categories, (std::vector<std::string>{"x", "y"}));
}

TEST(Preprocessor, IdentifiersAreLeftOut) {
    EXPECT_EQ(treatment_of(numbers("PassengerId", counting(100, 1))), Treatment::dropped);
    EXPECT_EQ(treatment_of(numbers("customer_id", counting(100, 7000123, 17))), Treatment::dropped);
    EXPECT_EQ(treatment_of(numbers("", counting(40, 0))), Treatment::dropped);
    EXPECT_EQ(treatment_of(numbers("n", counting(200, 1))), Treatment::dropped) << "a run from 1";
    std::vector<double> of_a_split;  // two of three row numbers, as a training part has
    for (std::size_t i = 0; i < 300; ++i)
        if (i % 3 != 1) of_a_split.push_back(static_cast<double>(i * 7919 % 300));
    EXPECT_EQ(treatment_of(numbers("unit", of_a_split)), Treatment::dropped);
    std::vector<std::string> codes;
    for (int i = 0; i < 60; ++i) codes.push_back("C-" + std::to_string(i * 37));
    EXPECT_EQ(treatment_of(words("code", codes)), Treatment::dropped);
}

TEST(Preprocessor, FeaturesAreNotTakenForIdentifiers) {
    EXPECT_EQ(treatment_of(numbers("price", counting(100, 1.5, 0.25))), Treatment::number) << "fractions";
    EXPECT_EQ(treatment_of(numbers("population", counting(100, 1000, 531))), Treatment::number) << "sparse";
    EXPECT_EQ(treatment_of(numbers("year", counting(100, 1900))), Treatment::number);
    EXPECT_EQ(treatment_of(numbers("t", counting(100, 0))), Treatment::number) << "time";
    EXPECT_EQ(treatment_of(numbers("age", counting(60, 1))), Treatment::number);
    std::vector<double> with_ties = counting(100, 1);
    with_ties[50] = 1;
    EXPECT_EQ(treatment_of(numbers("score", with_ties)), Treatment::number) << "a value twice";
    EXPECT_EQ(treatment_of(numbers("n", counting(15, 1))), Treatment::number) << "too few to tell";
    EXPECT_EQ(treatment_of(numbers("humidity_idle", counting(100, 5000, 3))), Treatment::number)
        << "'id' inside a word";
    EXPECT_EQ(treatment_of(words("city", repeated({"a", "b", "c"}, 10))), Treatment::category);
}

TEST(Preprocessor, WhatTheUserSaysOfAColumnWins) {
    PreprocessorOptions options;
    options.numeric = {"customer_id"};
    EXPECT_EQ(treatment_of(numbers("customer_id", counting(100, 1)), options), Treatment::number);
    options = {};
    options.categorical = {"floor"};
    EXPECT_EQ(treatment_of(numbers("floor", std::vector<double>{1, 2, 3, 1, 2, 3}), options),
              Treatment::category);
    options.ignore = {"floor"};
    options.categorical = {};
    const Table table({numbers("floor", {1, 2, 3}), numbers("b", {1, 2, 1})});
    EXPECT_EQ(fit(table, options).columns().size(), 1U);
    options.categorical = {"b"};
    options.numeric = {"b"};
    EXPECT_TRUE(has(test::error_of(ErrorKind::usage, [&] { fit(table, options); }), "'b'"));
    options = {};
    options.numeric = {"flor"};
    EXPECT_TRUE(has(data_error([&] { fit(table, options); }), "did you mean 'floor'"));
}

TEST(Preprocessor, NumbersTakenAsCategoriesMatchHoweverTheyAreWritten) {
    PreprocessorOptions options;
    options.categorical = {"floor"};
    const Preprocessor preprocessor = fit(Table({numbers("floor", {3, 10, 3, 10, 0.5, 0.5})}), options);
    EXPECT_EQ(plan_of(preprocessor, "floor").categories, (std::vector<std::string>{"0.5", "10", "3"}));
    std::vector<ColumnReport> report;
    const Matrix<float> inputs =
        inputs_of(preprocessor, Table({words("floor", {"3.0", "3", "1e1", ".5", "03"})}), &report);
    EXPECT_EQ(inputs(0, 2) + inputs(1, 2) + inputs(2, 1) + inputs(3, 0), 4.0F);
    ASSERT_EQ(report.size(), 1U);
    EXPECT_EQ(report[0].examples, std::vector<std::string>{"03"}) << "a leading zero is a code";
}

TEST(Preprocessor, BooleansMatchHoweverTheyAreWritten) {
    const Preprocessor preprocessor = fit(Table({words("alone", repeated({"True", "False"}, 4))}));
    std::vector<ColumnReport> report;
    const Matrix<float> inputs =
        inputs_of(preprocessor, Table({words("alone", {"true", "FALSE", "True"})}), &report);
    EXPECT_TRUE(report.empty());
    EXPECT_EQ(inputs(0, 0), inputs(2, 0));
    EXPECT_NE(inputs(0, 0), inputs(1, 0));
}

TEST(Preprocessor, TextAmongNumbersIsAnErrorThatSaysWhere) {
    std::vector<std::string> cells;
    for (int i = 0; i < 40; ++i) cells.push_back(std::to_string(i * i % 101) + ".5");
    cells[16] = "oops";
    const Table bad({words("size", cells)}, "houses.csv");
    const std::string message = data_error([&] { fit(bad); });
    for (const std::string part : {"houses.csv: row 17", "'size'", "'oops'", "--missing", "--categorical"})
        EXPECT_TRUE(has(message, part)) << part << ": " << message;

    const Preprocessor preprocessor = fit(Table({numbers("size", normal_values(10))}));
    const std::string later = data_error([&] { inputs_of(preprocessor, bad); });
    EXPECT_TRUE(has(later, "houses.csv: row 17") && has(later, "'oops'")) << later;
}

TEST(Preprocessor, ADecimalCommaIsRecognised) {
    std::vector<std::string> cells;
    for (int i = 0; i < 40; ++i) cells.push_back(std::to_string(i) + "," + std::to_string(i % 10));
    const std::string message = data_error([&] { fit(Table({words("size", cells)})); });
    EXPECT_TRUE(has(message, "--decimal ,")) << message;
}

TEST(Preprocessor, TextThatIsAllNumbersIsNumbersUnlessItIsCodes) {
    const std::vector<std::string> cells = repeated({"1.5", "2", " 3"}, 4);
    EXPECT_EQ(treatment_of(words("size", cells)), Treatment::number);
    EXPECT_EQ(treatment_of(words("zip", repeated({"01234", "56789"}, 4))), Treatment::category);
    const Preprocessor preprocessor = fit(Table({words("size", cells)}));
    const Matrix<float> from_numbers = inputs_of(preprocessor, Table({numbers("size", {1.5, 2, 3})}));
    const Matrix<float> from_text = inputs_of(preprocessor, Table({words("size", {"1.5", "2.0", "3"})}));
    for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(from_numbers(row, 0), from_text(row, 0));
}

TEST(Preprocessor, FewLevelsWithAWordAreCategories) {
    EXPECT_EQ(treatment_of(words("cylinders", repeated({"3", "4", "6", "8", "rotary"}, 6))),
              Treatment::category);
    EXPECT_EQ(treatment_of(words("children", repeated({"0", "1", "2", "3+"}, 6))), Treatment::category);
}

TEST(Preprocessor, TimesFromTextAndFromTimesAreTheSame) {
    const std::vector<std::string> dates = {"Nov 09 1972", "Jan 01 2001", "Jul 14 1989", "Feb 29 2000"};
    const Preprocessor preprocessor = fit(Table({words("day", dates)}));
    EXPECT_EQ(plan_of(preprocessor, "day").time_format, "%b %d %Y");
    const Matrix<float> from_text = inputs_of(preprocessor, Table({words("day", dates)}));
    // Seconds as `date -u +%s` has them.
    const Matrix<float> from_times =
        inputs_of(preprocessor, Table({test::times("day", {90115200, 978307200, 616377600, 951782400})}));
    const Matrix<float> from_iso =
        inputs_of(preprocessor,
                  Table({words("day", {"1972-11-09", "2001-01-01", "1989-07-14T00:00:00Z", "2000-02-29"})}));
    EXPECT_EQ(from_text.cols(), 5U);
    for (std::size_t i = 0; i < from_text.elements().size(); ++i) {
        EXPECT_EQ(from_text.elements()[i], from_times.elements()[i]) << i;
        EXPECT_EQ(from_text.elements()[i], from_iso.elements()[i]) << i;
    }
}

TEST(Preprocessor, TellsWhichInputsAreNumbers) {
    ColumnPlan number, time, marked, category, dropped;
    number.name = "number";
    time.name = "time";
    time.treatment = Treatment::time;
    time.time_parts = {TimePart::year_cycle, TimePart::linear};
    marked.name = "sometimes missing";
    marked.missing_indicator = true;
    category.name = "category";
    category.treatment = Treatment::category;
    category.categories = {"a", "b"};
    dropped.name = "dropped";
    dropped.treatment = Treatment::dropped;
    const Preprocessor preprocessor({category, number, dropped, time, marked});
    // number; sine and cosine of the time, the time; the marked one and its mark; the categories
    EXPECT_EQ(preprocessor.number_inputs(), (std::vector<std::size_t>{0, 3, 4}));
    EXPECT_EQ(preprocessor.input_names()[3], "time");
    EXPECT_EQ(preprocessor.input_names()[4], "sometimes missing");
}

TEST(Preprocessor, CategoriesOfMoreValuesThanSaidAreCodes) {
    const Table table({words("few", repeated({"a", "b"}, 40)),
                       words("many", repeated({"a", "b", "c", "a"}, 20)), numbers("x", normal_values(80))});
    PreprocessorOptions options;
    options.one_hot_up_to = 3;  // two and one for missing or unknown
    const Preprocessor fitted = fit(table, options);
    EXPECT_EQ(fitted.inputs(), 1U + 2U + 1U);
    EXPECT_EQ(fitted.input_names(), (std::vector<std::string>{"x", "few=a", "few=b", "many"}));
    EXPECT_EQ(fitted.embedded_categories().inputs, std::vector<std::size_t>{3});
    EXPECT_EQ(fitted.embedded_categories().codes, std::vector<std::size_t>{3});
    const Matrix<float> inputs = inputs_of(
        fitted, Table({words("few", {"b", "a"}), words("many", {"c", "d"}), numbers("x", {0.0, 1.0})}));
    EXPECT_EQ(inputs(0, 3), 2.0F);
    EXPECT_EQ(inputs(1, 3), 3.0F) << "a value that training did not have is beyond the codes";
    EXPECT_EQ(fit(table, {}).embedded_categories().inputs.size(), 0U);
}

TEST(Preprocessor, NothingLeftIsAnErrorWithTheReasons) {
    const std::string message = data_error([&] {
        fit(Table({numbers("id", counting(50, 1)), numbers("same", std::vector<double>(50, 1.0))}));
    });
    EXPECT_TRUE(has(message, "'id'") && has(message, "'same'")) << message;
    EXPECT_FALSE(data_error([&] { Preprocessor::fit(Table({numbers("a", {1, 2})}), {}, {}); }).empty());
}

TEST(Preprocessor, ARunOfNumbersIsKeptWhereThereIsNothingElse) {
    const Preprocessor preprocessor = fit(Table({numbers("dose", counting(100, 1))}));
    EXPECT_EQ(plan_of(preprocessor, "dose").treatment, Treatment::number);
}

TEST(Preprocessor, ACategoryThatWasAskedForSaysWhyItIsOfNoUse) {
    std::vector<std::string> cells;
    for (int i = 0; i < 200; ++i) cells.push_back("n" + std::to_string(i));
    PreprocessorOptions options;
    options.categorical = {"name"};
    const Preprocessor preprocessor =
        fit(Table({words("name", cells), numbers("a", normal_values(200))}), options);
    EXPECT_EQ(plan_of(preprocessor, "name").reason, "no value occurs in 3 rows or more");
}

TEST(Preprocessor, AColumnWithoutAnyValueLaterIsMissingWhateverItsType) {
    const Preprocessor preprocessor = fit(Table(
        {numbers("a", normal_values(6)), words("b", repeated({"x", "y"}, 3)),
         words("t", {"2020-01-01", "2020-02-02", "2020-03-03", "2020-04-04", "2020-05-05", "2020-06-06"})}));
    std::vector<ColumnReport> report;
    inputs_of(preprocessor,
              Table({words("a", {"", ""}), numbers("b", {kNaN, kNaN}), numbers("t", {kNaN, kNaN})}), &report);
    ASSERT_EQ(report.size(), 3U);
    for (const ColumnReport& column : report) EXPECT_EQ(column.missing, 2U) << column.name;
}

}  // namespace
}  // namespace thalweg
