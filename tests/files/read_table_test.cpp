#include <gtest/gtest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

using Strings = std::vector<std::string>;

std::string tables(const std::string& name) {
    return std::string(THALWEG_TEST_DATA) + "/tables/" + name;
}

/// Standard input is these bytes, from a pipe, while this lives.
class PipedInput {
  public:
    explicit PipedInput(const std::string& bytes) : old_(::dup(STDIN_FILENO)) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        writer_ = std::thread([bytes, end = ends[1]] {
            for (std::size_t at = 0; at < bytes.size();) {
                const ssize_t written = ::write(end, bytes.data() + at, bytes.size() - at);
                if (written <= 0) break;
                at += static_cast<std::size_t>(written);
            }
            ::close(end);
        });
    }
    ~PipedInput() {
        ::dup2(old_, STDIN_FILENO);
        ::close(old_);
        writer_.join();
    }

  private:
    int old_;
    std::thread writer_;
};

/// Several tables, a file each.
class Files {
  public:
    explicit Files(const Strings& contents) {
        for (const std::string& content : contents) {
            paths_.push_back((folder_ / ("t" + std::to_string(paths_.size()) + ".csv")).string());
            write_bytes(paths_.back(), content);
        }
    }
    const Strings& paths() const { return paths_; }
    Table read(const ReadOptions& options = {}) const { return read_table(paths_, options); }

  private:
    TemporaryFolder folder_;
    Strings paths_;
};

TEST(ReadTable, GzipIsToldByItsBytes) {
    const Table table = read_table({tables("titanic.test.csv.gz")});
    EXPECT_EQ(table.rows(), 178U);
    EXPECT_EQ(table.columns().size(), 14U);
    EXPECT_EQ(table.locate(177), tables("titanic.test.csv.gz") + ": line 179");
    const TemporaryFolder folder;
    std::filesystem::copy_file(tables("titanic.test.csv.gz"), folder / "plain.csv");
    EXPECT_EQ(read_table({(folder / "plain.csv").string()}).rows(), 178U);
}

TEST(ReadTable, ZstdIsRead) {
    const TemporaryFolder folder;
    const std::string path = (folder / "t.csv.zst").string();
    write_table(read_text("a,b\n1,x\n2,y\n"), path);
    EXPECT_TRUE(bytes_of(path).starts_with("\x28\xB5\x2F\xFD"));
    expect_number(read_table({path}).column("a"), {1, 2});
}

TEST(ReadTable, CutGzipIsRefused) {
    const TemporaryFolder folder;
    const std::string path = (folder / "t.csv.gz").string();
    const std::string whole = bytes_of(tables("movies.train.csv.gz"));
    for (const std::size_t length : {std::size_t{12}, whole.size() / 2, whole.size() - 4}) {
        write_bytes(path, whole.substr(0, length));
        expect_error(ErrorKind::data, "damaged or cut", [&] { read_table({path}); });
    }
}

TEST(ReadTable, StandardInputIsReadPlainAndPacked) {
    {
        const PipedInput input("a,b\n1,x\n2,y\n");
        const Table table = read_table({"-"});
        expect_text(table.column("b"), {"x", "y"});
        EXPECT_EQ(table.source(), "standard input");
        EXPECT_EQ(table.locate(1), "standard input: line 3");
    }
    const PipedInput input(bytes_of(tables("titanic.test.csv.gz")));
    EXPECT_EQ(read_table({"-"}).rows(), 178U);
}

TEST(ReadTable, TypesOnStandardInputAreThoseOfAllItsRows) {
    std::string text = "n,late\n";
    for (int i = 0; i < 200000; ++i) text += fmt::format("{},0{}\n", i, i);
    const TemporaryFolder folder;
    write_bytes(folder / "t.csv", text + "0.5,word\n");
    write_table(read_table({(folder / "t.csv").string()}), folder / "t.csv.gz");
    for (const std::string name : {"t.csv", "t.csv.gz"}) {
        const PipedInput input(bytes_of(folder / name));
        const Table table = read_table({"-"});
        ASSERT_EQ(table.rows(), 200001U);
        EXPECT_EQ(table.column("n").values[200000], 0.5);
        EXPECT_EQ(table.column("late").text(199999), "0199999");
        EXPECT_EQ(table.column("late").text(200000), "word");
        EXPECT_EQ(table.locate(200000), "standard input: line 200002");
    }
}

TEST(ReadTable, StandardInputMayBeAnyKindOfFile) {
    const PipedInput input(bytes_of(std::string(THALWEG_TEST_DATA) + "/kinds/types.parquet"));
    expect_number(read_table({"-"}).column("int8"), {-128, kMissing, 127});
}

TEST(ReadTable, BadLineOnStandardInputIsNamed) {
    const PipedInput input("a,b\n1,2\n3\n");
    expect_error(ErrorKind::data, "standard input: line 3: 1 field", [] { read_table({"-"}); });
}

