#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/columns.h"
#include "support/vectors.h"

namespace thalweg {
namespace {

/// pytabkit computes its factors in float32.
constexpr double kBound = 1e-6;

PreprocessorOptions robust() {
    PreprocessorOptions options;
    options.scaling = Scaling::robust;
    options.category_coding = CategoryCoding::signed_pairs;
    return options;
}

std::vector<nlohmann::json> cases_of(const std::string& kind) {
    std::vector<nlohmann::json> cases;
    for (const nlohmann::json& test_case : test::read_own_vectors("realmlp.json"))
        if (test_case.at("kind") == kind) cases.push_back(test_case);
    return cases;
}

TEST(RobustScaling, OfNumbersIsThatOfPytabkit) {
    for (const nlohmann::json& test_case : cases_of("scaling")) {
        const Table table({test::numbers("x", test_case.at("values").get<std::vector<double>>())});
        PreprocessorOptions options = robust();
        options.numeric = {"x"};
        const Matrix<float> inputs = test::inputs_of(test::fit(table, options), table);
        test::expect_array<float>("inputs", inputs.elements(), test_case.at("inputs"), kBound);
    }
}

/// pytabkit's codes as words, and 0 as missing.
Table table_of_codes(const std::vector<std::size_t>& codes) {
    std::vector<std::string> cells;
    for (const std::size_t code : codes) cells.push_back(code == 0 ? "" : "v" + std::to_string(code));
    return Table({test::words("c", cells)});
}

/// The values that a table's inputs have, those of one category value in a column.
std::vector<float> column(const Matrix<float>& inputs, std::size_t input) {
    std::vector<float> values;
    for (std::size_t row = 0; row < inputs.rows(); ++row) values.push_back(inputs(row, input));
    return values;
}

TEST(RobustScaling, OfCategoriesIsThatOfPytabkit) {
    for (const nlohmann::json& test_case : cases_of("category")) {
        const Table table = table_of_codes(test_case.at("codes").get<std::vector<std::size_t>>());
        const Preprocessor preprocessor = test::fit(table, robust());
        const Matrix<float> inputs = test::inputs_of(preprocessor, table);
        const Matrix<float> expected = test::matrix_of<float>(test_case.at("inputs"));
        ASSERT_EQ(inputs.cols(), expected.cols());
        const std::vector<std::string> names = preprocessor.input_names();
        for (std::size_t input = 0; input < inputs.cols(); ++input) {
            const bool pair = inputs.cols() == 1;
            const std::size_t value = pair ? 1 : std::stoul(names[input].substr(3));
            std::vector<float> theirs = column(expected, value - 1);
            // Which of two values is 1 and which is -1 is free: with us the first is the more frequent one.
            if (pair && !names[0].starts_with("c=v1"))
                for (float& x : theirs) x = -x;
            const std::vector<float> ours = column(inputs, input);
            test::expect_array<float>(names[input], ours, theirs, kBound);
        }
    }
}

TEST(RobustScaling, AMissingNumberIsTheMedianAndAConstantOneNothing) {
    const Table table({test::numbers("x", {1.0, 2.0, 40.0, test::kNaN, 3.0})});
    const Matrix<float> inputs = test::inputs_of(test::fit(table, robust()), table);
    EXPECT_EQ(inputs(3, 0), 0.0F);
    EXPECT_EQ(inputs(3, 1), 1.0F) << "that it is missing is said beside it";
    const Table constant({test::numbers("x", {7.0, 7.0, test::kNaN})});
    const Matrix<float> of_constant = test::inputs_of(test::fit(constant, robust()), constant);
    EXPECT_EQ(of_constant(0, 0), 0.0F);
}

TEST(SignedPairs, AreOneInputAndMissingIsNone) {
    PreprocessorOptions options;
    options.category_coding = CategoryCoding::signed_pairs;
    const Table table({test::words("c", {"a", "b", "", "a", "b", "a", "a", "b"}),
                       test::words("d", {"p", "q", "r", "", "p", "q", "r", "p"})});
    const Preprocessor preprocessor = test::fit(table, options);
    EXPECT_EQ(preprocessor.input_names(), (std::vector<std::string>{"c=a (else b)", "d=p", "d=q", "d=r"}));
    const Matrix<float> inputs = test::inputs_of(preprocessor, table);
    EXPECT_EQ(column(inputs, 0), (std::vector<float>{1, -1, 0, 1, -1, 1, 1, -1}));
    for (std::size_t input = 1; input < 4; ++input) EXPECT_EQ(inputs(3, input), 0.0F) << input;
    EXPECT_EQ(column(inputs, 1), (std::vector<float>{1, 0, 0, 0, 1, 0, 0, 1}));
}

}  // namespace
}  // namespace thalweg
