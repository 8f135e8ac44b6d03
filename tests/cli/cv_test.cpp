#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

RunResult cv(const WorkFolder& folder, std::vector<std::string> more) {
    std::vector<std::string> words = {"cv",       "houses.csv", "--target", "price",
                                      "--epochs", "3",          "--hidden", "8"};
    words.insert(words.end(), more.begin(), more.end());
    return thalweg(words, {.folder = folder.path()});
}

TEST(Cv, PrintsEveryMetricOverTheFoldsAndKeepsNoFile) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    const RunResult result = cv(folder, {"--folds", "3"});
    EXPECT_EQ(result.status, 0) << result.err;
    for (const char* words :
         {"regression", "60 in 3 folds", "mean", "deviation", "fold 3", "rmse", "mae", "r2"})
        EXPECT_TRUE(holds(result.out, words)) << words << " is not in:\n" << result.out;
    EXPECT_TRUE(holds(result.err, "3/3 networks done")) << result.err;
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"houses.csv"});
}

TEST(Cv, JsonIsOneObjectAndFiveFoldsAreTheDefault) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    folder.write("c.toml", "dropout = 0.1\n");
    const RunResult result = cv(folder, {"--json", "--quiet", "--config", "c.toml"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "");
    const json object = json::parse(result.out);
    EXPECT_EQ(object.at("task"), "regression");
    EXPECT_EQ(object.at("folds"), 5);
    EXPECT_EQ(object.at("metrics").at("rmse").at("folds").size(), 5U);
    EXPECT_TRUE(object.at("metrics").at("r2").at("deviation").is_number());
}

TEST(Cv, IsInterruptedWithWhatThereIs) {
    WorkFolder folder;
    folder.write("houses.csv", houses_csv(200));
    RunningProgram program({"cv", "houses.csv", "--target", "price", "--hidden", "16", "--epochs",
                            "100000000", "--patience", "0"},
                           {.folder = folder.path()}, 100);
    ASSERT_TRUE(program.wait_for("0/5 networks done  network 1")) << program.err();
    program.send(SIGINT);
    EXPECT_EQ(program.finish(), 130) << program.err();
    EXPECT_TRUE(holds(program.err(), "interrupted: 0 of 5 folds were trained to their end")) << program.err();
}

}  // namespace
}  // namespace thalweg::testing
