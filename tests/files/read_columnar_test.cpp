#include <gtest/gtest.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

using Strings = std::vector<std::string>;

/// Files that pyarrow wrote; kinds/README.md says with which values.
std::string kinds(const std::string& name) {
    return std::string(THALWEG_TEST_DATA) + "/kinds/" + name;
}

class ColumnarFile : public testing::TestWithParam<const char*> {};

TEST_P(ColumnarFile, EveryTypeOfNumberIsANumber) {
    const Table table = read_table({kinds(GetParam())});
    expect_number(table.column("int8"), {-128, kMissing, 127});
    expect_number(table.column("uint64"), {0, kMissing, 18446744073709551616.0});
    expect_number(table.column("int64"), {-9007199254740992, kMissing, 3});
    expect_number(table.column("half"), {0.5, kMissing, -2.25});
    expect_number(table.column("float"), {static_cast<double>(0.1F), kMissing, HUGE_VAL});
    expect_number(table.column("double"), {0.1, kMissing, kMissing});
    expect_number(table.column("decimal"), {12.34, kMissing, -0.05});
    expect_number(table.column("decimal_256"), {12.34, kMissing, -0.05});
    expect_number(table.column("dictionary_of_numbers"), {20, kMissing, 10});
    expect_number(table.column("nothing"), {kMissing, kMissing, kMissing});
}

TEST_P(ColumnarFile, DatesAndTimestampsOfEveryUnitAreSeconds) {
    const Table table = read_table({kinds(GetParam())});
    expect_time(table.column("date32"), {86400, kMissing, -86400});
    expect_time(table.column("date64"), {86400, kMissing, -86400});
    for (const std::string unit : {"s", "ms", "us", "ns"})
        expect_time(table.column("timestamp_" + unit), {90, kMissing, -1});
    expect_time(table.column("timestamp_zone"), {90, kMissing, -1});
}

TEST_P(ColumnarFile, DurationsAndTimesOfDayAreNumbersOfSeconds) {
    const Table table = read_table({kinds(GetParam())});
    expect_number(table.column("time32"), {1.5, kMissing, 0});
    expect_number(table.column("time64"), {1.5, kMissing, 0});
    expect_number(table.column("duration"), {1.5, kMissing, -0.5});
}

TEST_P(ColumnarFile, EveryTypeOfTextIsText) {
    const Table table = read_table({kinds(GetParam())});
    expect_text(table.column("bool"), {"true", "", "false"});
    expect_text(table.column("string"), {"b", "", "a"});
    expect_text(table.column("large_string"), {"b", "", "a"});
    expect_text(table.column("string_view"), {"a string too long to be kept in place", "", "a"});
    expect_text(table.column("binary"), {"bytes", "", "text"});
    expect_text(table.column("dictionary"), {"y", "", "z"});
}

TEST_P(ColumnarFile, DictionaryHoldsTheValuesInOrderOfAppearance) {
    const Table table = read_table({kinds(GetParam())});
    EXPECT_EQ(table.column("dictionary").dictionary, (Strings{"y", "z"}));
    EXPECT_EQ(table.column("string").dictionary, (Strings{"b", "a"}));
    EXPECT_EQ(table.column("bool").dictionary, (Strings{"true", "false"}));
}

TEST_P(ColumnarFile, ColumnsOfOtherTypesAreLeftOutAndNoted) {
    const Table table = read_table({kinds(GetParam())});
    for (const std::string name : {"list", "struct", "not_text"}) {
        EXPECT_EQ(table.find(name), nullptr) << name;
        const std::string start = kinds(GetParam()) + ": column '" + name + "' is left out: its type ";
        EXPECT_EQ(std::count_if(table.notes().begin(), table.notes().end(),
                                [&](const std::string& note) { return note.starts_with(start); }),
                  1)
            << name;
    }
}

TEST_P(ColumnarFile, RowsAreFoundByNumber) {
    const Table table = read_table({kinds(GetParam())});
    EXPECT_EQ(table.rows(), 3U);
    EXPECT_EQ(table.source(), kinds(GetParam()));
    EXPECT_EQ(table.locate(2), kinds(GetParam()) + ": row 3");
}

TEST_P(ColumnarFile, KindIsToldByTheBytesNotTheName) {
    const TemporaryFolder folder;
    std::filesystem::copy_file(kinds(GetParam()), folder / "table.csv");
    expect_number(read_table({(folder / "table.csv").string()}).column("int8"), {-128, kMissing, 127});
}

TEST_P(ColumnarFile, CutFilesAreRefused) {
    const TemporaryFolder folder;
    const std::string whole = bytes_of(kinds(GetParam()));
    for (std::size_t length = 8; length + 8 < whole.size(); length += 211) {
        write_bytes(folder / "cut", whole.substr(0, length));
        EXPECT_THROW(read_table({(folder / "cut").string()}), Error) << length << " bytes";
    }
}

TEST_P(ColumnarFile, DamagedBytesGiveATableOrAnError) {
    const TemporaryFolder folder;
    const std::string whole = bytes_of(kinds(GetParam()));
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); at += 37) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(~damaged[at]);
        write_bytes(folder / "damaged", damaged);
        try {
            read_table({(folder / "damaged").string()});
        } catch (const Error& error) {
            ++refused;
            EXPECT_NE(std::string(error.what()).find("damaged"), std::string::npos) << error.what();
        }
    }
    EXPECT_GT(refused, 20U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ColumnarFile, testing::Values("types.parquet", "types.arrow", "types.arrows"),
                         [](const auto& kind) { return std::string(kind.param).replace(5, 1, "_"); });

TEST(ReadColumnar, FeatherWithCompressionIsRead) {
    const Table table = read_table({kinds("lz4.feather")});
    expect_number(table.column("a"), {1, 2});
    expect_text(table.column("b"), {"x", "y"});
}

TEST(ReadColumnar, TableWithoutRowsOrReadableColumnsIsRefused) {
    expect_error(ErrorKind::data, "no_rows.parquet: the table has no rows",
                 [] { read_table({kinds("no_rows.parquet")}); });
    expect_error(ErrorKind::data, "column 'v' is left out: its type list<element: double> is neither",
                 [] { read_table({kinds("only_lists.parquet")}); });
}

TEST(ReadColumnar, DamageIsSaidInOurWordsAndArrows) {
    const TemporaryFolder folder;
    const std::string path = (folder / "cut.parquet").string();
    write_bytes(path, bytes_of(kinds("types.parquet")).substr(0, 1000));
    expect_error(ErrorKind::data, path + ": the Parquet file is damaged or cut (",
                 [&] { read_table({path}); });
}

}  // namespace
}  // namespace thalweg::test
