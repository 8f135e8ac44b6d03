#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

/// A case of bad_input.json: the files to make, the command that goes well `before`, the command, and what
/// must come of it.
struct BadInput {
    json about;
    friend std::ostream& operator<<(std::ostream& stream, const BadInput& bad) {
        return stream << bad.about.at("command");
    }
};

std::vector<BadInput> all_cases() {
    const auto tests = std::filesystem::path(THALWEG_TEST_DATA).parent_path();
    std::ifstream file(tests / "cli" / "bad_input.json");
    std::vector<BadInput> cases;
    for (const json& about : json::parse(file)) cases.push_back({about});
    return cases;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), to);
    return text;
}

std::string of_bytes(const json& bytes) {
    std::string text;
    for (const json& byte : bytes) text += static_cast<char>(byte.get<int>());
    return text;
}

/// A file is its text, its bytes, or a header and `rows` times a row in which $i is the row's number from 1
/// and $m that number modulo 7.
std::string content_of(const json& file) {
    if (file.is_string()) return file;
    if (file.contains("bytes")) return of_bytes(file["bytes"]);
    std::string text = file.at("header").get<std::string>() + "\n";
    for (int i = 1; i <= file.at("rows"); ++i) {
        const std::string row = replaced(file.at("row"), "$i", std::to_string(i));
        text += replaced(row, "$m", std::to_string(i % 7)) + "\n";
    }
    return text + file.value("then", "") + of_bytes(file.value("then_bytes", json::array()));
}

/// Two tables that nothing is wrong with.
const json kGoodFiles = {
    {"houses.csv", {{"header", "rooms,size,price"}, {"rows", 40}, {"row", "$m,$i.5,$i000"}}},
    {"flowers.csv", {{"header", "length,kind"}, {"rows", 20}, {"row", "$i.1,rose\n$i.2,lily\n$i.3,tulip"}}}};

std::vector<std::string> words_of(const std::string& command) {
    std::istringstream stream(command);
    return {std::istream_iterator<std::string>(stream), {}};
}

class BadInputTest : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsToldOnStandardErrorAndLeavesNothingBehind) {
    const json& about = GetParam().about;
    const WorkFolder folder;
    for (const auto& [name, file] : kGoodFiles.items()) folder.write(name, content_of(file));
    if (about.contains("files"))
        for (const auto& [name, file] : about["files"].items()) folder.write(name, content_of(file));
    if (about.contains("before")) {
        ASSERT_EQ(thalweg(words_of(about["before"]), {.folder = folder.path()}).status, 0);
    }
    const std::vector<std::string> before = folder.entries();
    const std::string houses = folder.read("houses.csv");

    const RunResult result = thalweg(words_of(about.at("command")), {.folder = folder.path()});

    EXPECT_EQ(result.status, about.at("status").get<int>()) << result.err;
    EXPECT_EQ(result.out, "");
    const std::size_t error = result.err.find("error: ");
    ASSERT_NE(error, std::string::npos) << result.err;
    const std::string message = result.err.substr(error);
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1) << "one line tells it: " << message;
    for (const std::string words : about.at("says"))
        EXPECT_NE(message.find(words), std::string::npos) << "'" << words << "' is not in: " << message;
    EXPECT_EQ(folder.entries(), before) << "files were left behind";
    EXPECT_EQ(folder.read("houses.csv"), houses) << "the data was touched";
}

INSTANTIATE_TEST_SUITE_P(Cli, BadInputTest, ::testing::ValuesIn(all_cases()), [](const auto& bad) {
    return bad.param.about.at("name").template get<std::string>();
});

}  // namespace
}  // namespace thalweg::testing
