#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "model/safetensors.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = THALWEG_TEST_DATA "/models";

std::vector<fs::path> model_files() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kModels))
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    return files;
}

/// What the version that wrote the model predicted; doubles are written so that they read back as they were.
Table predicted_then(const fs::path& model) {
    return read_table({fs::path(model).replace_extension(".csv").string()});
}

TEST(ModelsOfEveryVersion, PredictTheSameBitsAsWhenTheyWereWritten) {
    const Table rows = read_table({(kModels / "rows.csv").string()});
    for (const fs::path& file : model_files()) {
        SCOPED_TRACE(file.filename().string());
        const Table now = Model::load(file).predict(rows).to_table();
        const Table then = predicted_then(file);
        ASSERT_EQ(now.names(), then.names());
        ASSERT_EQ(then.rows(), 20U);
        ASSERT_EQ(now.rows(), then.rows());
        for (const std::string& name : then.names())
            for (std::size_t row = 0; row < 20; ++row) {
                const Column& expected = then.column(name);
                if (expected.type == ColumnType::number)
                    EXPECT_EQ(now.column(name).value(row), expected.value(row)) << name << ", row " << row;
                else
                    EXPECT_EQ(now.column(name).text(row), expected.text(row)) << name << ", row " << row;
            }
    }
}

TEST(ModelsOfEveryVersion, AreThereInEveryFormat) {
    std::map<std::string, int> of_format;
    for (const fs::path& file : model_files()) {
        std::ifstream stream(file, std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(stream), {});
        ++of_format[read_safetensors(bytes, file.string()).metadata.at("thalweg.format")];
    }
    for (const char* const format : {"1", "2", "3", "4", "5", "6", "7", "8"})
        EXPECT_GE(of_format[format], 1) << format;
}

}  // namespace
}  // namespace thalweg
