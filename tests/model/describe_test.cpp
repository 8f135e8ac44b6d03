#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/column_text.h"
#include "model/small_model.h"
#include "model/text_table.h"
#include "thalweg/model.hpp"

namespace thalweg {
namespace {

using testing::category_plan;
using testing::number_plan;
using testing::small_model;

void expect_holds(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "\"" << part << "\" is not in\n" << text;
}

TEST(Describe, SaysWhatTheModelIsAndWhatIsDoneWithEachColumn) {
    const std::string text = small_model().describe();
    expect_holds(text, "task        regression: real values\n");
    expect_holds(text, "target      'price', mean 1e+09, standard deviation 12345.7\n");
    expect_holds(text, "network     2 layers, 19 parameters\n");
    expect_holds(text,
                 "  layer  inputs  neurons  parameters  function\n"
                 "  1           4        3          15  tanh\n"
                 "  2           3        1           4  linear\n");
    expect_holds(text,
                 "  column  treatment  inputs  what is done\n"
                 "  rooms   number          1  minus 0.333333, divided by 0.1\n"
                 "  city    category        3  one-hot: Roma, Ñoño; rare and unseen values together\n");
    EXPECT_NE(text.back(), '\n');
}

TEST(Describe, JsonHoldsEveryColumnAndLayer) {
    const auto json = nlohmann::json::parse(small_model().to_json());
    EXPECT_EQ(json["task"], "regression");
    EXPECT_EQ(json["parameters"], 19);
    EXPECT_EQ(json["layers"].size(), 2U);
    EXPECT_EQ(json["layers"][0]["function"], "tanh");
    EXPECT_EQ(json["layers"][1]["function"], "linear");
    EXPECT_EQ(json["columns"][0]["name"], "rooms");
    EXPECT_EQ(json["columns"][0]["centre"], 1.0 / 3.0);
    EXPECT_EQ(json["columns"][1]["inputs"], 3);
    EXPECT_EQ(json["targets"][0]["mean"], 1e9 + 1.0 / 7.0);
    EXPECT_EQ(json["training"]["seed"], "0");
}

TEST(Describe, ThePixelsOfAnImageAreOneLine) {
    std::vector<ColumnPlan> columns;
    for (int i = 0; i < 784; ++i) {
        columns.push_back(number_plan("pixel_" + std::to_string(i), i, 1.0 + i));
        if (i % 7 != 0) continue;
        columns.back().treatment = Treatment::dropped;
        columns.back().reason = "it is always 0";
    }
    columns.push_back(category_plan("city", {"Roma"}));
    const std::vector<ColumnGroup> groups = group_columns(columns);
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(groups[0].names, "pixel_0, ... pixel_777 (112 columns)");
    EXPECT_EQ(groups[0].inputs, 0U);
    EXPECT_EQ(groups[1].names, "pixel_1, ... pixel_783 (672 columns)");
    EXPECT_EQ(groups[1].inputs, 672U);
    EXPECT_EQ(groups[1].what, "centred and scaled");
    EXPECT_EQ(groups[2].names, "city");
}

TEST(Describe, AFewColumnsAreTakenOneByOneAndCategoriesAreAbridged) {
    std::vector<std::string> names;
    for (int i = 0; i < 40; ++i) names.push_back("c" + std::to_string(i));
    const std::vector<ColumnPlan> columns = {number_plan("a", 0, 1), number_plan("b", 0, 1),
                                             category_plan("many", names)};
    const std::vector<ColumnGroup> groups = group_columns(columns);
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(groups[2].what,
              "one-hot: c0, c1, c2, c3, c4, c5, ... (40 in all); rare and unseen values together");
}

TEST(Describe, EqualLayersOfADeepNetworkAreOneLine) {
    std::vector<std::size_t> widths(202, 1);
    const Model model(Preprocessor({number_plan("x", 0, 1)}), TargetCoder(Task::regression, {{"y", {}}}, "r"),
                      Network<float>({widths, Activation::tanh, Output::linear}), {}, {});
    const std::string text = model.describe();
    expect_holds(text, "201 layers, 402 parameters");
    expect_holds(text, "  1-200       1        1           2  tanh\n");
    EXPECT_LT(std::ranges::count(text, '\n'), 15);
}

TEST(Describe, SaysWhatTheMembersOfAnEnsembleShare) {
    NetworkShape shape{{1, 4, 4, 1}, Activation::relu, Output::linear};
    shape.members = {32, Adapters::first};
    const Model model(Preprocessor({number_plan("x", 0, 1)}), TargetCoder(Task::regression, {{"y", {}}}, "r"),
                      Network<float>(shape), {}, {});
    expect_holds(
        model.describe(),
        "members     32, which share the weights of the hidden layers; what layer 1 reads is adapted "
        "to each\n");
    // W and b and the members' factors of the one input; W and b; W and b of 32 output layers.
    expect_holds(model.describe(), "  1           1        4          40  relu\n");
    expect_holds(model.describe(), "  2           4        4          20  relu\n");
    expect_holds(model.describe(), "  3           4        1         160  linear\n");
    expect_holds(model.to_json(), R"("members":{"count":32,"adapters":"first"})");
}

TEST(TextTable, AlignsByCharactersAndNotByBytes) {
    TextTable table({"name", ">n", "why"});
    table.add({"Ñoño", "1", "x"});
    table.add({"abcde", "10", ""});
    EXPECT_EQ(table.text(),
              "  name    n  why\n"
              "  Ñoño    1  x\n"
              "  abcde  10  \n");
}

TEST(TextTable, NumbersAreGroupedByThousands) {
    EXPECT_EQ(with_separators(0), "0");
    EXPECT_EQ(with_separators(999), "999");
    EXPECT_EQ(with_separators(134913), "134,913");
    EXPECT_EQ(with_separators(1000000), "1,000,000");
}

}  // namespace
}  // namespace thalweg
