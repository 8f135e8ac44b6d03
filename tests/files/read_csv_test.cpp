#include <gtest/gtest.h>

#include <fmt/format.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

using Strings = std::vector<std::string>;

std::string numbered_rows(int count, const std::string& rest) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format("{},{}\n", i, rest);
    return text;
}

TEST(ReadCsv, WholeNumbersAndDecimalsBecomeNumbersAndWordsBecomeText) {
    const Table table = read_text("a,b,c\n1,0.5,x\n-2,1e3,y\n3,,x\n");
    EXPECT_EQ(table.names(), (Strings{"a", "b", "c"}));
    expect_number(table.column("a"), {1, -2, 3});
    expect_number(table.column("b"), {0.5, 1000, kMissing});
    expect_text(table.column("c"), {"x", "y", "x"});
    EXPECT_EQ(table.column("c").dictionary, (Strings{"x", "y"}));
    EXPECT_TRUE(table.notes().empty());
}

TEST(ReadCsv, BooleansKeepTheirSpelling) {
    const Table table = read_text("a,b\ntrue,FALSE\nfalse,True\n");
    expect_text(table.column("a"), {"true", "false"});
    expect_text(table.column("b"), {"FALSE", "True"});
}

TEST(ReadCsv, DatesAndTimesBecomeSecondsInUtc) {
    const Table table = read_text(
        "date,seconds,zone,fraction,clock\n"
        "1970-01-02,2001-09-09 01:46:40,1970-01-01T01:00:00+01:00,1970-01-01 00:00:01.25,00:01:30\n"
        "2000-03-01,2001-09-09T01:46:41,1970-01-01T00:00:00Z,1970-01-01 00:00:02,23:59:59\n");
    expect_time(table.column("date"), {86400, 951868800});
    expect_time(table.column("seconds"), {1e9, 1e9 + 1});
    expect_time(table.column("zone"), {0, 0});
    expect_time(table.column("fraction"), {1.25, 2});
    expect_number(table.column("clock"), {90, 86399});
}

TEST(ReadCsv, MissingWordsAreMissingInNumbersAndText) {
    const Table table = read_text("a,b\n1,x\nNA,?\n,\nnan,null\n\"\",\"\"\n5, ?\n");
    expect_number(table.column("a"), {1, kMissing, kMissing, kMissing, kMissing, 5});
    expect_text(table.column("b"), {"x", "", "", "", "", ""});
    EXPECT_EQ(table.column("b").dictionary, Strings{"x"});
}

TEST(ReadCsv, MissingWordsCanBeSet) {
    ReadOptions options;
    options.missing = {"-999", "unknown"};
    const Table table = read_text("a,b\n1,NA\n-999,unknown\n", options);
    expect_number(table.column("a"), {1, kMissing});
    expect_text(table.column("b"), {"NA", ""});
}

TEST(ReadCsv, InfinityStaysAndAColumnWithoutValuesIsANumber) {
    const Table table = read_text("a,b\ninf,\n-inf,NA\n0,\n");
    expect_number(table.column("a"), {HUGE_VAL, -HUGE_VAL, 0});
    expect_number(table.column("b"), {kMissing, kMissing, kMissing});
}

TEST(ReadCsv, OneTextCellMakesAColumnText) {
    const Table table = read_text("a\n007\n1.50\nmany\n");
    expect_text(table.column("a"), {"007", "1.50", "many"});
}

TEST(ReadCsv, TextColumnsKeepLeadingZeros) {
    ReadOptions options;
    options.text_columns = {"zip", "not there"};
    const Table table = read_text("zip,n\n01234,01\n99999,02\nNA,03\n", options);
    expect_text(table.column("zip"), {"01234", "99999", ""});
    expect_number(table.column("n"), {1, 2, 3});
}

