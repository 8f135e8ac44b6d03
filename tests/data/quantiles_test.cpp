#include "data/quantiles.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace thalweg {
namespace {

TEST(Quantile, LiesOnTheLineBetweenItsNeighbours) {
    const std::vector<double> sorted = {1.0, 2.0, 4.0, 8.0};
    EXPECT_EQ(quantile(sorted, 0.0), 1.0);
    EXPECT_EQ(quantile(sorted, 1.0), 8.0);
    EXPECT_EQ(quantile(sorted, 0.5), 3.0);
    EXPECT_DOUBLE_EQ(quantile(sorted, 0.9), 4.0 + 4.0 * 0.7);
    EXPECT_EQ(quantile(std::vector<double>{5.0}, 0.3), 5.0);
}

/// A quantile may be another number in the last digits.
constexpr double kBound = 1e-6;

TEST(QuantileEdges, AreThoseOfTheReference) {
    for (const nlohmann::json& test_case : test::read_own_vectors("bins.json")) {
        SCOPED_TRACE(test_case.at("name"));
        const std::vector<float> edges =
            quantile_edges(test_case.at("values").get<std::vector<double>>(), test_case.at("bins"));
        test::expect_array<float>("edges", edges, test_case.at("edges"), kBound);
    }
}

TEST(QuantileEdges, OfOneValueAloneAreOne) {
    EXPECT_EQ(quantile_edges(std::vector<double>(10, 2.5), 48), std::vector<float>{2.5f});
}

TEST(QuantileEdges, AreNeverSoNearThatWhatLiesBetweenIsSubnormal) {
    EXPECT_EQ(quantile_edges(std::vector<double>{0.0, 1e-40, 1.0}, 2), (std::vector<float>{0.0f, 1.0f}));
}

}  // namespace
}  // namespace thalweg