TEST(ReadTable, StandardInputIsNamedOnce) {
    expect_error(ErrorKind::usage, "standard input can be read only once", [] { read_table({"-", "-"}); });
    expect_error(ErrorKind::usage, "no table was named", [] { read_table({}); });
}

TEST(ReadTable, SeveralFilesAreRowsOfOneTable) {
    const Files files({"a,b,when\n1,x,2020-01-01\n2,y,2020-01-02\n", "b,when,a\ny,,3\nz,1970-01-02,\n"});
    const Table table = files.read();
    EXPECT_EQ(table.names(), (Strings{"a", "b", "when"}));
    expect_number(table.column("a"), {1, 2, 3, kMissing});
    expect_text(table.column("b"), {"x", "y", "y", "z"});
    EXPECT_EQ(table.column("b").dictionary, (Strings{"x", "y", "z"}));
    expect_time(table.column("when"), {1577836800, 1577923200, kMissing, 86400});
    EXPECT_EQ(table.locate(1), files.paths()[0] + ": line 3");
    EXPECT_EQ(table.locate(2), files.paths()[1] + ": line 2");
    EXPECT_EQ(table.source(), files.paths()[0] + ", " + files.paths()[1]);
}

TEST(ReadTable, TypesAreThoseOfAllFiles) {
    const Table table = Files({"a,n,none\n007,1,\n2,2,\n", "a,n,none\nx,3,z\n"}).read();
    expect_text(table.column("a"), {"007", "2", "x"});
    expect_number(table.column("n"), {1, 2, 3});
    expect_text(table.column("none"), {"", "", "z"});
}

TEST(ReadTable, FilesOfDifferentKindsFitTogether) {
    const TemporaryFolder folder;
    const std::string parquet = (folder / "t.parquet").string();
    write_table(read_text("a,b\n1,x\n"), parquet);
    const Files csv({"a,b\n2,y\n"});
    const Table table = read_table({parquet, csv.paths()[0]});
    expect_number(table.column("a"), {1, 2});
    expect_text(table.column("b"), {"x", "y"});
    EXPECT_EQ(table.locate(0), parquet + ": row 1");
    EXPECT_EQ(table.locate(1), csv.paths()[0] + ": line 2");

    const Files text_for_number({"a,b\nmany,y\n"});
    expect_error(ErrorKind::data, "column 'a' is not of one type: number in " + parquet + ", text in ", [&] {
        read_table({parquet, text_for_number.paths()[0]});
    });
}

TEST(ReadTable, FilesWithOtherColumnsAreRefusedByName) {
    const Files missing({"a,b\n1,2\n", "a\n1\n"});
    expect_error(ErrorKind::data,
                 missing.paths()[1] + ": no column 'b', which " + missing.paths()[0] + " has",
                 [&] { missing.read(); });
    const Files extra({"a\n1\n", "a,b\n1,2\n"});
    expect_error(ErrorKind::data, extra.paths()[1] + ": column 'b' is not in " + extra.paths()[0],
                 [&] { extra.read(); });
}

TEST(ReadTable, FileThatIsNotThereOffersTheNearest) {
    const TemporaryFolder folder;
    write_bytes(folder / "houses.csv", "a\n1\n");
    expect_error(ErrorKind::io, "did you mean '" + (folder / "houses.csv").string() + "'?",
                 [&] { read_table({(folder / "house.csv").string()}); });
    expect_error(ErrorKind::io, "is a folder, not a table", [&] { read_table({folder.path().string()}); });
}

TEST(ReadTable, FilesThatAreNoTableAreNamedForWhatTheyAre) {
    expect_unreadable("PK\x03\x04\x14", "this is a spreadsheet or a zip archive; save it as CSV");
    expect_unreadable("BZh91AY&SY...", "this is compressed with bzip2");
    expect_unreadable("{\"a\": 1}\n", "this is JSON; save it as CSV or Parquet");
    expect_unreadable("<!DOCTYPE html>\n", "this is a web page");
    expect_unreadable(std::string("SQLite format 3\0", 16), "this is a SQLite database");
}

TEST(ReadTable, ColumnsWithNamesLikeMagicBytesAreText) {
    expect_number(read_text("PAR1,PAR2\n1,2\n").column("PAR1"), {1});
    expect_number(read_text("ARROW1\n1\n").column("ARROW1"), {1});
}

TEST(ReadTable, PublicTablesHaveTheirRowsAndTypes) {
    const Table movies = read_table({tables("movies.train.csv.gz"), tables("movies.test.csv.gz")});
    EXPECT_EQ(movies.rows(), 2260U);
    EXPECT_EQ(movies.column("IMDB Rating").type, ColumnType::number);
    EXPECT_EQ(movies.column("Major Genre").type, ColumnType::text);
    const Table digits = read_table({tables("digits.train.csv.gz"), tables("digits.test.csv.gz")});
    EXPECT_EQ(digits.rows(), 1797U);
    EXPECT_EQ(digits.columns().size(), 65U);
}

}  // namespace
}  // namespace thalweg::test