TEST(ReadCsv, DelimiterIsFoundWhateverTheNameOfTheFile) {
    for (const std::string delimiter : {",", ";", "\t", "|"}) {
        const std::string text = fmt::format("a{0}b{0}c\n1{0}x{0}2\n3{0}\"y,;|\t\"{0}4\n", delimiter);
        const Table table = read_text(text);
        ASSERT_EQ(table.names(), (Strings{"a", "b", "c"})) << delimiter;
        expect_text(table.column("b"), {"x", "y,;|\t"});
        expect_number(table.column("c"), {2, 4});
    }
}

TEST(ReadCsv, CommasInsideCellsAreNoDelimiter) {
    expect_text(read_text("name\tn\nDoe, John\t1\nRoe, Jane\t2\n").column("name"),
                {"Doe, John", "Roe, Jane"});
    const Table one_column = read_text("name\nJohn\nJane\n");
    expect_text(one_column.column("name"), {"John", "Jane"});
}

TEST(ReadCsv, DecimalCommaIsReadWhereAskedFor) {
    ReadOptions options;
    options.decimal_point = ',';
    const Table table = read_text("a;b\n1,5;2\n-0,25;3\n", options);
    expect_number(table.column("a"), {1.5, -0.25});
    expect_number(table.column("b"), {2, 3});
}

TEST(ReadCsv, QuotedCellsHoldDelimitersQuotesAndLineBreaks) {
    const Table table = read_text("\"a\",\"b,c\"\n\"x\ny\",1\n\"say \"\"hi\"\"\",2\n5\" pipe,3\n");
    EXPECT_EQ(table.names(), (Strings{"a", "b,c"}));
    expect_text(table.column("a"), {"x\ny", "say \"hi\"", "5\" pipe"});
    expect_number(table.column("b,c"), {1, 2, 3});
}

TEST(ReadCsv, QuoteCanBeAnotherOrNone) {
    ReadOptions options;
    options.quote = '\'';
    expect_text(read_text("a,b\n'x,y',\"\n", options).column("a"), {"x,y"});
    options.quote = '\0';
    expect_text(read_text("a,b\n\"x,y\"\n", options).column("b"), {"y\""});
}

TEST(ReadCsv, ByteOrderMarkAndLineEndsOfWindowsDisappear) {
    const Table table = read_text(
        "\xEF\xBB\xBF"
        "a,b\r\n1,x\r\n2,y\r\n");
    EXPECT_EQ(table.names(), (Strings{"a", "b"}));
    expect_number(table.column("a"), {1, 2});
    expect_text(table.column("b"), {"x", "y"});
    EXPECT_TRUE(table.locate(1).ends_with("t.csv: line 3")) << table.locate(1);
}

TEST(ReadCsv, LastLineNeedsNoEnd) {
    expect_number(read_text("a,b\n1,2\n3,4").column("b"), {2, 4});
}

TEST(ReadCsv, PathsOutsideAsciiWork) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "Ñoño");
    write_bytes(folder / "Ñoño" / "modèle.csv", "größe\n1\n");
    const Table table = read_table({(folder / "Ñoño" / "modèle.csv").string()});
    expect_number(table.column("größe"), {1});
    EXPECT_EQ(table.source(), (folder / "Ñoño" / "modèle.csv").string());
}

TEST(ReadCsv, NamesAreTrimmedAndEmptyOnesNumbered) {
    EXPECT_EQ(read_text("a, b ,\n1,2,3\n").names(), (Strings{"a", "b", "column_3"}));
}

TEST(ReadCsv, WithoutAHeaderColumnsAreNumbered) {
    ReadOptions options;
    options.header = false;
    const Table table = read_text("1,x\n2,y\n", options);
    EXPECT_EQ(table.names(), (Strings{"column_1", "column_2"}));
    expect_number(table.column("column_1"), {1, 2});
    EXPECT_TRUE(table.locate(0).ends_with(": line 1")) << table.locate(0);
    EXPECT_TRUE(table.notes().empty());
}

TEST(ReadCsv, HeaderOfNumbersIsNoted) {
    const Table table = read_text("5.1,3.5,-1e3\n4.9,3.0,2\n");
    ASSERT_EQ(table.notes().size(), 1U);
    EXPECT_NE(table.notes()[0].find("the first line holds only numbers (5.1, 3.5, ...)"), std::string::npos)
        << table.notes()[0];
    EXPECT_TRUE(read_text("a,2020,2021\n4.9,3.0,2\n").notes().empty());
}

