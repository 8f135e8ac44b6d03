#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/tables.h"
#include "model/option_table.h"
#include "support/program.h"
#include "thalweg/version.hpp"

namespace thalweg::testing {
namespace {

const std::vector<std::string> kCommands = {"train", "predict", "evaluate",   "explain",
                                            "check", "inspect", "completion", "help"};

TEST(Usage, ThalwegAloneGivesAnOverviewOfTheCommands) {
    const RunResult alone = thalweg({});
    EXPECT_EQ(alone.status, 0);
    for (const std::string& command : kCommands) EXPECT_TRUE(holds(alone.out, "\n  " + command)) << command;
    EXPECT_EQ(thalweg({"--help"}).out, alone.out);
    EXPECT_EQ(thalweg({"-h"}).out, alone.out);
    EXPECT_EQ(thalweg({"help"}).out, alone.out);
}

TEST(Usage, VersionNamesTheSimdTarget) {
    const RunResult result = thalweg({"--version"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out, "thalweg " + version() + " (" + simd_target() + ")\n");
}

TEST(Usage, TheEnvironmentForcesASimdTarget) {
    for (const std::string name : {"scalar", "SCALAR"}) {
        const RunResult result = thalweg({"--version"}, {.change = {{"THALWEG_SIMD", name}}});
        EXPECT_EQ(result.status, 0) << result.err;
        // By compiler, one of Highway's two.
        EXPECT_TRUE(holds(result.out, "(SCALAR)") || holds(result.out, "(EMU128)")) << result.out;
    }
    const std::string best = "thalweg " + version() + " (" + simd_target() + ")\n";
    EXPECT_EQ(thalweg({"--version"}, {.change = {{"THALWEG_SIMD", ""}}}).out, best);
    EXPECT_EQ(thalweg({"--version"}, {.change = {{"THALWEG_SIMD", simd_target()}}}).out, best);
}

TEST(Usage, ASimdTargetThatTheMachineLacksIsRefusedWithThoseThatItHas) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(30));
    const std::vector<std::string> train = {"train", "flowers.csv", "--target", "kind"};
    for (const std::string name : {"RVV", "AVX9", "AVX2,scalar"})
        for (const auto& words : {std::vector<std::string>{"--version"}, train}) {
            const RunResult result =
                thalweg(words, {.folder = folder.path(), .change = {{"THALWEG_SIMD", name}}});
            EXPECT_EQ(result.status, 2);
            EXPECT_TRUE(result.out.empty()) << result.out;
            EXPECT_TRUE(
                holds(result.err, "THALWEG_SIMD: this machine cannot run the SIMD target '" + name + "'"))
                << result.err;
            EXPECT_TRUE(holds(result.err, simd_target())) << result.err;
            EXPECT_TRUE(holds(result.err, " (or scalar)")) << result.err;
            EXPECT_EQ(folder.entries(), std::vector<std::string>{"flowers.csv"});
        }
}

TEST(Usage, HelpOfACommandHasItsUsageAndAnExample) {
    for (const std::string& command : kCommands) {
        const RunResult result = thalweg({command, "--help"});
        EXPECT_EQ(result.status, 0) << command;
        EXPECT_TRUE(holds(result.out, "Usage: thalweg " + command)) << result.out;
        EXPECT_TRUE(holds(result.out, "Example")) << command;
        EXPECT_TRUE(result.err.empty()) << result.err;
        EXPECT_EQ(thalweg({command, "-h"}).out, result.out);
        EXPECT_EQ(thalweg({"help", command}).out, result.out);
    }
}

TEST(Usage, HelpOfTrainTellsEveryFlagWithItsChoicesAndDefault) {
    const std::string help = thalweg({"train", "--help"}).out;
    TrainOptions train;
    for (const Option& option : bind_options(train))
        EXPECT_TRUE(holds(help, "\n  " + option.flag() + " ") || holds(help, "\n  " + option.flag() + "\n"))
            << option.flag();
    EXPECT_TRUE(holds(help, "logistic, tanh, linear, relu"));
    EXPECT_TRUE(holds(help, "Default: 0.999;"));
}

TEST(Usage, HelpFitsIntoItsLines) {
    const std::string help = thalweg({"train", "--help"}).out;
    std::size_t start = 0;
    for (std::size_t end; (end = help.find('\n', start)) != std::string::npos; start = end + 1)
        EXPECT_LE(end - start, 100U) << help.substr(start, end - start);
}

TEST(Usage, ReferencePagesInDocsAreWhatTheProgramPrints) {
    const std::filesystem::path docs =
        std::filesystem::path(THALWEG_TEST_DATA).parent_path().parent_path() / "docs";
    for (const std::string command : {"train", "predict", "evaluate", "explain", "check", "inspect"}) {
        const RunResult printed = thalweg({"help", "--markdown", command});
        EXPECT_EQ(printed.status, 0);
        const RunResult page = run({"cat", (docs / (command + ".md")).string()});
        EXPECT_TRUE(page.out == printed.out)
            << "write it anew with: thalweg help --markdown " << command << " > docs/" << command << ".md";
    }
}

TEST(Usage, WordsAfterTwoDashesAreFilesWhateverTheyLookLike) {
    const WorkFolder folder;
    folder.write("--odd.csv", "a,b\n1,x\n2,y\n");
    const RunResult result = thalweg({"inspect", "--", "--odd.csv"}, {.folder = folder.path()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(holds(result.out, "2 rows")) << result.out;
}

TEST(Usage, AFullDiskBehindStandardOutputIsAnError) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"train", "--help"}, {"--version"}, {"completion", "bash"}}) {
        const RunResult result = thalweg(words, {.output_to = "/dev/full"});
        EXPECT_EQ(result.status, 1) << words.front();
        EXPECT_TRUE(holds(result.err, "error: ")) << result.err;
    }
}

TEST(Usage, AReaderThatGoesAwayEndsTheProgramWithoutAWord) {
    const RunResult result = run({"bash", "-c", "\"$0\" train --help | head -1", THALWEG_PROGRAM});
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "Learn to predict a column of a table from the others\n");
}

}  // namespace
}  // namespace thalweg::testing
