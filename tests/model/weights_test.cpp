#include <gtest/gtest.h>

#include <cmath>

#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::changed;
using testing::metric;
using testing::number_column;
using testing::quick;
using testing::real_table;
using testing::text_column;

TEST(TrainWeights, ARowThatWeighsNothingTeachesNothing) {
    Table table = real_table(300);
    std::vector<double> weight(300, 1.0);
    table = changed(table, "y", [&](Column& column) {
        for (std::size_t row = 0; row < 300; row += 3) {
            column.values[row] = 1000.0 + static_cast<double>(row * 7919 % 1000);
            weight[row] = 0.0;
        }
    });
    std::vector<Column> columns = table.columns();
    columns.push_back(number_column("importance", weight));
    TrainOptions options = quick("y");
    options.weight = "importance";
    const Training training = train(Table(columns, "t.csv"), options);
    EXPECT_GT(metric(training.model.evaluate(real_table(200, 2)).metrics, "r2"), 0.98);
    for (const ColumnPlan& column : training.model.preprocessor().columns())
        EXPECT_FALSE(column.name == "importance" && column.inputs() > 0);
}

TEST(TrainWeights, AWeightThatIsNegativeOrMissingIsAnErrorWithItsPlace) {
    std::vector<Column> columns = real_table(50).columns();
    columns.push_back(number_column("importance", std::vector<double>(50, 1.0)));
    const Table table(columns, "t.csv");
    TrainOptions options = quick("y");
    options.weight = "importance";
    for (const double bad : {-1.0, static_cast<double>(NAN)}) {
        const Table spoilt = changed(table, "importance", [&](Column& c) { c.values[6] = bad; });
        options.validation = 0.0;
        expect_error(ErrorKind::data, spoilt.locate(6) + ": the weight in column 'importance' is",
                     [&] { train(spoilt, options); });
    }
    options.weight = "importnace";
    expect_error(ErrorKind::data, "importance", [&] { train(table, options); });
}

/// Two classes that overlap, one ten times rarer.
Table rare_table() {
    const Random random(4, RandomStream::sample);
    std::vector<double> x;
    std::vector<std::string> kind;
    for (std::size_t i = 0; i < 660; ++i) {
        kind.push_back(i % 11 == 0 ? "rare" : "common");
        x.push_back(random.normal(i) + (i % 11 == 0 ? 1.0 : 0.0));
    }
    return Table({number_column("x", x), text_column("kind", kind)}, "rare.csv");
}

std::size_t predicted_rare(const std::string& class_weight) {
    TrainOptions options = quick("kind");
    options.class_weight = class_weight;
    const Table table = rare_table();
    const Predictions predictions = train(table, options).model.predict(table);
    std::size_t count = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) count += predictions.label(row) == "rare";
    return count;
}

TEST(TrainWeights, BalancedClassesMakeTheRareOneCountAsMuch) {
    // Bayes with equal priors says rare above x = 0.5: about 0.31 of the common and 0.69 of the rare.
    EXPECT_LT(predicted_rare(""), 60U);
    EXPECT_NEAR(static_cast<double>(predicted_rare("balanced")), 600 * 0.31 + 60 * 0.69, 80.0);
    EXPECT_NEAR(static_cast<double>(predicted_rare("rare=10,common=1")), 600 * 0.31 + 60 * 0.69, 80.0);
}

TEST(TrainWeights, AClassThatIsNotThereIsToldWithTheNearest) {
    TrainOptions options = quick("kind");
    options.class_weight = "raer=5";
    expect_error(ErrorKind::usage, "unknown class 'raer'; did you mean 'rare'?",
                 [&] { train(rare_table(), options); });
    options.class_weight = "rare";
    expect_error(ErrorKind::usage, "like common=1,rare=5", [&] { train(rare_table(), options); });
    options.class_weight = "rare=-1";
    expect_error(ErrorKind::usage, "the weight of 'rare'", [&] { train(rare_table(), options); });
    options = quick("y");
    options.class_weight = "balanced";
    expect_error(ErrorKind::usage, "this task is regression", [&] { train(real_table(50), options); });
}

}  // namespace
}  // namespace thalweg
