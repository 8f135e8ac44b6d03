#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "thalweg/input_stage.hpp"

namespace thalweg {
namespace {

TEST(CategoryEmbedding, ANumberSpellsTheNearestCodeOrNone) {
    CategoryEmbedding embedding;
    embedding.inputs = {0};
    embedding.codes = {3};
    EXPECT_EQ(embedding.code_of(0, 0.0), 0U);
    EXPECT_EQ(embedding.code_of(0, -0.4), 0U);
    EXPECT_EQ(embedding.code_of(0, std::nextafter(0.5, 0.0)), 0U) << "0.5 added to it rounds to 1";
    EXPECT_EQ(embedding.code_of(0, 0.5), 1U);
    EXPECT_EQ(embedding.code_of(0, 2.4), 2U);
    EXPECT_EQ(embedding.code_of(0, 2.5), std::nullopt);
    EXPECT_EQ(embedding.code_of(0, -0.5), std::nullopt);
}

}  // namespace
}  // namespace thalweg
