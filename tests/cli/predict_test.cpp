#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

/// A folder with two trained models: houses.safetensors (regression) and flowers.safetensors (three classes).
/// Trained once for all tests.
class Trained : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        models = new WorkFolder;
        models->write("houses.csv", houses_csv(120));
        models->write("flowers.csv", flowers_csv(120));
        train("houses", "price");
        train("flowers", "kind");
    }
    static void TearDownTestSuite() {
        delete models;
        models = nullptr;
    }
    static void train(const std::string& name, const std::string& target) {
        const RunResult result =
            thalweg({"train", name + ".csv", "--target", target, "--epochs", "60", "--hidden", "16",
                     "--learning-rate", "0.02", "--quiet", "-o", name + ".safetensors"},
                    {.folder = models->path()});
        ASSERT_EQ(result.status, 0) << result.err;
    }

    void SetUp() override {
        folder.write("houses.csv", houses_csv(120));
        folder.write("flowers.csv", flowers_csv(120));
        for (const char* name : {"houses.safetensors", "flowers.safetensors"})
            folder.write(name, models->read(name));
    }
    RunResult run_here(const std::vector<std::string>& words, RunOptions options = {}) const {
        options.folder = folder.path();
        return thalweg(words, options);
    }
    std::string expect_out(const std::vector<std::string>& words) const {
        const RunResult result = run_here(words);
        EXPECT_EQ(result.status, 0) << result.err;
        return result.out;
    }

    inline static WorkFolder* models = nullptr;
    WorkFolder folder;
};

using Predict = Trained;
using Evaluate = Trained;
using Inspect = Trained;

TEST_F(Predict, WritesOneRowForEachRowInOrder) {
    std::vector<std::string> rows = lines_of(folder.read("houses.csv"));
    const std::string header = rows.front();
    rows.erase(rows.begin());
    std::string backwards = header + "\n";
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) backwards += *row + "\n";
    folder.write("backwards.csv", backwards);

    std::vector<std::string> forward = lines_of(expect_out({"predict", "houses.safetensors", "houses.csv"}));
    std::vector<std::string> turned =
        lines_of(expect_out({"predict", "houses.safetensors", "backwards.csv"}));
    ASSERT_EQ(forward.size(), 121U);
    EXPECT_EQ(forward.front(), "prediction");
    std::reverse(turned.begin() + 1, turned.end());
    EXPECT_EQ(forward, turned);
}

TEST_F(Predict, ClassesHaveAProbabilityEach) {
    const std::vector<std::string> rows =
        lines_of(expect_out({"predict", "flowers.safetensors", "flowers.csv"}));
    ASSERT_EQ(rows.size(), 121U);
    EXPECT_EQ(rows.front(), "prediction,p_lily,p_rose,p_tulip");
    const std::vector<std::string> classes = {"lily", "rose", "tulip"};
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const std::vector<std::string> cells = cells_of(rows[i]);
        ASSERT_EQ(cells.size(), 4U) << rows[i];
        const double p[] = {std::stod(cells[1]), std::stod(cells[2]), std::stod(cells[3])};
        EXPECT_NEAR(p[0] + p[1] + p[2], 1.0, 1e-6);
        EXPECT_EQ(cells[0], classes[static_cast<std::size_t>(std::max_element(p, p + 3) - p)]);
    }
}

TEST_F(Predict, ColumnsAreFoundByNameAndOthersIgnored) {
    folder.write("plain.csv", "rooms,city\n3,Oslo\n7,Lima\n");
    folder.write("turned.csv", "city,extra,rooms\nOslo,x,3\nLima,y,7\n");
    EXPECT_EQ(expect_out({"predict", "houses.safetensors", "plain.csv"}),
              expect_out({"predict", "houses.safetensors", "turned.csv"}));
}

TEST_F(Predict, AMissingColumnIsRefusedByName) {
    folder.write("cut.csv", "rooms\n3\n");
    const RunResult result = run_here({"predict", "houses.safetensors", "cut.csv", "-o", "p.csv"});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(holds(result.err, "'city'")) << result.err;
    EXPECT_EQ(folder.read("p.csv"), "");
}

