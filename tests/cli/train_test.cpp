#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/tables.h"
#include "support/program.h"
#include "support/sanitizer.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

/// A folder with houses.csv (60 rows), in which commands are run.
class Train : public ::testing::Test {
  protected:
    void SetUp() override { folder.write("houses.csv", houses_csv(60)); }

    RunResult run_here(std::vector<std::string> words, RunOptions options = {}) const {
        options.folder = folder.path();
        return thalweg(words, options);
    }
    /// Trains briefly on a file with more words; expects success.
    RunResult train(const std::string& data, std::vector<std::string> more = {}) const {
        std::vector<std::string> words = {"train",    data, "--target", "price",
                                          "--epochs", "3",  "--hidden", "8"};
        words.insert(words.end(), more.begin(), more.end());
        RunResult result = run_here(words);
        EXPECT_EQ(result.status, 0) << result.err;
        return result;
    }
    /// The rows that predicting `data` with model.safetensors writes, header aside.
    std::size_t predicted_rows(const std::string& data) const {
        const RunResult result = run_here({"predict", "model.safetensors", data});
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(lines_of(result.out).front(), "prediction");
        return lines_of(result.out).size() - 1;
    }

    WorkFolder folder;
};

TEST_F(Train, WritesTheModelAndASummary) {
    const RunResult result = train("houses.csv", {"-o", "houses.safetensors"});
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"houses.csv", "houses.safetensors"}));
    for (const char* words : {"regression", "price", "to learn from", "2 used", "parameters", "epoch", "rmse",
                              "houses.safetensors"})
        EXPECT_TRUE(holds(result.out, words)) << words << " is not in:\n" << result.out;
}

TEST_F(Train, TellsWhatFitsIntoTheTimeLimit) {
    const auto said = [&](std::vector<std::string> more) {
        std::vector<std::string> words = {"train", "houses.csv", "--target", "price", "--hidden", "8"};
        words.insert(words.end(), more.begin(), more.end());
        const RunResult result = run_here(words);
        EXPECT_EQ(result.status, 0) << result.err;
        return result.err;
    };
    const std::string planned = said({"--time-limit", "1s", "--epochs", "100000000"});
    EXPECT_TRUE(holds(planned, "--time-limit 1: planned ")) << planned;
    EXPECT_TRUE(holds(planned, " of 100000000 epochs; --epochs ")) << planned;
    const std::string enough = said({"--time-limit", "1h", "--epochs", "3"});
    EXPECT_FALSE(holds(enough, "planned")) << enough;
    const std::string goes_on =
        said({"--time-limit", "1s", "--epochs", "100000000", "--patience", "0", "--checkpoint", "c"});
    EXPECT_FALSE(holds(goes_on, "planned")) << goes_on;
}

TEST_F(Train, WarnsOfColumnsThatAreTheSameAndOfAHeavyTail) {
    std::string text = "rooms,doors,price\n";
    for (int i = 0; i < 300; ++i)
        text += std::to_string(i % 11) + "," + std::to_string(i % 11) + "," +
                std::to_string(i == 7 ? 1e9 : 1000.0 * (i % 11)) + "\n";
    folder.write("tail.csv", text);
    const RunResult result = train("tail.csv");
    EXPECT_TRUE(holds(result.err,
                      "warning: columns with the same value in every row as another one: 'doors' "
                      "as 'rooms'"))
        << result.err;
    EXPECT_TRUE(holds(result.err, "warning: 'price' has a heavy tail: one value in a hundred makes up 100%"))
        << result.err;
}

TEST_F(Train, WritesModelSafetensorsWhereNoPathIsGiven) {
    train("houses.csv");
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"houses.csv", "model.safetensors"}));
}

TEST_F(Train, JsonIsTheLastLineOfStandardOutput) {
    const json object = json::parse(lines_of(train("houses.csv", {"--json"}).out).back());
    EXPECT_EQ(object.at("task"), "regression");
    EXPECT_EQ(object.at("rows"), 60);
    EXPECT_EQ(object.at("training_rows").get<int>() + object.at("validation_rows").get<int>(), 60);
    for (const char* metric : {"rmse", "mae", "r2"}) EXPECT_TRUE(object.at("metrics").at(metric).is_number());
    EXPECT_EQ(object.at("model"), "model.safetensors");
    EXPECT_EQ(object.at("epochs"), 3);
    EXPECT_GE(object.at("best_epoch"), 1);
    EXPECT_GE(object.at("seconds").get<double>(), 0.0);
}

