#include <gtest/gtest.h>
#include <signal.h>

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

/// [step, tag, value] of a reader, by tag.
std::map<std::string, std::vector<float>> by_tag(const std::string& lines) {
    std::map<std::string, std::vector<float>> tags;
    for (const json& entry : json_lines(lines)) tags[entry[1]].push_back(entry[2]);
    return tags;
}

std::filesystem::path script(const char* name) {
    return std::filesystem::path(THALWEG_TEST_DATA).parent_path() / "cli" / name;
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
    const RunResult read =
        run({THALWEG_PYTHON, script("read_events.py").string(), events}, {.folder = folder.path()});
    ASSERT_EQ(read.status, 0) << read.err;
    const std::map<std::string, std::vector<float>> of_events = by_tag(read.out);
    std::map<std::string, std::vector<float>> of_log;
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

TEST(TrainingLog, AsEventFilesIsReadByTensorBoardItself) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    ASSERT_EQ(
        thalweg(train_words({"--ensemble", "2", "--tensorboard", "runs"}), {.folder = folder.path()}).status,
        0);
    const RunResult read = run({THALWEG_PYTHON, script("read_tensorboard.py").string(), "runs/network_2"},
                               {.folder = folder.path()});
    if (read.status == 77) GTEST_SKIP() << "TensorBoard is not installed: " << read.err;
    ASSERT_EQ(read.status, 0) << read.err;
    std::string events;
    for (const std::string& entry : folder.entries())
        if (holds(entry, "network_2/events.out.tfevents.")) events = entry;
    const RunResult ours =
        run({THALWEG_PYTHON, script("read_events.py").string(), events}, {.folder = folder.path()});
    EXPECT_EQ(by_tag(read.out), by_tag(ours.out));
    EXPECT_EQ(by_tag(read.out)["gradient_norm/layer_2"].size(), 3U * 4U);
}

TEST(TrainingLog, GrowsWhileTrainingGoesOn) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    RunningProgram program(
        {"train", "houses.csv", "--target", "price", "--hidden", "4", "--ensemble", "1", "--epochs",
         "100000000", "--patience", "0", "--log", "log.jsonl", "--tensorboard", "runs"},
        {.folder = folder.path()});
    ASSERT_TRUE(program.wait_for("epoch 2/")) << program.err();
    // Killed, it cannot write anything at its end.
    program.send(SIGKILL);
    program.finish();
    std::string log = folder.read("log.jsonl");
    log.resize(log.rfind('\n') + 1);  // the last line may be cut
    std::size_t epochs = 0;
    for (const json& line : json_lines(log)) epochs += line["event"] == "epoch";
    EXPECT_GE(epochs, 2U);
    std::string events;
    for (const std::string& entry : folder.entries())
        if (holds(entry, "events.out.tfevents.")) events = folder.read(entry);
    EXPECT_TRUE(holds(events, "loss/training"));
}

TEST(TrainingLog, IsLeftAsItWasWhereTheDataCannotBeRead) {
    const WorkFolder folder;
    folder.write("log.jsonl", "of an earlier training\n");
    folder.write("broken.csv", "rooms,price\n1\n");
    const RunResult result = thalweg({"train", "broken.csv", "--target", "price", "--log", "log.jsonl",
                                      "--tensorboard", "runs", "--report", "r.html"},
                                     {.folder = folder.path()});
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"broken.csv", "log.jsonl"}));
    EXPECT_EQ(folder.read("log.jsonl"), "of an earlier training\n");
}

TEST(TrainingLog, OnAFullDiskIsToldAfterTheModelIsSaved) {
    const WorkFolder folder;
    folder.write("houses.csv", houses_csv(60));
    const RunResult result = thalweg(train_words({"--log", "/dev/full"}), {.folder = folder.path()});
    EXPECT_EQ(result.status, 1);
    EXPECT_TRUE(holds(result.err, "cannot write '/dev/full'")) << result.err;
    EXPECT_NE(folder.read("m.safetensors"), "");
}

TEST(Report, HoldsTheCommandThatTrainsTheSameBitsAgain) {
    const WorkFolder folder;
    folder.write("my houses.csv", houses_csv(60, ';'));
    ASSERT_EQ(
        thalweg({"train", "my houses.csv", "--target", "price", "--hidden", "4,3", "--epochs", "3",
                 "--delimiter", ";", "--no-input-scale", "--seed", "7", "--report", "r.html", "--quiet"},
                {.folder = folder.path()})
            .status,
        0);
    const std::string page = folder.read("r.html"), before = "<code>thalweg ";
    const std::size_t first = page.find(before) + before.size();
    std::string command = page.substr(first, page.find("</code>", first) - first);
    for (const std::string quote : {"&#39;", "&quot;"})
        while (holds(command, quote)) command.replace(command.find(quote), quote.size(), "'");
    const RunResult again =
        run({"bash", "-c", std::string(THALWEG_PROGRAM) + " " + command + " --quiet -o again"},
            {.folder = folder.path()});
    EXPECT_EQ(again.status, 0) << command << again.err;
    EXPECT_TRUE(folder.read("again") == folder.read("model.safetensors")) << command;
}

