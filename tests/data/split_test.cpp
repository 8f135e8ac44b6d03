#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "data/columns.h"
#include "support/expect_error.h"
#include "thalweg/preprocessor.hpp"

namespace thalweg {
namespace {

std::vector<std::uint32_t> every_third(std::size_t count) {
    std::vector<std::uint32_t> rows(count);
    for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::uint32_t>(3 * i);
    return rows;
}

std::vector<std::uint32_t> both_parts(const Split& split) {
    std::vector<std::uint32_t> rows = split.training;
    rows.insert(rows.end(), split.validation.begin(), split.validation.end());
    std::sort(rows.begin(), rows.end());
    return rows;
}

TEST(Split, EachRowIsInExactlyOnePartAndBothAscend) {
    for (const std::size_t count : {2U, 3U, 10U, 137U, 1000U}) {
        const auto rows = every_third(count);
        const Split split = split_rows(rows, {}, 0.15, 7);
        EXPECT_EQ(both_parts(split), rows) << count;
        EXPECT_TRUE(std::is_sorted(split.training.begin(), split.training.end()));
        EXPECT_TRUE(std::is_sorted(split.validation.begin(), split.validation.end()));
        EXPECT_EQ(split.validation.size(), std::max<std::size_t>(1, std::llround(0.15 * count))) << count;
    }
}

TEST(Split, TheSeedDecides) {
    const auto rows = every_third(500);
    EXPECT_EQ(split_rows(rows, {}, 0.2, 1).validation, split_rows(rows, {}, 0.2, 1).validation);
    EXPECT_NE(split_rows(rows, {}, 0.2, 1).validation, split_rows(rows, {}, 0.2, 2).validation);
}

TEST(Split, EveryClassKeepsItsShare) {
    std::vector<std::uint32_t> strata(1000);
    for (std::size_t i = 0; i < strata.size(); ++i) strata[i] = i < 700 ? 0 : i < 950 ? 1 : 2;
    const auto rows = every_third(strata.size());
    const Split split = split_rows(rows, strata, 0.2, 3);
    std::map<std::uint32_t, int> of_class;
    for (const std::uint32_t row : split.validation) ++of_class[strata[row / 3]];
    EXPECT_EQ(of_class[0], 140);
    EXPECT_EQ(of_class[1], 50);
    EXPECT_EQ(of_class[2], 10);
}

TEST(Split, ManySmallClassesStillGiveTheShareAndLeaveOneOfEachToLearnFrom) {
    std::vector<std::uint32_t> strata(600);
    for (std::size_t i = 0; i < strata.size(); ++i) strata[i] = static_cast<std::uint32_t>(i / 2);
    strata.back() = 1000;  // a class of one row
    const auto rows = every_third(strata.size());
    const Split split = split_rows(rows, strata, 0.1, 11);
    EXPECT_NEAR(static_cast<double>(split.validation.size()), 60.0, 1.0);
    std::map<std::uint32_t, int> learnt;
    for (const std::uint32_t row : split.training) ++learnt[strata[row / 3]];
    for (const std::uint32_t stratum : strata) EXPECT_GE(learnt[stratum], 1) << "class " << stratum;
}

TEST(Split, ClassesOfOneRowAreLearntFromEvenWhereHalfIsHeldOut) {
    std::vector<std::uint32_t> strata(40);
    for (std::size_t i = 0; i < strata.size(); ++i) strata[i] = static_cast<std::uint32_t>(i < 20 ? i : 99);
    const auto rows = every_third(strata.size());
    const Split split = split_rows(rows, strata, 0.5, 1);
    for (const std::uint32_t row : split.validation) EXPECT_EQ(strata[row / 3], 99U) << "row " << row;
    EXPECT_EQ(split.validation.size(), 19U) << "one of the class of twenty stays as well";
}

TEST(Split, AShareOfZeroLeavesAllToTraining) {
    const auto rows = every_third(9);
    EXPECT_EQ(split_rows(rows, {}, 0.0, 1).training, rows);
    EXPECT_TRUE(split_rows(std::vector<std::uint32_t>{4}, {}, 0.5, 1).validation.empty());
    EXPECT_FALSE(test::error_of(ErrorKind::usage, [&] { split_rows(rows, {}, 1.0, 1); }).empty());
}

TEST(Folds, DifferByOneRowAtMostAndSoDoTheirSharesOfEachClass) {
    for (const std::size_t folds : {2U, 3U, 7U}) {
        std::vector<std::uint32_t> strata;
        for (std::uint32_t i = 0; i < 200; ++i) strata.push_back(i < 131 ? 0 : i < 190 ? 1 : i - 188);
        const std::vector<std::uint32_t> fold_of_rows = deal_folds(strata.size(), strata, folds, 5);
        std::map<std::uint32_t, std::vector<int>> of_class;
        std::vector<int> sizes(folds);
        for (std::size_t row = 0; row < strata.size(); ++row) {
            ASSERT_LT(fold_of_rows[row], folds);
            ++sizes[fold_of_rows[row]];
            auto& counts = of_class[strata[row]];
            counts.resize(folds);
            ++counts[fold_of_rows[row]];
        }
        const auto [least, most] = std::ranges::minmax(sizes);
        EXPECT_LE(most - least, 1) << folds;
        for (const auto& [stratum, counts] : of_class) {
            const auto [fewest, largest] = std::ranges::minmax(counts);
            EXPECT_LE(largest - fewest, 1) << folds << " folds, class " << stratum;
        }
    }
}

TEST(Folds, AreDrawnByTheSeed) {
    EXPECT_EQ(deal_folds(100, {}, 5, 1), deal_folds(100, {}, 5, 1));
    EXPECT_NE(deal_folds(100, {}, 5, 1), deal_folds(100, {}, 5, 2));
}

TEST(Folds, EachRowIsValidatedOnceAndLearntFromInAllOtherFolds) {
    const std::vector<std::uint32_t> fold_of_rows = deal_folds(50, {}, 4, 1);
    std::vector<std::uint32_t> validated, all(50);
    std::iota(all.begin(), all.end(), 0U);
    for (std::size_t fold = 0; fold < 4; ++fold) {
        const Split split = split_fold(fold_of_rows, fold);
        EXPECT_EQ(both_parts(split), all) << "fold " << fold;
        validated.insert(validated.end(), split.validation.begin(), split.validation.end());
    }
    std::ranges::sort(validated);
    EXPECT_EQ(validated, all);
}

TEST(Folds, ThatCannotBeAreRefused) {
    test::expect_error(ErrorKind::data, "9 rows cannot be dealt out to 10 folds: take at most 9",
                       [] { deal_folds(9, {}, 10, 0); });
    test::expect_error(ErrorKind::usage, "there must be at least 2", [] { deal_folds(9, {}, 1, 0); });
}

}  // namespace
}  // namespace thalweg
