#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "thalweg/table.hpp"

namespace thalweg::test {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The table that a file of these bytes holds.
inline Table read_text(std::string_view bytes, const ReadOptions& options = {},
                       const std::string& name = "t.csv") {
    const TemporaryFolder folder;
    write_bytes(folder / name, bytes);
    return read_table({(folder / name).string()}, options);
}

/// Reading a file of these bytes fails with Error{data}: "<path>: <what>".
inline void expect_unreadable(std::string_view bytes, const std::string& what,
                              const ReadOptions& options = {}) {
    const TemporaryFolder folder;
    const std::string path = (folder / "t.csv").string();
    write_bytes(path, bytes);
    expect_error(ErrorKind::data, path + ": " + what, [&] { read_table({path}, options); });
}

/// Equal numbers; missing where `expected` is NaN.
inline void expect_values(const Column& column, const std::vector<double>& expected) {
    ASSERT_EQ(column.values.size(), expected.size()) << column.name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const bool equal =
            column.values[i] == expected[i] || (std::isnan(column.values[i]) && std::isnan(expected[i]));
        EXPECT_TRUE(equal) << column.name << " row " << i << ": got " << column.values[i] << ", expected "
                           << expected[i];
    }
}

inline void expect_number(const Column& column, const std::vector<double>& expected) {
    EXPECT_EQ(column.type, ColumnType::number) << column.name;
    expect_values(column, expected);
}

inline void expect_time(const Column& column, const std::vector<double>& expected) {
    EXPECT_EQ(column.type, ColumnType::time) << column.name;
    expect_values(column, expected);
}

/// The cells as text, "" for missing ones.
inline void expect_text(const Column& column, const std::vector<std::string>& expected) {
    EXPECT_EQ(column.type, ColumnType::text) << column.name;
    ASSERT_EQ(column.rows(), expected.size()) << column.name;
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(column.text(i), expected[i]) << column.name << " row " << i;
}

}  // namespace thalweg::test