TEST(Report, DoesNotChangeABitOfTheModel) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const std::vector<std::string> words = {"train",    "flowers.csv", "--target", "kind",
                                            "--hidden", "8",           "--epochs", "4",
                                            "--quiet",  "--folds",     "2",        "-o"};
    std::vector<std::string> without = words, with = words;
    without.push_back("a");
    with.insert(with.end(), {"b", "--report", "r.html"});
    ASSERT_EQ(thalweg(without, {.folder = folder.path()}).status, 0);
    ASSERT_EQ(thalweg(with, {.folder = folder.path()}).status, 0);
    EXPECT_TRUE(folder.read("a") == folder.read("b"));
    for (const char* part : {"Gradient norm of every layer", "Dead neurons", "Weights of layer 1",
                             "Activations of layer 1", "their predicted class", "Calibration", "importance"})
        EXPECT_TRUE(holds(folder.read("r.html"), part)) << part;
}

/// What is warned of a training of one network of flowers; the page has the same words.
std::string warnings_of(const WorkFolder& folder, std::vector<std::string> words, int status = 0) {
    words.insert(words.begin(), {"train", "flowers.csv", "--target", "kind", "--ensemble", "1", "--folds",
                                 "1", "--report", "r.html"});
    const RunResult result = thalweg(words, {.folder = folder.path()});
    EXPECT_EQ(result.status, status) << result.err;
    const std::string page = folder.read("r.html");
    std::string warnings;
    for (const std::string& line : lines_of(result.err)) {
        const bool warned = line.starts_with("warning: ");
        if (warned || line.starts_with("error: ")) warnings += line + "\n";
        if (warned) {
            EXPECT_TRUE(holds(page, "<li class=\"card warning\">" + line.substr(9, 30))) << line;
        }
    }
    return warnings;
}

std::string layers_of(int count, const std::string& width) {
    std::string layers = width;
    for (int i = 1; i < count; ++i) layers += "," + width;
    return layers;
}

TEST(Warnings, TeachWhereTrainingSuffers) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const std::string vanishing =
        warnings_of(folder, {"--hidden", layers_of(30, "4"), "--activation", "logistic", "--epochs", "6"});
    EXPECT_TRUE(holds(vanishing, "the gradient vanishes: from layer")) << vanishing;
    EXPECT_TRUE(holds(vanishing, "(--activation relu or silu)")) << vanishing;
    EXPECT_TRUE(holds(vanishing, "the loss does not fall")) << vanishing;
    const std::string from_data =
        warnings_of(folder, {"--hidden", layers_of(30, "4"), "--activation", "logistic", "--epochs", "10",
                             "--initialisation", "data"});
    EXPECT_FALSE(holds(from_data, "vanishes")) << "what it says to take helps: " << from_data;
    const std::string high = warnings_of(folder, {"--learning-rate", "10", "--epochs", "10"});
    EXPECT_TRUE(holds(high, "the learning rate is too high")) << high;
    const std::string infinite = warnings_of(
        folder, {"--learning-rate", "10", "--optimizer", "sgd", "--hidden", "64,64", "--epochs", "10"}, 5);
    EXPECT_TRUE(holds(infinite, "training diverged")) << infinite;
    EXPECT_TRUE(holds(infinite, "try --learning-rate 1")) << infinite;
}

TEST(Warnings, NameTheLayersThatExplodeOrDieAndWhatHelpsHelps) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const auto deep = [&](const char* rate) {
        return warnings_of(folder, {"--hidden", layers_of(30, "16"), "--activation", "sine", "--dropout", "0",
                                    "--validation", "0", "--epochs", "1", "--learning-rate", rate});
    };
    EXPECT_TRUE(holds(deep("1"), "the gradient explodes: in layer 1 it is")) << deep("1");
    EXPECT_TRUE(holds(deep("1"), "take a lower learning rate (--learning-rate), --clip-norm 1")) << deep("1");
    EXPECT_EQ(deep("0.01"), "");
    const auto wide = [&](const char* rate) {
        return warnings_of(folder, {"--hidden", "64,64", "--activation", "relu", "--optimizer", "adam",
                                    "--epochs", "30", "--learning-rate", rate});
    };
    EXPECT_TRUE(holds(wide("0.5"), "of the neurons of layers 1 and 2 are dead")) << wide("0.5");
    EXPECT_TRUE(holds(wide("0.5"), "(--activation leaky_relu or silu)")) << wide("0.5");
    EXPECT_EQ(wide("0.005"), "");
}

