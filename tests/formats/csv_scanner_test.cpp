#include "formats/csv_scanner.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

/// What the scanner makes of a text that comes in pieces of `piece` bytes: rows and lines, or the error.
std::string scanned(const std::string& text, std::size_t piece) {
    CsvScanner scanner("t", {',', '"'}, true);
    try {
        for (std::size_t at = 0; at < text.size(); at += piece)
            scanner.scan(std::string_view(text).substr(at, piece));
        scanner.finish();
    } catch (const Error& error) {
        return error.what();
    }
    std::string result = std::to_string(scanner.rows()) + " rows:";
    for (const Table::LineRun& run : scanner.lines())
        result += " " + std::to_string(run.row) + "@" + std::to_string(run.line);
    return result;
}

TEST(CsvScanner, RowsAndTheirLines) {
    EXPECT_EQ(scanned("a,b\n1,2\n3,4\n", 100), "2 rows: 0@2");
    EXPECT_EQ(scanned("a,b\r\n1,2\r\n\r\n3,4", 100), "2 rows: 0@2 1@4");
    EXPECT_EQ(scanned("a,b\n\"x\n\n\",2\n3,4\n5,6\n", 100), "3 rows: 0@2 1@5");
    EXPECT_EQ(scanned("a\rb\rc\r", 100), "2 rows: 0@2");
    EXPECT_EQ(scanned("a\n\"\"\n\n\"\"\n", 100), "2 rows: 0@2 1@4");
    EXPECT_EQ(scanned("a,b\n", 100), "0 rows:");
    EXPECT_EQ(scanned("", 100), "0 rows:");
}

TEST(CsvScanner, QuotesCountOnlyAtTheStartOfAField) {
    EXPECT_EQ(scanned("a,b\nx\",y\nz,\"w\"\",\n\"\n", 100), "2 rows: 0@2");
    EXPECT_EQ(scanned("a,b\n\"x\"y\",z\n", 100), "1 rows: 0@2");
}

TEST(CsvScanner, WellFormedUtf8PassesAndNothingElse) {
    EXPECT_EQ(scanned("a\nÄ€😀\xEF\xBF\xBF\xF4\x8F\xBF\xBF\n", 100), "1 rows: 0@2");
    const std::vector<std::string> ill_formed = {
        "\x80",              // continues nothing
        "\xC0\x80",          // longer than it need be
        "\xC1\xBF",          // longer than it need be
        "\xE0\x9F\xBF",      // longer than it need be
        "\xF0\x8F\xBF\xBF",  // longer than it need be
        "\xED\xA0\x80",      // a surrogate
        "\xF4\x90\x80\x80",  // past the last character
        "\xF5\x80\x80\x80",  // no first byte
        "\xC3",              // cut by the line end
        "\xE2\x82",          // cut by the line end
        "\xE2(\xA1",         // cut by a letter
    };
    for (const std::string& bytes : ill_formed) {
        const std::string result = scanned("a\nx\n" + bytes + "\n", 100);
        EXPECT_TRUE(result.starts_with("t: line 3: the byte 0x")) << result;
    }
    EXPECT_EQ(scanned("a\nx\n\xE2\x82", 100),
              "t: line 3: the text ends inside a character; was the file cut?");
}

TEST(CsvScanner, PiecesDoNotMatter) {
    const bool held = rc::check("any cut gives the same", [] {
        const auto text = *rc::gen::container<std::string>(
            rc::gen::element<char>('a', 'b', ',', '"', '\n', '\r', '\xC3', '\xA9', '\xE2', '\x82', '\xAC'));
        const std::string whole = scanned(text, text.size() + 1);
        for (const std::size_t piece : {1U, 2U, 3U, 7U}) RC_ASSERT(scanned(text, piece) == whole);
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace thalweg::test
