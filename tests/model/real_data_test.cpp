#include <gtest/gtest.h>

#include "model/tables.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using testing::metric;

Table read(const std::string& name) {
    return read_table({std::string(THALWEG_TEST_DATA "/tables/") + name + ".csv.gz"});
}

/// A network that is small enough for a test; nothing else is told but the targets.
Training learn(const std::string& name, const std::vector<std::string>& targets) {
    TrainOptions options;
    options.target = targets;
    options.hidden = {64, 64};
    options.epochs = 40;
    return train(read(name + ".train"), options);
}

// Each bound is what scikit-learn's network reaches there at its defaults (tests/data/tables/README.md), with
// room for a smaller network and fewer passes: 10 percent for an error, 0.03 for a share.

TEST(RealData, TheRatingsOfFilmsAreLearntTogether) {
    const Training training = learn("movies", {"IMDB Rating", "Rotten Tomatoes Rating"});
    EXPECT_EQ(training.model.target_coder().task(), Task::regression);
    const Evaluation evaluation = training.model.evaluate(read("movies.test"));
    ASSERT_EQ(evaluation.targets.size(), 2U);
    EXPECT_LT(metric(evaluation.targets[0].second, "rmse"), 1.1 * 0.901);
    EXPECT_LT(metric(evaluation.targets[1].second, "rmse"), 1.1 * 22.86);
}

TEST(RealData, TheImagesOfDigitsAreToldApart) {
    const Training training = learn("digits", {"digit"});
    EXPECT_EQ(training.model.target_coder().task(), Task::multiclass);
    EXPECT_EQ(training.model.network().shape().outputs(), 10U);
    EXPECT_GT(metric(training.model.evaluate(read("digits.test")).metrics, "accuracy"), 0.972 - 0.03);
}

TEST(RealData, WhoSurvivedTheTitanicIsRanked) {
    const Training training = learn("titanic", {"survived"});
    EXPECT_EQ(training.model.target_coder().task(), Task::binary);
    EXPECT_GT(metric(training.model.evaluate(read("titanic.test")).metrics, "auc"), 0.859 - 0.03);
}

}  // namespace
}  // namespace thalweg