TEST(Warnings, TellOfALossThatDoesNotFall) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const auto trained = [&](const char* rate) {
        return warnings_of(folder, {"--hidden", "16", "--epochs", "20", "--learning-rate", rate});
    };
    EXPECT_TRUE(holds(trained("1e-7"), "the loss does not fall: ")) << trained("1e-7");
    EXPECT_TRUE(holds(trained("1e-7"), "take another learning rate (--learning-rate), more epochs"));
    EXPECT_EQ(trained("0.01"), "");
}

TEST(Warnings, OfSeveralNetworksSayWhichAndHowMany) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    const RunResult result = thalweg({"train", "flowers.csv", "--target", "kind", "--hidden", "16",
                                      "--epochs", "20", "--learning-rate", "1e-7", "--folds", "3"},
                                     {.folder = folder.path()});
    EXPECT_TRUE(holds(result.err, "warning: network 1 of 3, and all others: the loss does not fall"))
        << result.err;
}

TEST(Warnings, TellOfOverfittingWhereAThousandNeuronsLearnFiftyRows) {
    const WorkFolder folder;
    const auto tables = std::filesystem::path(THALWEG_TEST_DATA) / "tables";
    ASSERT_EQ(
        run({"bash", "-c", "zcat " + (tables / "california.train.csv.gz").string() + " | head -51 > few.csv"},
            {.folder = folder.path()})
            .status,
        0);
    const RunResult result = thalweg({"train", "few.csv", "--target", "median_house_value", "--hidden",
                                      "1000", "--ensemble", "1", "--folds", "1", "--report", "r.html"},
                                     {.folder = folder.path()});
    EXPECT_TRUE(holds(result.err, "warning: overfitting: from epoch")) << result.err;
    EXPECT_TRUE(holds(folder.read("r.html"), "<li class=\"card warning\">overfitting: from epoch"));
}

TEST(Warnings, AreSilentWhereTrainingIsWell) {
    const WorkFolder folder;
    folder.write("flowers.csv", flowers_csv(120));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{},
          {"--hidden", "16,16", "--activation", "relu", "--epochs", "30"},
          {"--hidden", "16", "--activation", "tanh", "--epochs", "30"},
          {"--hidden", "32,32,32", "--activation", "logistic", "--epochs", "30"}})
        EXPECT_EQ(warnings_of(folder, words), "");
    const auto tables = std::filesystem::path(THALWEG_TEST_DATA) / "tables";
    for (const auto& [table, target] : {std::pair("titanic", "survived"), {"digits", "digit"}})
        for (const std::vector<std::string>& more : {std::vector<std::string>{"--hidden", "32,32"},
                                                     {"--activation", "relu"},
                                                     {"--optimizer", "adam"}}) {
            std::vector<std::string> words = {
                "train",      (tables / (std::string(table) + ".train.csv.gz")).string(),
                "--target",   target,
                "--folds",    "1",
                "--ensemble", "1",
                "--epochs",   "20"};
            words.insert(words.end(), more.begin(), more.end());
            const RunResult result = thalweg(words, {.folder = folder.path()});
            for (const std::string& line : lines_of(result.err))
                EXPECT_TRUE(!line.starts_with("warning: ") || holds(line, "left out"))
                    << table << ": " << line;
        }
}

TEST(Warnings, AreSilentOnTablesWithTheDefaultsAndThePlainPreset) {
    const WorkFolder folder;
    const auto tables = std::filesystem::path(THALWEG_TEST_DATA) / "tables";
    ASSERT_EQ(run({"bash", "-c",
                   "zcat " + (tables / "diamonds.train.csv.gz").string() + " | head -1501 > diamonds.csv"},
                  {.folder = folder.path()})
                  .status,
              0);
    for (const auto& [table, target] :
         {std::pair<std::string, const char*>{(tables / "titanic.train.csv.gz").string(), "survived"},
          {(tables / "movies.train.csv.gz").string(), "IMDB Rating"},
          {"diamonds.csv", "price"}})
        for (const std::vector<std::string>& more :
             {std::vector<std::string>{"--epochs", "8"}, {"--preset", "plain", "--iterations", "300"}}) {
            std::vector<std::string> words = {"train", table, "--target", target, "--report", "r.html"};
            words.insert(words.end(), more.begin(), more.end());
            const RunResult result = thalweg(words, {.folder = folder.path()});
            ASSERT_EQ(result.status, 0) << result.err;
            for (const std::string& line : lines_of(result.err))
                EXPECT_TRUE(!line.starts_with("warning: ") || holds(line, "left out"))
                    << table << ": " << line;
            const std::string page = folder.read("r.html");
            EXPECT_EQ(count_of(page, "class=\"card warning\""), count_of(page, " left out: ") > 0 ? 1U : 0U);
        }
}

}  // namespace
}  // namespace thalweg::testing
