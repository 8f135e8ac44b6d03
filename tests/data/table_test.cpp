#include "thalweg/table.hpp"

#include <gtest/gtest.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

Column numbers(const std::string& name, const std::vector<double>& values) {
    Column column;
    column.name = name;
    column.values = values;
    return column;
}

Column times(const std::string& name, const std::vector<double>& values) {
    Column column = numbers(name, values);
    column.type = ColumnType::time;
    return column;
}

TEST(ColumnText, NumbersAreAsShortAsTheyCanBe) {
    const Column column = numbers("a", {3, 0.25, 0.1, -1e300, 1.0 / 3.0, kMissing, HUGE_VAL});
    const std::vector<std::string> expected = {"3", "0.25", "0.1", "-1e+300", "0.3333333333333333",
                                               "",  "inf"};
    for (std::size_t row = 0; row < expected.size(); ++row) EXPECT_EQ(column.text(row), expected[row]);
}

TEST(ColumnText, TimesAreIso8601) {
    // Checked with: date -u -d @951782400
    const Column column =
        times("t", {0, 951782400, 951782400 + 86399, 0.25, -0.5, -62135596800, kMissing, 1e15});
    const std::vector<std::string> expected = {
        "1970-01-01", "2000-02-29", "2000-02-29T23:59:59", "1970-01-01T00:00:00.25", "1969-12-31T23:59:59.5",
        "0001-01-01", "",           "1000000000000000"};
    for (std::size_t row = 0; row < expected.size(); ++row) EXPECT_EQ(column.text(row), expected[row]);
}

TEST(BorrowedNumbers, AreReadWhereTheyLie) {
    const std::vector<float> singles = {1.5f, -1.0f, 2.5f, -1.0f, NAN, -1.0f};
    const std::vector<double> doubles = {1.5, 2.5, NAN};
    Column every_other, backwards;
    every_other.borrowed = {singles.data(), 3, 2 * sizeof(float), true};
    backwards.borrowed = {doubles.data() + 2, 3, -static_cast<std::ptrdiff_t>(sizeof(double)), false};
    ASSERT_EQ(every_other.rows(), 3u);
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(every_other.is_missing(row), std::isnan(doubles[row]));
        EXPECT_EQ(every_other.text(row), numbers("a", doubles).text(row));
        EXPECT_EQ(backwards.text(row), every_other.text(2 - row));
    }
}

TEST(TableOfColumns, MustBeRectangularAndItsNamesUnique) {
    expect_error(ErrorKind::data, "t.csv: column 'a' has 2 rows, column 'b' has 1", [] {
        Table({numbers("a", {1, 2}), numbers("b", {1})}, "t.csv");
    });
    expect_error(ErrorKind::data, "the table: columns 1 and 3 are both called 'a'", [] {
        Table({numbers("a", {1}), numbers("b", {1}), numbers("a", {1})});
    });
}

TEST(TableOfColumns, UnknownColumnOffersTheNearestOrTheFirst) {
    const Table table({numbers("price", {1}), numbers("rooms", {1})}, "t.csv");
    EXPECT_EQ(table.find("prize"), nullptr);
    EXPECT_EQ(table.column("rooms").name, "rooms");
    expect_error(ErrorKind::data, "t.csv: no column 'prize'; did you mean 'price'?",
                 [&] { (void)table.column("prize"); });
    expect_error(ErrorKind::data, "t.csv: no column 'xyz'; its columns: price, rooms",
                 [&] { (void)table.column("xyz"); });
}

TEST(TableOfColumns, RowsAreLocatedByRunsOfLines) {
    Table table({numbers("a", std::vector<double>(10, 0.0))}, "two files");
    EXPECT_EQ(table.locate(3), "two files: row 4");
    table.set_origins({{"a.csv", 0, {{0, 2}, {2, 7}}}, {"b.parquet", 5, {}}});
    EXPECT_EQ(table.locate(0), "a.csv: line 2");
    EXPECT_EQ(table.locate(1), "a.csv: line 3");
    EXPECT_EQ(table.locate(2), "a.csv: line 7");
    EXPECT_EQ(table.locate(4), "a.csv: line 9");
    EXPECT_EQ(table.locate(5), "b.parquet: row 1");
    EXPECT_EQ(table.locate(9), "b.parquet: row 5");
}

TEST(TableOfColumns, ReleasedColumnsKeepTheirNameAndTheTableItsRows) {
    Table table({numbers("a", {1, 2}), numbers("b", {3, 4})});
    table.release(0);
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.column("a").rows(), 0U);
    const Column taken = table.take_column("b");
    EXPECT_EQ(taken.values, (std::vector<double>{3, 4}));
    EXPECT_EQ(table.names(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace thalweg::test