TEST_F(Train, SeveralNetworksMakeOneModelAndEachIsTold) {
    const RunResult result = train("houses.csv", {"--folds", "3", "--ensemble", "2"});
    for (const char* words :
         {"60 to learn from, in 3 folds", "6 of ", "out of fold", "network", "seed", "rmse"})
        EXPECT_TRUE(holds(result.out, words)) << words << " is not in:\n" << result.out;
    EXPECT_TRUE(holds(result.err, "6 networks")) << result.err;
    EXPECT_TRUE(holds(result.err, "/6 networks done")) << result.err;
    EXPECT_EQ(predicted_rows("houses.csv"), 60U);

    const json object =
        json::parse(lines_of(train("houses.csv", {"--folds", "3", "--ensemble", "2", "--json"}).out).back());
    EXPECT_EQ(object.at("rows"), 60);
    EXPECT_TRUE(object.at("metrics").at("rmse").is_number());
    ASSERT_EQ(object.at("networks").size(), 6U);
    EXPECT_EQ(object.at("networks")[4].at("network"), 5);
    EXPECT_EQ(object.at("networks")[4].at("fold"), 2);
    EXPECT_EQ(object.at("networks")[0].at("seed"), 0);
    const json model = json::parse(run_here({"inspect", "model.safetensors", "--json"}).out);
    EXPECT_EQ(model.at("format"), 7);
    EXPECT_EQ(model.at("networks").size(), 6U);
    EXPECT_TRUE(holds(run_here({"inspect", "model.safetensors"}).out, "60 rows in 3 folds"));
}

TEST_F(Train, QuietSaysNothing) {
    const RunResult result = train("houses.csv", {"--quiet"});
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "");
}

TEST_F(Train, InAPipeItWritesAFewPlainLines) {
    const RunResult result = run_here(
        {"train", "houses.csv", "--target", "price", "--epochs=400", "--patience", "0", "--hidden", "8"});
    EXPECT_EQ(result.status, 0);
    EXPECT_FALSE(holds(result.err, "\r"));
    EXPECT_FALSE(holds(result.err, "\x1b"));
    EXPECT_LE(lines_of(result.err).size(), 15U) << result.err;
    EXPECT_TRUE(holds(result.err, "epoch 1/400")) << result.err;
}

TEST_F(Train, TheCommandLineWinsOverTheConfigFile) {
    folder.write("c.toml", "target = \"price\"\nepochs = 9\nhidden = [5, 4]\nquiet = true\njson = true\n");
    const RunResult result = run_here({"train", "houses.csv", "--config", "c.toml", "--epochs", "2"});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(json::parse(result.out).at("epochs"), 2);
    EXPECT_TRUE(holds(run_here({"inspect", "model.safetensors"}).out, "5")) << "widths of the file";
}

TEST_F(Train, EveryKeyOfAConfigFileMayHaveDashesOrUnderscores) {
    folder.write("dash.toml", "target = \"price\"\nepochs = 2\nhidden = 3\nlearning-rate = 0.01\n");
    folder.write("under.toml", "target = [\"price\"]\nepochs = 2\nhidden = [3]\nlearning_rate = 0.01\n");
    run_here({"train", "houses.csv", "--config", "dash.toml", "-o", "dash.safetensors"});
    run_here({"train", "houses.csv", "--config", "under.toml", "-o", "under.safetensors"});
    EXPECT_FALSE(folder.read("dash.safetensors").empty());
    EXPECT_TRUE(folder.read("dash.safetensors") == folder.read("under.safetensors"));
}

TEST_F(Train, TheSameSeedGivesTheSameFileOnAnyNumberOfThreads) {
    train("houses.csv", {"-o", "one.safetensors", "--threads", "1"});
    train("houses.csv", {"-o", "two.safetensors", "--threads", "2"});
    EXPECT_TRUE(folder.read("one.safetensors") == folder.read("two.safetensors"));
}

TEST_F(Train, ReadsStandardInput) {
    const RunResult result =
        run_here({"train", "-", "--target", "price", "--epochs", "2", "--json"}, {.input = houses_csv(45)});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(json::parse(lines_of(result.out).back()).at("rows"), 45);
}

TEST_F(Train, ReadsANamedPipe) {
    const std::string path = (folder.path() / "pipe").string();
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { folder.write("pipe", houses_csv(45)); });
    const RunResult result = train("pipe", {"--json"});
    writer.join();
    EXPECT_EQ(json::parse(lines_of(result.out).back()).at("rows"), 45);
}