TEST_F(Predict, TextInAColumnOfNumbersIsRefusedWithItsLine) {
    folder.write("text.csv", "rooms,city\n3,Oslo\nmany,Lima\n");
    const RunResult result = run_here({"predict", "houses.safetensors", "text.csv"});
    EXPECT_EQ(result.status, 3);
    for (const char* words : {"text.csv", "line 3", "many", "rooms"})
        EXPECT_TRUE(holds(result.err, words)) << result.err;
    EXPECT_EQ(result.out, "");
}

TEST_F(Predict, UnseenAndMissingCellsAreWarnedOfOnce) {
    folder.write("new.csv", "rooms,city\n3,Oslo\n,Kyiv\n5,Kyiv\n");
    const RunResult result = run_here({"predict", "houses.safetensors", "new.csv"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(lines_of(result.out).size(), 4U);
    EXPECT_EQ(count_of(result.err, "warning: "), 2U) << result.err;
    for (const char* words : {"'rooms': 1 missing", "'city': 2 cells", "'Kyiv'"})
        EXPECT_TRUE(holds(result.err, words)) << result.err;
    EXPECT_EQ(run_here({"predict", "houses.safetensors", "new.csv", "--quiet"}).err, "");
}

TEST_F(Predict, StrictMakesThemAnErrorBeforeAnythingIsWritten) {
    folder.write("new.csv", "rooms,city\n3,Kyiv\n");
    const RunResult result =
        run_here({"predict", "houses.safetensors", "new.csv", "--strict", "-o", "p.csv"});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(holds(result.err, "'city'")) << result.err;
    const std::vector<std::string> entries = folder.entries();
    EXPECT_EQ(std::count(entries.begin(), entries.end(), "p.csv"), 0);
    EXPECT_EQ(run_here({"predict", "houses.safetensors", "houses.csv", "--strict"}).status, 0);
}

TEST_F(Predict, ACategoryThatLooksLikeANumberStaysAName) {
    std::string text = "zip,price\n";
    for (int i = 0; i < 60; ++i)
        text += std::string(i % 2 ? "01234" : "0A") + "," + std::to_string(i % 2 * 100 + i % 5) + "\n";
    folder.write("zips.csv", text);
    ASSERT_EQ(run_here({"train", "zips.csv", "--target", "price", "--epochs", "2"}).status, 0);
    folder.write("one.csv", "zip\n01234\n");
    const RunResult result = run_here({"predict", "model.safetensors", "one.csv", "--strict"});
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST_F(Predict, WritesParquetWhereTheNameEndsSo) {
    expect_out({"predict", "houses.safetensors", "houses.csv", "-o", "p.parquet"});
    EXPECT_EQ(folder.read("p.parquet").substr(0, 4), "PAR1");
    const json report = json::parse(expect_out({"inspect", "p.parquet", "--json"}));
    EXPECT_EQ(report.at("rows"), 120);
    EXPECT_EQ(report.at("columns").at(0).at("name"), "prediction");
}

TEST_F(Predict, AFileHoldsWhatStandardOutputWouldGet) {
    expect_out({"predict", "flowers.safetensors", "flowers.csv", "-o", "p.csv"});
    EXPECT_EQ(folder.read("p.csv"), expect_out({"predict", "flowers.safetensors", "flowers.csv"}));
}

TEST_F(Predict, AFullDiskIsAnError) {
    const RunResult piped =
        run_here({"predict", "houses.safetensors", "houses.csv"}, {.output_to = "/dev/full"});
    EXPECT_EQ(piped.status, 1);
    EXPECT_TRUE(holds(piped.err, "error: ")) << piped.err;
    const RunResult named = run_here({"predict", "houses.safetensors", "houses.csv", "-o", "/dev/full"});
    EXPECT_EQ(named.status, 1);
    EXPECT_TRUE(holds(named.err, "/dev/full")) << named.err;
}

TEST_F(Predict, ADiskThatFillsUpLeavesNoHalfFile) {
    const std::string small = (folder / "small").string();
    std::filesystem::create_directory(small);
    if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=16k") != 0)
        GTEST_SKIP() << "only root may mount a small disk";
    folder.write("many.csv", houses_csv(5000));
    const RunResult result = run_here({"predict", "houses.safetensors", "many.csv", "-o", "small/p.csv"});
    const std::vector<std::string> left = folder.entries();
    umount(small.c_str());
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_TRUE(holds(result.err, "small/p.csv")) << result.err;
    for (const std::string& name : left) EXPECT_FALSE(name.starts_with("small/")) << name;
}

TEST_F(Predict, AReaderThatGoesAwayEndsItWithoutAWord) {
    folder.write("many.csv", houses_csv(50000));
    const RunResult result =
        run({"bash", "-c", "\"$0\" predict houses.safetensors many.csv | head -1", THALWEG_PROGRAM},
            {.folder = folder.path()});
    EXPECT_EQ(result.out, "prediction\n");
    EXPECT_EQ(result.err, "");
}

TEST_F(Predict, ADamagedModelIsRefused) {
    const std::string whole = folder.read("houses.safetensors");
    folder.write("cut.safetensors", whole.substr(0, whole.size() - 1));
    std::string flipped = whole;
    flipped[whole.size() - 3] = static_cast<char>(flipped[whole.size() - 3] ^ 1);
    folder.write("flipped.safetensors", flipped);
    for (const char* name : {"cut.safetensors", "flipped.safetensors"}) {
        const RunResult result = run_here({"predict", name, "houses.csv"});
        EXPECT_EQ(result.status, 4) << name << ": " << result.err;
        EXPECT_TRUE(holds(result.err, name)) << result.err;
        EXPECT_EQ(result.out, "");
    }
}

TEST_F(Evaluate, RegressionMetricsAreThoseOfThePredictions) {
    const json object = json::parse(expect_out({"evaluate", "houses.safetensors", "houses.csv", "--json"}));
    const std::vector<std::string> predicted =
        lines_of(expect_out({"predict", "houses.safetensors", "houses.csv"}));
    const std::vector<std::string> rows = lines_of(folder.read("houses.csv"));
    double squares = 0.0, absolutes = 0.0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const double error = std::stod(predicted[i]) - std::stod(cells_of(rows[i])[2]);
        squares += error * error;
        absolutes += std::abs(error);
    }
    // Predictions are printed in their shortest form, so nothing but the order of sums differs.
    const double n = static_cast<double>(rows.size() - 1);
    EXPECT_EQ(object.at("task"), "regression");
    EXPECT_EQ(object.at("rows"), 120);
    EXPECT_NEAR(object.at("metrics").at("rmse").get<double>() / std::sqrt(squares / n), 1.0, 1e-6);
    EXPECT_NEAR(object.at("metrics").at("mae").get<double>() / (absolutes / n), 1.0, 1e-6);
}

TEST_F(Evaluate, AccuracyIsTheShareOfRightClasses) {
    const json object = json::parse(expect_out({"evaluate", "flowers.safetensors", "flowers.csv", "--json"}));
    const std::vector<std::string> predicted =
        lines_of(expect_out({"predict", "flowers.safetensors", "flowers.csv"}));
    const std::vector<std::string> rows = lines_of(folder.read("flowers.csv"));
    int right = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) right += cells_of(predicted[i])[0] == cells_of(rows[i])[2];
    EXPECT_EQ(object.at("task"), "multiclass");
    EXPECT_NEAR(object.at("metrics").at("accuracy").get<double>(), right / 120.0, 1e-12);
    EXPECT_GT(right, 100) << "the kinds are far apart";
    for (const char* metric : {"log_loss", "macro_f1"}) EXPECT_TRUE(object.at("metrics").contains(metric));
}

TEST_F(Evaluate, TextHasALineForEachMetric) {
    const std::string text = expect_out({"evaluate", "houses.safetensors", "houses.csv"});
    for (const char* line : {"task        regression\n", "rows        120\n", "rmse        ",
                             "\nmae         ", "\nr2          "})
        EXPECT_TRUE(holds(text, line)) << text;
}

TEST_F(Evaluate, RowsWithoutATargetAreSkippedAndCounted) {
    folder.write("some.csv", folder.read("houses.csv") + "3,Oslo,\n4,Oslo,\n");
    EXPECT_TRUE(holds(expect_out({"evaluate", "houses.safetensors", "some.csv"}),
                      "120 (2 without a target skipped)"));
}

TEST_F(Evaluate, SeveralTargetsHaveTheirMetricsSideBySide) {
    ASSERT_EQ(run_here({"train", "houses.csv", "--target", "price,rooms", "--epochs", "2"}).status, 0);
    const json object = json::parse(expect_out({"evaluate", "model.safetensors", "houses.csv", "--json"}));
    EXPECT_TRUE(object.at("targets").at("price").at("rmse").is_number());
    EXPECT_TRUE(object.at("targets").at("rooms").at("r2").is_number());
    const std::string text = expect_out({"evaluate", "model.safetensors", "houses.csv"});
    EXPECT_TRUE(holds(text, "price")) << text;
    EXPECT_TRUE(holds(text, "rooms")) << text;
    EXPECT_EQ(lines_of(expect_out({"predict", "model.safetensors", "houses.csv"})).front(), "price,rooms");
}

TEST_F(Evaluate, AMissingTargetColumnIsRefused) {
    folder.write("cut.csv", "rooms,city\n3,Oslo\n");
    const RunResult result = run_here({"evaluate", "houses.safetensors", "cut.csv"});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(holds(result.err, "price")) << result.err;
}

TEST_F(Evaluate, StrictRefusesUnseenValues) {
    folder.write("new.csv", "rooms,city,price\n3,Kyiv,3000\n4,Oslo,4000\n");
    EXPECT_EQ(run_here({"evaluate", "houses.safetensors", "new.csv", "--strict"}).status, 3);
    EXPECT_EQ(run_here({"evaluate", "houses.safetensors", "new.csv"}).status, 0);
}

TEST_F(Inspect, AModelShowsItsLayersAndColumns) {
    const std::string text = expect_out({"inspect", "houses.safetensors"});
    for (const char* words : {"rooms", "city", "price", "regression"})
        EXPECT_TRUE(holds(text, words)) << text;
    EXPECT_TRUE(json::parse(expect_out({"inspect", "houses.safetensors", "--json"})).is_object());
}

TEST_F(Inspect, AModelIsToldByItsContentNotItsName) {
    folder.write("model.bin", folder.read("houses.safetensors"));
    EXPECT_EQ(expect_out({"inspect", "model.bin"}), expect_out({"inspect", "houses.safetensors"}));
}

TEST_F(Inspect, DataShowsTypesMissingDistinctAndTreatment) {
    std::string text = "size,city,code,when\n";
    for (int i = 0; i < 40; ++i)
        text += (i % 4 == 0 ? "" : std::to_string(i % 3)) + "," + (i % 2 ? "Roma" : "Lima") + ",c" +
                std::to_string(i) + ",2024-01-" + std::to_string(10 + i % 15) + "\n";
    folder.write("data.csv", text);
    const json report = json::parse(expect_out({"inspect", "data.csv", "--json"}));
    EXPECT_EQ(report.at("rows"), 40);
    const json& size = report.at("columns").at(0);
    EXPECT_EQ(size.at("type"), "number");
    EXPECT_EQ(size.at("missing"), 10);
    EXPECT_EQ(size.at("distinct"), 3);
    EXPECT_EQ(size.at("treatment"), "number");
    const json& city = report.at("columns").at(1);
    EXPECT_EQ(city.at("type"), "text");
    EXPECT_EQ(city.at("distinct"), 2);
    EXPECT_EQ(city.at("examples"), (std::vector<std::string>{"Lima", "Roma"}));
    EXPECT_EQ(city.at("treatment"), "category");
    EXPECT_EQ(report.at("columns").at(2).at("treatment"), "dropped") << "nearly all values differ";
    EXPECT_EQ(report.at("columns").at(3).at("treatment"), "time");
    const std::string table = expect_out({"inspect", "data.csv"});
    EXPECT_TRUE(holds(table, "data.csv: 40 rows, 4 columns")) << table;
}

}  // namespace
}  // namespace thalweg::testing
