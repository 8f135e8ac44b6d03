#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

std::vector<json> json_lines(const std::string& text) {
    std::vector<json> lines;
    for (const std::string& line : lines_of(text)) lines.push_back(json::parse(line));
    return lines;
}

std::vector<std::string> train_words(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"train",        "houses.csv", "--target",     "price", "--hidden", "4",
                                      "--epochs",     "3",          "--batch-size", "16",    "--quiet",  "-o",
                                      "m.safetensors"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

TEST(TrainingLog, HasEveryStepAndEpochAndTheEndOfEachNetwork) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    const RunResult result =
        thalweg(train_words({"--ensemble", "2", "--log", "log.jsonl"}), {.folder = folder.path()});
    ASSERT_EQ(result.status, 0) << result.err;
    const std::vector<json> lines = json_lines(folder.read("log.jsonl"));
    std::map<std::pair<int, std::string>, int> counts;
    for (const json& line : lines)
        if (line["event"] != "end") ++counts[{line["network"], line["event"]}];
    for (const int network : {1, 2}) {
        EXPECT_EQ((counts[{network, "epoch"}]), 3);
        EXPECT_EQ((counts[{network, "step"}]), 3 * 4) << "51 rows to learn from, 16 a step";
    }
    EXPECT_EQ(lines.back()["event"], "end");
    EXPECT_EQ(lines.back()["stop_reason"], "epochs");
    EXPECT_TRUE(lines.back()["metrics"].contains("rmse"));
}

TEST(TrainingLog, DoesNotChangeABitOfTheModel) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    ASSERT_EQ(thalweg(train_words({}), {.folder = folder.path()}).status, 0);
    const std::string without = folder.read("m.safetensors");
    ASSERT_EQ(thalweg(train_words({"--log", "log.jsonl", "--tensorboard", "runs"}), {.folder = folder.path()})
                  .status,
              0);
    EXPECT_TRUE(folder.read("m.safetensors") == without);
}

TEST(TrainingLog, AsEventFilesHoldsTheSameNumbers) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    ASSERT_EQ(thalweg(train_words({"--ensemble", "1", "--log", "log.jsonl", "--tensorboard", "runs/a"}),
                      {.folder = folder.path()})
                  .status,
              0);
    std::string events;
    for (const std::string& entry : folder.entries())
        if (holds(entry, "events.out.tfevents.")) events = entry;
    const auto reader = std::filesystem::path(THALWEG_TEST_DATA).parent_path() / "cli" / "read_events.py";
    const RunResult read = run({THALWEG_PYTHON, reader.string(), events}, {.folder = folder.path()});
    ASSERT_EQ(read.status, 0) << read.err;
    std::map<std::string, std::vector<float>> of_events, of_log;
    for (const json& entry : json_lines(read.out)) of_events[entry[1]].push_back(entry[2]);
    for (const json& line : json_lines(folder.read("log.jsonl"))) {
        if (line["event"] == "step") {
            of_log["loss/batch"].push_back(line["loss"]);
            of_log["gradient_norm/all"].push_back(line["gradient_norm"]);
            for (std::size_t i = 0; i < line["layer_gradient_norms"].size(); ++i)
                of_log["gradient_norm/layer_" + std::to_string(i + 1)].push_back(
                    line["layer_gradient_norms"][i]);
            of_log["learning_rate"].push_back(line["learning_rate"]);
        } else if (line["event"] == "epoch") {
            of_log["loss/training"].push_back(line["loss"]);
            of_log["loss/validation"].push_back(line["validation_loss"]);
        }
    }
    EXPECT_EQ(of_events, of_log);
}

/// A number of networks that suffer, and what is said of each.
TEST(Warnings, TeachWhereTrainingSuffersAndAreSilentWhereItIsWell) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const auto told = [&](std::vector<std::string> words) {
        words.insert(words.begin(),
                     {"train", "flowers.csv", "--target", "kind", "--ensemble", "1", "--folds", "1"});
        const RunResult result = thalweg(words, {.folder = folder.path()});
        EXPECT_EQ(result.status, 0) << result.err;
        std::string warnings;
        for (const std::string& line : lines_of(result.err))
            if (line.starts_with("warning: ")) warnings += line + "\n";
        return warnings;
    };
    std::string thirty = "4";
    for (int i = 1; i < 30; ++i) thirty += ",4";
    EXPECT_TRUE(holds(told({"--hidden", thirty, "--activation", "logistic", "--epochs", "6"}),
                      "the gradient vanishes"));
    EXPECT_TRUE(holds(told({"--hidden", thirty, "--activation", "logistic", "--epochs", "6"}),
                      "the loss does not fall"));
    EXPECT_EQ(told({}), "");
    EXPECT_EQ(told({"--hidden", "16,16", "--activation", "relu", "--epochs", "30"}), "");
    EXPECT_EQ(told({"--hidden", "16", "--activation", "tanh", "--epochs", "30"}), "");
}

}  // namespace
}  // namespace thalweg::testing
