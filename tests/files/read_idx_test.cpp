#include <gtest/gtest.h>

#include "files/read_helpers.h"

namespace thalweg::test {
namespace {

using Strings = std::vector<std::string>;

std::string tables(const std::string& name) {
    return std::string(THALWEG_TEST_DATA) + "/tables/" + name;
}

/// The header of an IDX file: type, sizes of the dimensions.
std::string idx(char type, const std::vector<unsigned>& dimensions, const std::string& elements) {
    std::string bytes = {0, 0, type, static_cast<char>(dimensions.size())};
    for (const unsigned size : dimensions)
        for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xFF);
    return bytes + elements;
}

TEST(ReadIdx, ImagesBecomeAColumnForEachPixel) {
    const Table table = read_text(idx(8, {2, 2, 3}, "\x01\x02\x03\x04\x05\xFF\x0A\x0B\x0C\x0D\x0E\x0F"));
    EXPECT_EQ(table.names(),
              (Strings{"pixel_0_0", "pixel_0_1", "pixel_0_2", "pixel_1_0", "pixel_1_1", "pixel_1_2"}));
    expect_number(table.column("pixel_0_1"), {2, 11});
    expect_number(table.column("pixel_1_2"), {255, 15});
    EXPECT_TRUE(table.locate(1).ends_with(": row 2")) << table.locate(1);
}

TEST(ReadIdx, EveryTypeOfElementIsRead) {
    expect_number(read_text(idx(0x09, {2}, "\x80\x7F")).column("value"), {-128, 127});
    expect_number(read_text(idx(0x0B, {2}, std::string("\x80\x00\x01\x02", 4))).column("value"),
                  {-32768, 258});
    expect_number(read_text(idx(0x0C, {1}, "\xFF\xFF\xFF\xFE")).column("value"), {-2});
    expect_number(read_text(idx(0x0D, {1}, std::string("\x3F\xC0\x00\x00", 4))).column("value"), {1.5});
    expect_number(read_text(idx(0x0E, {1}, std::string("\xC0\x04\0\0\0\0\0\0", 8))).column("value"), {-2.5});
}

TEST(ReadIdx, OtherDimensionsHaveNamesOfTheirOwn) {
    EXPECT_EQ(read_text(idx(8, {1, 2}, "ab")).names(), (Strings{"value_0", "value_1"}));
    EXPECT_EQ(read_text(idx(8, {1, 1, 1, 2}, "ab")).names(), (Strings{"pixel_0_0_0", "pixel_0_0_1"}));
}

TEST(ReadIdx, LabelsBecomeAColumn) {
    ReadOptions options;
    options.labels = tables("mnist10k.test-labels-idx1-ubyte.gz");
    const Table table = read_table({tables("mnist10k.test-images-idx3-ubyte.gz")}, options);
    EXPECT_EQ(table.rows(), 2000U);
    ASSERT_EQ(table.columns().size(), 785U);
    EXPECT_EQ(table.columns().back().name, "label");
    EXPECT_EQ(table.columns()[783].name, "pixel_27_27");
    const Column& label = table.column("label");
    EXPECT_EQ(label.values.front(), 0);
    EXPECT_EQ(label.values.back(), 9);
}

TEST(ReadIdx, HeaderIsHeldAgainstTheLengthOfTheFile) {
    expect_unreadable(idx(8, {3, 2}, "abcd"),
                      "3 x 2 elements need 6 bytes after the IDX header, the file has 4; was it cut?");
    expect_unreadable(idx(8, {1}, "ab"), "1 elements need 1 bytes after the IDX header, the file has 2");
    expect_unreadable(idx(0x0E, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abcd"), "4294967295 x 4294967295");
    expect_unreadable(std::string("\0\0\x08\x03\0\0", 6), "the IDX header is cut");
    expect_unreadable(idx(8, {0, 2}, ""), "the table has no rows");
    // 2^32 x 2^32 elements come out as 0 bytes where the product is not checked.
    expect_unreadable(idx(8, {0x80000000, 0x80000000, 4}, ""),
                      "2147483648 x 2147483648 x 4 elements need far more bytes");
}

TEST(ReadIdx, LabelsMustFitTheImages) {
    const TemporaryFolder folder;
    const std::string images = (folder / "images").string();
    const std::string labels = (folder / "labels").string();
    write_bytes(images, idx(8, {2, 1, 1}, "ab"));
    ReadOptions options;
    options.labels = labels;
    const auto read = [&] { return read_table({images}, options); };

    write_bytes(labels, idx(8, {3}, "abc"));
    expect_error(ErrorKind::data, labels + " has 3 labels, " + images + " has 2 images", read);
    write_bytes(labels, idx(8, {1, 2}, "ab"));
    expect_error(ErrorKind::data, "labels must be one number for each image, these have 2 dimensions", read);
    write_bytes(labels, "label\n1\n2\n");
    expect_error(ErrorKind::data, labels + ": labels must be an IDX file", read);
    write_bytes(images, "a,b\n1,2\n");
    expect_error(ErrorKind::usage, "labels belong to IDX images", read);
}

}  // namespace
}  // namespace thalweg::test
