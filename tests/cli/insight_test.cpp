#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/tables.h"
#include "support/program.h"

namespace thalweg::testing {
namespace {

using nlohmann::json;

/// A folder with a table and two networks that were trained on it.
class TrainedFolder : public WorkFolder {
  public:
    TrainedFolder() {
        write("houses.csv", houses_csv(60));
        const RunResult result =
            thalweg({"train", "houses.csv", "--target", "price", "--hidden", "5,4", "--ensemble", "2",
                     "--epochs", "3", "--quiet", "-o", "m.safetensors"},
                    {.folder = path()});
        EXPECT_EQ(result.status, 0) << result.err;
    }
};

TEST(Explain, TheDemoNeedsNeitherModelNorData) {
    const RunResult result = thalweg({"explain", "--demo"});
    EXPECT_EQ(result.status, 0) << result.err;
    for (const std::string step :
         {"a_1 = b_1 + W_1 h_0", "h_2 = logistic(a_2)", "y_hat = softmax(a_3)", "grad_a_3 = y_hat - e_l",
          "grad_W_3 = grad_a_3 h_2^T", "grad_x = W_1^T grad_a_1"})
        EXPECT_TRUE(holds(result.out, step)) << step;
}

TEST(Explain, ARowOfAModelInTextAndJsonIsTheSame) {
    const TrainedFolder folder;
    const std::vector<std::string> words = {"explain", "m.safetensors", "houses.csv", "--row",
                                            "2",       "--network",     "2"};
    const RunResult text = thalweg(words, {.folder = folder.path()});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_TRUE(holds(text.out, "houses.csv: line 3 by m.safetensors, network 2 of 2")) << text.out;
    std::vector<std::string> with_json = words;
    with_json.push_back("--json");
    const RunResult result = thalweg(with_json, {.folder = folder.path()});
    const json numbers = json::parse(result.out);
    EXPECT_EQ(numbers["networks"], 2);
    EXPECT_EQ(numbers["widths"].size(), 4U);
    char logit[32];
    std::snprintf(logit, sizeof logit, "%.5g", numbers["layers"][2]["a"][0].get<double>());
    EXPECT_TRUE(holds(text.out, logit)) << logit << " is not in: " << text.out;
}

TEST(Explain, AWeightsGradientInJsonIsTheSumOverItsPaths) {
    const TrainedFolder folder;
    const RunResult result = thalweg(
        {"explain", "m.safetensors", "houses.csv", "--weight", "1,2,3", "--json"}, {.folder = folder.path()});
    ASSERT_EQ(result.status, 0) << result.err;
    const json explanation = json::parse(result.out);
    const json& weight = explanation["weight"];
    EXPECT_EQ(weight["name"], "w_1,2,3");
    EXPECT_EQ(weight["value"], explanation["layers"][0]["weights"][1][2]);
    const double gradient = weight["gradient"];
    EXPECT_EQ(gradient, explanation["layers"][0]["grad_weights"][1][2]);
    EXPECT_DOUBLE_EQ(gradient, weight["grad_a"].get<double>() * weight["input"].get<double>());
    EXPECT_NEAR(gradient, weight["difference"], 1e-5 * (1.0 + std::abs(gradient)));
    ASSERT_EQ(weight["paths"].size(), 4U) << "one through each neuron of the second hidden layer";
    ASSERT_EQ(weight["terms"].size(), 4U);
    double over_paths = 0.0;
    for (const json& path : weight["paths"]) over_paths += path["product"].get<double>();
    EXPECT_NEAR(over_paths, gradient, 1e-9 * (1.0 + std::abs(gradient)));
    for (const json& term : weight["terms"])
        EXPECT_DOUBLE_EQ(term["product"], term["weight"].get<double>() * term["grad_above"].get<double>());
}

TEST(Explain, AttributesThePredictionOfARowAndOfAllToTheColumns) {
    const TrainedFolder folder;
    const auto explained = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"explain", "m.safetensors", "houses.csv"});
        const RunResult result = thalweg(more, {.folder = folder.path()});
        EXPECT_EQ(result.status, 0) << result.err;
        return result.out;
    };
    const json told = json::parse(explained({"--row", "2", "--attribute", "--json"}))["attributions"][0];
    double sum = 0.0;
    for (const json& column : told["columns"]) sum += column["contribution"].get<double>();
    EXPECT_NEAR(sum, told["prediction"].get<double>() - told["baseline"].get<double>(), 1e-2 * std::abs(sum));
    const std::string text = explained({"--row", "2", "--attribute"});
    EXPECT_TRUE(holds(text, "What each column contributed to price")) << text;
    const RunResult predicted =
        thalweg({"predict", "m.safetensors", "houses.csv", "-o", "-"}, {.folder = folder.path()});
    const double of_model = std::stod(lines_of(predicted.out).at(2));
    EXPECT_NEAR(told["prediction"], of_model, 1e-4 * std::abs(of_model))
        << "of both networks, as predict says";
    const std::vector<std::string> lines = lines_of(explained({"--attributions", "-"}));
    EXPECT_EQ(lines.size(), 61U);
    EXPECT_EQ(lines[0], "row,output,baseline,prediction,rooms,city");
    EXPECT_NEAR(std::stod(cells_of(lines[2])[4]), told["columns"][0]["contribution"].get<double>(), 1e-6);
    explained({"--row", "2", "--attribute", "--html", "page.html"});
    EXPECT_TRUE(holds(folder.read("page.html"), "What each column contributed to price"));
}

