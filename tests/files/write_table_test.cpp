#include <gtest/gtest.h>

#include <fcntl.h>
#include <rapidcheck.h>
#include <unistd.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

Table sample() {
    return read_text(
        "number,text,when\n0.1,\"a, "
        "\"\"quoted\"\"\nvalue\",2020-02-29\n,,\n1e300,plain,2020-02-29T12:00:00.5\n");
}

void expect_sample(const Table& table) {
    expect_number(table.column("number"), {0.1, kMissing, 1e300});
    expect_text(table.column("text"), {"a, \"quoted\"\nvalue", "", "plain"});
    expect_time(table.column("when"), {1582934400, kMissing, 1582934400 + 43200.5});
}

TEST(WriteTable, CsvIsQuotedWhereItMustBe) {
    const TemporaryFolder folder;
    write_table(sample(), folder / "t.csv");
    EXPECT_EQ(bytes_of(folder / "t.csv"),
              "number,text,when\n"
              "0.1,\"a, \"\"quoted\"\"\nvalue\",2020-02-29\n"
              ",,\n"
              "1e+300,plain,2020-02-29T12:00:00.5\n");
}

TEST(WriteTable, EveryKindOfFileGivesTheTableBack) {
    const TemporaryFolder folder;
    for (const std::string name :
         {"t.csv", "t.tsv", "t.csv.gz", "t.csv.zst", "t.tsv.gz", "t.parquet", "t.arrow", "t.feather", "t"}) {
        SCOPED_TRACE(name);
        write_table(sample(), folder / name);
        expect_sample(read_table({(folder / name).string()}));
    }
}

TEST(WriteTable, EndingsDecideTheKind) {
    const TemporaryFolder folder;
    const auto starts_with = [&](const std::string& name, std::string_view start) {
        write_table(sample(), folder / name);
        return bytes_of(folder / name).starts_with(start);
    };
    EXPECT_TRUE(starts_with("t.parquet", "PAR1"));
    EXPECT_TRUE(starts_with("t.arrow", "ARROW1"));
    EXPECT_TRUE(starts_with("t.tsv", "number\ttext\twhen\n"));
    EXPECT_TRUE(starts_with("t.csv.gz", "\x1F\x8B"));
    EXPECT_TRUE(starts_with("t.txt", "number,text,when\n"));
}

TEST(WriteTable, MissingCellsOfASingleColumnStayRows) {
    const TemporaryFolder folder;
    const Table two_columns = read_text("a,b\n,1\n2,1\n");
    write_table(Table({two_columns.column("a")}), folder / "t.csv");
    EXPECT_EQ(bytes_of(folder / "t.csv"), "a\n\"\"\n2\n");
    expect_number(read_table({(folder / "t.csv").string()}).column("a"), {kMissing, 2});
}

TEST(WriteTable, StandardOutputIsCsv) {
    const TemporaryFolder folder;
    const int file = ::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600);
    const int old = ::dup(STDOUT_FILENO);
    ::dup2(file, STDOUT_FILENO);
    write_table(sample(), "-");
    ::dup2(old, STDOUT_FILENO);
    ::close(old);
    ::close(file);
    EXPECT_TRUE(bytes_of(folder / "out").starts_with("number,text,when\n0.1,"));
}

TEST(WriteTable, FullDiskIsAnErrorForEveryKind) {
    const TemporaryFolder folder;
    for (const std::string name : {"t.csv", "t.csv.gz", "t.parquet", "t.arrow"}) {
        std::filesystem::create_symlink("/dev/full", folder / name);
        expect_error(ErrorKind::io,
                     "cannot write '" + (folder / name).string() + "': no space left on device",
                     [&] { write_table(sample(), folder / name); });
    }
}

TEST(WriteTable, MissingFolderIsAnError) {
    const TemporaryFolder folder;
    expect_error(ErrorKind::io, "there is no folder",
                 [&] { write_table(sample(), folder / "none" / "t.parquet"); });
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

/// Random cells, written by hand after RFC 4180, read back as they were.
TEST(WriteTable, RandomTextsSurviveWritingAndReading) {
    const bool held = rc::check("texts survive", [] {
        const auto cell = rc::gen::container<std::string>(
            rc::gen::element('a', 'b', ',', ';', '"', '\n', '\r', '\t', ' ', '|', '7'));
        const auto rows = *rc::gen::nonEmpty(
            rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(cell, cell)));
        Column first, second;
        first.type = second.type = ColumnType::text;
        first.name = "first";
        second.name = "second";
        for (const auto& [left, right] : rows) {
            for (auto [column, text] : {std::pair(&first, &left), std::pair(&second, &right)}) {
                column->codes.push_back(static_cast<std::uint32_t>(column->dictionary.size()));
                column->dictionary.push_back(*text);
            }
        }
        const TemporaryFolder folder;
        write_table(Table({first, second}), folder / "t.csv");
        ReadOptions options;
        options.missing = {""};
        options.text_columns = {"first", "second"};
        const Table read = read_table({(folder / "t.csv").string()}, options);
        RC_ASSERT(read.rows() == rows.size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
            // A blank cell is what a missing word with a space beside it looks like.
            const auto as_read = [](const std::string& text) { return text == " " ? "" : text; };
            RC_ASSERT(read.column("first").text(row) == as_read(rows[row].first));
            RC_ASSERT(read.column("second").text(row) == as_read(rows[row].second));
        }
    });
    EXPECT_TRUE(held);
}

TEST(WriteTable, NumbersSurviveToTheLastBit) {
    const bool held = rc::check("numbers survive", [] {
        const auto values =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::arbitrary<double>()));
        Column column;
        column.name = "n";
        column.values = values;
        const TemporaryFolder folder;
        for (const std::string name : {"t.csv", "t.parquet"}) {
            write_table(Table({column}), folder / name);
            RC_ASSERT(read_table({(folder / name).string()}).column("n").values == values);
        }
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace thalweg::test
