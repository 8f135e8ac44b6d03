#include "model/data_notes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/tables.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::any_holds;
using testing::changed;
using testing::quick;
using testing::real_table;

std::vector<std::string> notes_of(const Table& table, TrainOptions options) {
    options.epochs = 1;
    return train(table, options).notes;
}

Table with(const Table& table, Column column, const std::string& name) {
    std::vector<Column> columns = table.columns();
    column.name = name;
    columns.push_back(std::move(column));
    return Table(std::move(columns));
}

/// One value in 150 is multiplied by a hundred.
Table heavy_table(std::size_t rows) {
    return changed(real_table(rows), "y", [](Column& column) {
        for (std::size_t row = 0; row < column.values.size(); row += 150) column.values[row] *= 100.0;
    });
}

TEST(DataNotes, NameColumnsThatAreTheSame) {
    const Table table = real_table(1500);
    const std::vector<Column>& columns = table.columns();
    const std::string words = "the same value in every row as another one: ";
    EXPECT_FALSE(any_holds(notes_of(table, quick("y")), words));
    EXPECT_TRUE(
        any_holds(notes_of(with(table, columns[0], "again"), quick("y")), words + "'again' as 'x1';"));
    EXPECT_TRUE(
        any_holds(notes_of(with(table, columns[2], "paint"), quick("y")), words + "'paint' as 'colour';"));
    Column other = columns[0];
    other.values.back() += 1.0;
    EXPECT_FALSE(any_holds(notes_of(with(table, other, "again"), quick("y")), words));
    TrainOptions ignoring = quick("y");
    ignoring.ignore = {"again"};
    EXPECT_FALSE(any_holds(notes_of(with(table, columns[0], "again"), ignoring), words));
}

TEST(DataNotes, CountMissingValuesAsTheSame) {
    const Table table = changed(real_table(300), "x1", [](Column& column) {
        for (std::size_t row = 0; row < column.values.size(); row += 7) column.values[row] = NAN;
    });
    EXPECT_TRUE(any_holds(notes_of(with(table, table.columns()[0], "again"), quick("y")), "'again' as 'x1'"));
}

TEST(DataNotes, WarnOfAHeavyTailWhereTheSquaredErrorLooksAtIt) {
    const std::string words = "'y' has a heavy tail";
    EXPECT_FALSE(any_holds(notes_of(real_table(600), quick("y")), words));
    EXPECT_TRUE(any_holds(notes_of(heavy_table(600), quick("y")), words));
    EXPECT_FALSE(any_holds(notes_of(heavy_table(90), quick("y")), words));
    TrainOptions robust = quick("y");
    robust.loss = Loss::absolute_error;
    EXPECT_FALSE(any_holds(notes_of(heavy_table(600), robust), words));
}

}  // namespace
}  // namespace thalweg