TEST(Explain, ARowWithoutATargetIsShownOnItsWayForwardAndSaysSo) {
    const TrainedFolder folder;
    folder.write("new.csv", "rooms,city\n3,Oslo\n");
    const RunResult result = thalweg({"explain", "m.safetensors", "new.csv"}, {.folder = folder.path()});
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(holds(result.err, "warning: the row has no target")) << result.err;
    EXPECT_TRUE(holds(result.out, "y_hat = linear(a_3)")) << result.out;
    EXPECT_FALSE(holds(result.out, "grad_a_3")) << result.out;
}

TEST(Explain, RowsAndNetworksThatAreNotThereAreRefused) {
    const TrainedFolder folder;
    const auto refused = [&](const char* flag, const char* value, const char* says) {
        const RunResult result =
            thalweg({"explain", "m.safetensors", "houses.csv", flag, value}, {.folder = folder.path()});
        EXPECT_EQ(result.status, 2);
        EXPECT_TRUE(holds(result.err, says)) << result.err;
    };
    refused("--row", "61", "--row 61: houses.csv has 60 rows");
    refused("--network", "3", "--network 3: the model has 2 networks");
    refused("--weight", "1,6,1", "W_1 is 5 x");
}

TEST(Check, PassesForATrainedModelForDataAndForLayersAlone) {
    const TrainedFolder folder;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"check", "m.safetensors", "houses.csv"},
          {"check", "m.safetensors", "--network", "2"},
          {"check", "houses.csv", "--target", "price", "--hidden", "4", "--embedding", "piecewise"},
          {"check", "--hidden", "4,3", "--members", "3", "--parametric", "--embedding", "piecewise"},
          {"check", "--hidden", "4,3", "--activation", "relu", "--loss", "absolute_error"}}) {
        const RunResult result = thalweg(words, {.folder = folder.path()});
        EXPECT_EQ(result.status, 0) << result.err << result.out;
        EXPECT_TRUE(holds(result.out, "central differences: worst")) << result.out;
        EXPECT_TRUE(holds(result.out, "fast pass: worst")) << result.out;
    }
}

TEST(Check, ExitsWithFiveWhereAGradientIsNotWithinTheTolerance) {
    const RunResult result = thalweg({"check", "--hidden", "4", "--tolerance", "1e-15", "--json"});
    EXPECT_EQ(result.status, 5) << result.err;
    const json numbers = json::parse(result.out);
    EXPECT_EQ(numbers["passed"], false);
    EXPECT_GT(numbers["worst"]["error"], 1e-15);
}

}  // namespace
}  // namespace thalweg::testing