TEST(ReadCsv, WrongFieldCountsAreNamedWithTheLine) {
    expect_unreadable("a,b\n1,2\n3\n4,5\n", "line 3: 1 field, the header has 2");
    expect_unreadable(
        "a,b\n1,2\n3,4,5\n",
        "line 3: 3 fields, the header has 2; a text that holds the delimiter must stand in quotes");
    ReadOptions options;
    options.header = false;
    options.delimiter = ',';
    expect_unreadable("1,2\n3\n", "line 2: 1 field, the first line has 2", options);
}

TEST(ReadCsv, LinesAreCountedAsAnEditorDoes) {
    // Line 1 header, 2-4 a quoted cell, 5 blank, 6 a row, 7 the bad one.
    expect_unreadable("a,b\n\"x\n\ny\",1\n\n2,3\n4\n", "line 7: 1 field");
    expect_unreadable("\r\n\r\na,b\r\n1,2\r\n3\r\n", "line 5: 1 field");
}

TEST(ReadCsv, ManyRowsWithABadLastOne) {
    const std::string text = "a,b\n" + numbered_rows(300000, "some text") + "1\n";
    ASSERT_GT(text.size(), 3U << 20) << "several blocks";
    expect_unreadable(text, "line 300002: 1 field, the header has 2");
}

TEST(ReadCsv, TypeOfALongColumnIsThatOfAllItsRows) {
    std::string text = "n,late,date\n";
    for (int i = 0; i < 200000; ++i) text += fmt::format("{},{},2020-01-01\n", i, i);
    text += "200000.5,late text,2020-01-02T00:00:01\n";
    const Table table = read_text(text);
    ASSERT_EQ(table.rows(), 200001U);
    EXPECT_EQ(table.column("n").type, ColumnType::number);
    EXPECT_EQ(table.column("n").values[199999], 199999);
    EXPECT_EQ(table.column("n").values[200000], 200000.5);
    EXPECT_EQ(table.column("late").text(199999), "199999");
    EXPECT_EQ(table.column("late").text(200000), "late text");
    EXPECT_EQ(table.column("date").values[0], 1577836800);
    EXPECT_EQ(table.column("date").values[200000], 1577836800 + 86401);
}

TEST(ReadCsv, BlocksOfDifferentTypesMeetAsOneFileWould) {
    const auto rows = [](int count, const std::string& row) {
        std::string text;
        for (int i = 0; i < count; ++i) text += row;
        return text;
    };
    const std::string early = "0x1F,2020-01-01,1,9999-12-31 00:00:00,,12:30\n";
    const std::string late = "0x20,,2020-01-01,2020-01-01 00:00:00.5,x,7\n";
    const Table table =
        read_text("hex,date,number_date,far,empty,clock\n" + rows(60000, early) + rows(60000, late));
    EXPECT_EQ(table.column("hex").values.front(), 31);
    EXPECT_EQ(table.column("hex").values.back(), 32);
    EXPECT_EQ(table.column("date").type, ColumnType::time);
    EXPECT_EQ(table.column("number_date").text(0), "1");
    EXPECT_EQ(table.column("number_date").text(119999), "2020-01-01");
    EXPECT_EQ(table.column("empty").text(119999), "x");
    EXPECT_EQ(table.column("clock").text(0), "12:30");
    // Nanoseconds do not reach the year 9999.
    EXPECT_EQ(table.column("far").text(0), "9999-12-31 00:00:00");
    EXPECT_EQ(table.column("far").text(119999), "2020-01-01 00:00:00.5");
}

TEST(ReadCsv, LineEndsOfWindowsAreWholeWhereverABlockEnds) {
    // Records of five bytes in blocks of a megabyte: with some name of the column every byte of one ends a
    // block.
    for (const char* name : {"a", "ab", "abc", "abcd", "abcde"}) {
        std::string text = fmt::format("{}\r\n", name);
        for (int i = 0; i < 500000; ++i) text += fmt::format("{}\r\n", 100 + i % 900);
        const Table table = read_text(text);
        ASSERT_EQ(table.rows(), 500000U) << name;
        EXPECT_EQ(table.column(name).values[499999], 100 + 499999 % 900) << name;
    }
}

