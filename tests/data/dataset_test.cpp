#include "thalweg/dataset.hpp"

#include <gtest/gtest.h>

#include "data/columns.h"

namespace thalweg {
namespace {

/// Three rows, two numbers, blocks of 2 and 3 inputs.
Dataset small_dataset() {
    Dataset dataset;
    dataset.rows = 3;
    dataset.inputs = 7;
    dataset.dense = Matrix<float>(3, 2);
    dataset.codes = Matrix<std::uint32_t>(3, 2);
    dataset.blocks = {{2, 2}, {4, 3}};
    for (std::size_t row = 0; row < 3; ++row) {
        dataset.dense(row, 0) = static_cast<float>(10 * row);
        dataset.dense(row, 1) = static_cast<float>(10 * row + 1);
        dataset.codes(row, 0) = static_cast<std::uint32_t>(row % 2);
        dataset.codes(row, 1) = static_cast<std::uint32_t>(row);
    }
    dataset.codes(1, 0) = Dataset::kNoInput;
    dataset.classes = {5, 6, 7};
    dataset.weights = {0.5F, 1.5F, 2.5F};
    return dataset;
}

TEST(Dataset, ABatchHasNumbersFirstAndOneLitInputABlock) {
    Matrix<float> batch(2, 7);
    for (float& element : batch.elements()) element = 99.0F;  // what was there before must not show
    small_dataset().gather_inputs(std::vector<std::uint32_t>{2, 1}, batch);
    const std::vector<float> expected = {20, 21, 1, 0, 0, 0, 1, 10, 11, 0, 0, 0, 1, 0};
    EXPECT_EQ(std::vector<float>(batch.elements().begin(), batch.elements().end()), expected);
}

TEST(Dataset, ABlockWithValuesOfItsOwnHasThoseAndOneInputMayBeThatOfAllCodes) {
    Dataset dataset = small_dataset();
    dataset.inputs = 6;
    dataset.blocks = {{2, 2, false, {{0.5F, -1.5F}, {0.25F}}}, {3, 3, false, {{4, 5, 6}, {-1, -2, -3}}}};
    Matrix<float> batch(3, 6);
    dataset.gather_inputs(std::vector<std::uint32_t>{0, 1, 2}, batch);
    const std::vector<float> expected = {0,  1, 0.5F, 4,  -2, -3,   10, 11, 0.25F,
                                         -1, 5, -3,   20, 21, 0.5F, -1, -2, 6};
    EXPECT_EQ(std::vector<float>(batch.elements().begin(), batch.elements().end()), expected);
}

TEST(Dataset, AnEmbeddedBlockIsItsCode) {
    Dataset dataset = small_dataset();
    dataset.inputs = 6;
    dataset.blocks = {{2, 2, true}, {3, 3}};
    Matrix<float> batch(3, 6);
    dataset.gather_inputs(std::vector<std::uint32_t>{0, 1, 2}, batch);
    const std::vector<float> expected = {0, 1, 0, 1, 0, 0, 10, 11, 2, 0, 1, 0, 20, 21, 0, 0, 0, 1};
    EXPECT_EQ(std::vector<float>(batch.elements().begin(), batch.elements().end()), expected)
        << "row 1 has no code of the first block, which is told by the first number beyond its codes";
}

TEST(Dataset, SelectedRowsGiveTheSameInputsAndTargets) {
    const Dataset whole = small_dataset();
    const Dataset part = whole.select(std::vector<std::uint32_t>{2, 0});
    EXPECT_EQ(part.classes, (std::vector<std::uint32_t>{7, 5}));
    EXPECT_EQ(part.weights, (std::vector<float>{2.5F, 0.5F}));
    Matrix<float> from_part(2, 7), from_whole(2, 7);
    part.gather_inputs(std::vector<std::uint32_t>{0, 1}, from_part);
    whole.gather_inputs(std::vector<std::uint32_t>{2, 0}, from_whole);
    for (std::size_t i = 0; i < 14; ++i) EXPECT_EQ(from_part.elements()[i], from_whole.elements()[i]) << i;
}

TEST(Dataset, AnExampleBeyondTheEndIsRefused) {
    const Dataset dataset = small_dataset();
    Matrix<float> batch(1, 7), narrow(1, 6);
    EXPECT_TRUE(test::has(
        test::data_error([&] { dataset.gather_inputs(std::vector<std::uint32_t>{3}, batch); }), "example 3"));
    EXPECT_TRUE(test::has(
        test::data_error([&] { dataset.gather_inputs(std::vector<std::uint32_t>{0}, narrow); }), "1 x 6"));
}

}  // namespace
}  // namespace thalweg
