#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

namespace fs = std::filesystem;

/// A training that would go on for hours.
std::vector<std::string> long_training() {
    return {"train",     "houses.csv", "--target", "price",    "--epochs",
            "100000000", "--patience", "0",        "--hidden", "16"};
}

class Interrupt : public ::testing::TestWithParam<int> {};

TEST_P(Interrupt, StopsTrainingAndKeepsTheBestModelSoFar) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(200));
    RunningProgram program(long_training(), {.folder = folder.path()});
    ASSERT_TRUE(program.wait_for("epoch 1/")) << program.err();
    program.send(GetParam());
    EXPECT_EQ(program.finish(), 130) << program.err();
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"houses.csv", "model.safetensors"}));
    const RunResult result =
        thalweg({"evaluate", "model.safetensors", "houses.csv"}, {.folder = folder.path()});
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST_P(Interrupt, KeepsTheNetworksOfAnEnsembleThatHadBegun) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(200));
    std::vector<std::string> words = long_training();
    words.insert(words.end(), {"--ensemble", "20"});
    RunningProgram program(words, {.folder = folder.path()}, 100);
    ASSERT_TRUE(program.wait_for("0/20 networks done  network 1")) << program.err();
    program.send(GetParam());
    EXPECT_EQ(program.finish(), 130) << program.err();
    EXPECT_TRUE(holds(program.err(), "networks are left out: training ended before they had learnt anything"))
        << program.err();
    const RunResult result =
        thalweg({"evaluate", "model.safetensors", "houses.csv"}, {.folder = folder.path()});
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST_P(Interrupt, BeforeTrainingEndsAtOnceAndLeavesNothing) {
    WorkFolder folder;
    const std::string pipe = (folder.path() / "pipe").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    RunningProgram program({"train", "pipe", "--target", "price"}, {.folder = folder.path()});
    // Opening the pipe to write returns once the program reads it: it is past its start then.
    FILE* writer = fopen(pipe.c_str(), "w");
    ASSERT_NE(writer, nullptr);
    program.send(GetParam());
    EXPECT_EQ(program.finish(), 130);
    fclose(writer);
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"pipe"});
}

bool is_half_written(const std::string& name) {
    return name.ends_with(".part");
}

TEST_P(Interrupt, InTheMidstOfWritingLeavesNothingHalfWritten) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(200));
    folder.write("many.csv", houses_csv(300'000));
    ASSERT_EQ(
        thalweg({"train", "houses.csv", "--target", "price", "--epochs", "1"}, {.folder = folder.path()})
            .status,
        0);
    RunningProgram program({"predict", "model.safetensors", "many.csv", "-o", "predictions.csv"},
                           {.folder = folder.path()});
    const auto has_ended = [&] { return fs::exists(folder.path() / "predictions.csv"); };
    const auto has_begun = [&] { return std::ranges::any_of(folder.entries(), is_half_written); };
    for (int look = 0; look < 1'000'000 && !has_ended() && !has_begun();) ++look;
    program.send(GetParam());
    const int status = program.finish();
    EXPECT_TRUE(status == 130 || (status == 0 && has_ended())) << status << ' ' << program.err();
    EXPECT_TRUE(std::ranges::none_of(folder.entries(), is_half_written));
}

INSTANTIATE_TEST_SUITE_P(Cli, Interrupt, ::testing::Values(SIGINT, SIGTERM), [](const auto& signal) {
    return std::string(signal.param == SIGINT ? "ControlC" : "Terminate");
});

/// What the terminal shows between two carriage returns, without the sequence that clears the rest.
std::vector<std::string> redrawn_lines(const std::string& shown) {
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (std::size_t at; (at = shown.find("\x1b[K", start)) != std::string::npos; start = at + 3) {
        const std::string line = shown.substr(start, at - start);
        lines.push_back(line.substr(line.find_last_of("\r\n") + 1));
    }
    return lines;
}

TEST(Terminal, ProgressIsOneLineRedrawnWithinTheWidth) {
    for (const unsigned short width : {30, 100}) {
        WorkFolder folder;
        folder.write("houses.csv", houses_csv(200));
        RunningProgram program({"train", "houses.csv", "--target", "price", "--hidden", "8", "--epochs",
                                "300", "--patience", "0"},
                               {.folder = folder.path()}, width);
        ASSERT_EQ(program.finish(), 0) << program.err();
        const std::vector<std::string> lines = redrawn_lines(program.err());
        ASSERT_GE(lines.size(), 2U) << program.err();
        for (const std::string& line : lines) EXPECT_LT(line.size(), width) << line;
        EXPECT_TRUE(holds(lines.front(), "epoch 1/300")) << lines.front();
        EXPECT_EQ(holds(lines.front(), " left"), width == 100) << lines.front();
        EXPECT_EQ(lines.back(), "") << "the line is gone at the end";
    }
}

TEST(Terminal, QuietDrawsNothing) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    RunningProgram program({"train", "houses.csv", "--target", "price", "--epochs", "3", "--quiet"},
                           {.folder = folder.path()}, 80);
    EXPECT_EQ(program.finish(), 0);
    EXPECT_EQ(program.err(), "");
}

}  // namespace
}  // namespace thalweg::testing