TEST(ReadCsv, LongFileIsReadAsAShortOne) {
    std::string text = "n,word,empty\n";
    for (int i = 0; i < 200000; ++i) text += fmt::format("{},\"w\n{}\",\n", i * 0.25, i % 700);
    const Table table = read_text(text);
    ASSERT_EQ(table.rows(), 200000U);
    EXPECT_EQ(table.column("word").dictionary.size(), 700U);
    EXPECT_EQ(table.column("empty").type, ColumnType::number);
    for (std::size_t row = 0; row < table.rows(); row += 9973) {
        EXPECT_EQ(table.column("n").values[row], static_cast<double>(row) * 0.25);
        EXPECT_EQ(table.column("word").text(row), fmt::format("w\n{}", row % 700));
        EXPECT_TRUE(table.column("empty").is_missing(row));
        EXPECT_TRUE(table.locate(row).ends_with(fmt::format(": line {}", 2 + 2 * row))) << table.locate(row);
    }
}

TEST(ReadCsv, RecordLongerThanABlockIsRead) {
    const std::string longest(3 << 20, 'x');
    const Table table = read_text("a,b\n" + numbered_rows(100000, "short text") + "1," + longest + "\n");
    ASSERT_EQ(table.rows(), 100001U);
    EXPECT_EQ(table.column("b").text(100000), longest);
}

TEST(ReadCsv, NothingToReadIsSaid) {
    expect_unreadable("", "the file is empty");
    expect_unreadable("\n\r\n\n", "the file is empty");
    expect_unreadable("\xEF\xBB\xBF", "the file is empty");
    expect_unreadable("a,b\n", "no rows, only a header");
    expect_unreadable("a,b", "no rows, only a header");
    expect_unreadable("a,b\n\n\n", "no rows, only a header");
}

TEST(ReadCsv, NamesThatOccurTwiceAreRefused) {
    expect_unreadable("a,b,a\n1,2,3\n", "two columns are called 'a'");
    expect_unreadable("a,a \n1,2\n", "two columns are called 'a'");
}

TEST(ReadCsv, OtherEncodingsAreRefusedWithTheLineAndTheCure) {
    expect_unreadable("a,b\n1,x\n2,caf\xE9\n", "line 3: the byte 0xE9 is no UTF-8; convert the file first");
    expect_unreadable("caf\xE9,b\n1,x\n", "line 1: the byte 0xE9 is no UTF-8");
    expect_unreadable(std::string("\xFF\xFE"
                                  "a\0,\0b\0",
                                  8),
                      "this is text in UTF-16; convert it first: iconv");
    expect_unreadable(std::string("a\0,\0b\0\n\0", 8), "line 1: a zero byte");
}

TEST(ReadCsv, QuoteThatIsNeverClosedIsNamedWhereItOpens) {
    expect_unreadable("a,b\n1,x\n2,\"y\n3,z\n", "line 3: a quote opens here and is never closed");
}

TEST(ReadCsv, UnusableDelimitersAreRefused) {
    const auto read_with = [](char delimiter, char quote, char decimal_point) {
        ReadOptions options;
        options.delimiter = delimiter;
        options.quote = quote;
        options.decimal_point = decimal_point;
        read_text("a,b\n1,2\n", options);
    };
    expect_error(ErrorKind::usage, "the delimiter must be", [&] { read_with('\n', '"', '.'); });
    expect_error(ErrorKind::usage, "the delimiter must be", [&] { read_with('"', '"', '.'); });
    expect_error(ErrorKind::usage, "the quote must be", [&] { read_with(',', '\r', '.'); });
    expect_error(ErrorKind::usage, "',' cannot be both delimiter and decimal point",
                 [&] { read_with(',', '"', ','); });
}

}  // namespace
}  // namespace thalweg::test