TEST_F(Train, SeveralFilesAreRowsOfOneTable) {
    folder.write("more.csv", houses_csv(30));
    const RunResult result =
        run_here({"train", "houses.csv", "more.csv", "--target", "price", "--epochs", "2", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(json::parse(lines_of(result.out).back()).at("rows"), 90);
}

TEST_F(Train, PathsMayHoldAnyLetters) {
    folder.write("Ñoño/données.csv", houses_csv(30));
    train("Ñoño/données.csv", {"-o", "Ñoño/modèle.safetensors"});
    const RunResult result = run_here({"predict", "Ñoño/modèle.safetensors", "Ñoño/données.csv"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(lines_of(result.out).size(), 31U);
}

TEST_F(Train, FilesThatBrokeOtherToolsAreRead) {
    folder.write("semicolon.csv", houses_csv(30, ';'));
    folder.write("tabs_named.csv", houses_csv(30, '\t'));
    folder.write("mark.csv", "\xEF\xBB\xBF" + houses_csv(30));
    folder.write("crlf.csv", houses_csv(30, ',', "\r\n"));
    for (const char* name : {"semicolon.csv", "tabs_named.csv", "mark.csv", "crlf.csv"}) {
        SCOPED_TRACE(name);
        const json object = json::parse(lines_of(train(name, {"--json"}).out).back());
        EXPECT_EQ(object.at("task"), "regression");
        EXPECT_EQ(object.at("rows"), 30);
        EXPECT_EQ(predicted_rows(name), 30U);
    }
}

TEST_F(Train, LineEndsInsideQuotesDoNotCutARow) {
    std::string text = "note,rooms,price\n";
    for (int i = 0; i < 30; ++i)
        text += (i % 2 ? "\"big,\nand \"\"light\"\"\"," : "small,") + std::to_string(i % 5) + "," +
                std::to_string(i * 100 + i % 2) + "\n";
    folder.write("quoted.csv", text);
    EXPECT_EQ(json::parse(lines_of(train("quoted.csv", {"--json"}).out).back()).at("rows"), 30);
    EXPECT_EQ(predicted_rows("quoted.csv"), 30U);
}

TEST_F(Train, AFileWithoutAHeaderIsReadWithNoHeader) {
    std::string text = houses_csv(30);
    text.erase(0, text.find('\n') + 1);
    folder.write("bare.csv", text);
    const RunResult result =
        run_here({"train", "bare.csv", "--no-header", "--target", "column_3", "--epochs", "2", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(json::parse(lines_of(result.out).back()).at("rows"), 30);
}

TEST_F(Train, DecimalCommasAndMissingWordsAreReadAsSaid) {
    std::string text = "a;price\n";
    for (int i = 0; i < 40; ++i)
        text += (i % 8 == 0 ? "none" : std::to_string(i) + ",5") + std::string(";") + std::to_string(2 * i) +
                ",25\n";
    folder.write("comma.csv", text);
    train("comma.csv", {"--decimal", ",", "--missing", "none"});
    const RunResult result =
        run_here({"inspect", "comma.csv", "--decimal", ",", "--missing", "none", "--json"});
    const json column = json::parse(result.out).at("columns").at(0);
    EXPECT_EQ(column.at("type"), "number");
    EXPECT_EQ(column.at("missing"), 5);
}

TEST_F(Train, IgnoredColumnsNeedNotBeThereWhenPredicting) {
    train("houses.csv", {"--ignore", "city"});
    folder.write("without.csv", "rooms\n3\n4\n");
    EXPECT_EQ(predicted_rows("without.csv"), 2U);
}

TEST_F(Train, ABatchLargerThanTheDataIsTakenAsAllOfIt) {
    const RunResult result = train("houses.csv", {"--batch-size", "100000"});
    EXPECT_TRUE(holds(result.err, "batch")) << result.err;
    EXPECT_EQ(count_of(result.err, "100000"), 1U) << "said once: " << result.err;
}

TEST_F(Train, Bf16SaysWhereItBringsNoSpeed) {
    const RunResult result =
        run_here({"train", "houses.csv", "--target", "price", "--epochs", "1", "--precision", "bf16"},
                 {.change = {{"THALWEG_SIMD", "scalar"}}});
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(holds(result.err, "--precision bf16 brings no speed here")) << result.err;
    EXPECT_FALSE(holds(train("houses.csv").err, "brings no speed"));
}

TEST_F(Train, NaNAndInfinityAreMissingCells) {
    std::string text = "a,b,price\n";
    for (int i = 0; i < 40; ++i)
        text += (i % 10 == 0   ? "nan"
                 : i % 10 == 1 ? "inf"
                               : std::to_string(i)) +
                std::string(",") + std::to_string(i * 3 % 17) + "," + std::to_string(i) + "\n";
    folder.write("odd.csv", text);
    train("odd.csv");
    const json columns = json::parse(run_here({"inspect", "odd.csv", "--json"}).out).at("columns");
    EXPECT_EQ(columns.at(0).at("missing"), 8);
    EXPECT_EQ(columns.at(1).at("missing"), 0);
}

TEST_F(Train, ValidatesOnAFileOfItsOwn) {
    folder.write("held_out.csv", houses_csv(20));
    const json object =
        json::parse(lines_of(train("houses.csv", {"--validation", "held_out.csv", "--json"}).out).back());
    EXPECT_EQ(object.at("training_rows"), 60);
    EXPECT_EQ(object.at("validation_rows"), 20);
}

TEST_F(Train, ImagesAndLabelsNeedNoTarget) {
    std::string images = {0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2};
    std::string labels = {0, 0, 8, 1, 0, 0, 0, 40};
    for (int i = 0; i < 40; ++i) {
        for (int pixel = 0; pixel < 4; ++pixel) images += static_cast<char>((i % 2) * 100 + i % 7 + pixel);
        labels += static_cast<char>(i % 2);
    }
    folder.write("images", images);
    folder.write("labels", labels);
    const RunResult result = run_here({"train", "images", "--labels", "labels", "--epochs", "2", "--json"});
    ASSERT_EQ(result.status, 0) << result.err;
    const json object = json::parse(lines_of(result.out).back());
    EXPECT_EQ(object.at("rows"), 40);
    EXPECT_EQ(object.at("task"), "binary");
}

TEST_F(Train, ADivergedRunIsAnErrorThatKeepsTheBestParameters) {
    const RunResult result =
        run_here({"train", "houses.csv", "--target", "price", "--optimizer", "sgd", "--learning-rate", "1e30",
                  "--activation", "linear", "--schedule", "constant", "--epochs", "20"});
    EXPECT_EQ(result.status, 5) << result.err;
    for (const char* words : {"error: ", "epoch", "learning rate", "model.safetensors"})
        EXPECT_TRUE(holds(result.err, words)) << result.err;
    EXPECT_EQ(predicted_rows("houses.csv"), 60U);
}

TEST_F(Train, ANetworkLargerThanTheMachineIsRefusedBeforeTraining) {
    const RunResult result =
        run_here({"train", "houses.csv", "--target", "price", "--hidden", "1000000,1000000"});
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_TRUE(holds(result.err, "memory")) << result.err;
    EXPECT_TRUE(holds(result.err, "--hidden")) << result.err;
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"houses.csv"});
}

TEST_F(Train, MemoryThatCannotBeHadIsAnError) {
#ifdef THALWEG_SANITIZED
    GTEST_SKIP() << "a sanitizer takes terabytes of address space for itself";
#endif
    const RunResult result = run_here({"train", "houses.csv", "--target", "price", "--hidden", "30000,30000"},
                                      {.memory_limit = std::size_t{3} << 30});
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_TRUE(holds(result.err, "error: ")) << result.err;
    EXPECT_TRUE(holds(result.err, "memory")) << result.err;
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"houses.csv"});
}

/// Small files that speak of far more than they hold.
TEST(DamagedFile, ThatSpeaksOfGigabytesTakesNoMoreMemoryThanItHasBytes) {
#ifdef THALWEG_SANITIZED
    GTEST_SKIP() << "a sanitizer takes terabytes of address space for itself";
#endif
    struct Case {
        std::string file;
        int status;
        std::string says;
    };
    for (const auto& [file, status, words] : {
             Case{"metadata_of_a_gigabyte.arrows", 3, "the Arrow file is damaged or cut"},
             Case{"row_group_of_86_billion_rows.parquet", 3, "the Parquet file is damaged or cut"},
             Case{"table_of_86_billion_rows.parquet", 1, "85739894397 rows and 4 columns needs 1.248 TiB"},
             Case{"ten_billion_nulls.arrow", 3, "no column of the table has a value"},
         }) {
        const RunResult result = thalweg({"inspect", THALWEG_TEST_DATA "/../../fuzz/corpus/parquet/" + file},
                                         {.memory_limit = std::size_t{1} << 30});
        EXPECT_EQ(result.status, status) << file << result.err;
        EXPECT_TRUE(holds(result.err, words)) << file << result.err;
    }
}

}  // namespace
}  // namespace thalweg::testing
