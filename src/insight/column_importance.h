#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

/// How much worse a model gets where a column says nothing.
struct ColumnImportance {
    std::string metric;     ///< that gets worse: "rmse", "log_loss"
    double with_all = 0.0;  ///< its value on the rows as they are
    std::size_t rows = 0;
    std::map<std::string, double> by_column;  ///< how much it rises when the column's cells change rows
};

/// Rows to judge a model by.
struct RowsToJudgeBy {
    Table table;
    /// Of a model that was trained with folds the one that each row was dealt to, from 0: only the networks
    /// that had not learnt from a row judge it. Empty: every network judges every row.
    std::vector<std::uint32_t> folds = {};
};

/// What permutation importance may cost at most, in multiplications, and does where training took long:
/// a second or so.
inline constexpr double kMostWorkOfImportance = 1e10;

/// Permutation importance (Breiman 2001) on labelled rows: the cells of one column after the other are dealt
/// anew among all rows, by `seed`, and the mean rise of the error over a few deals is told. Of columns that
/// are learnt from; where that is more than `work`, of fewer rows and of those `in_order` first. Empty where
/// no row has a target and a network to judge it.
ColumnImportance permutation_importance(const Model& model, const RowsToJudgeBy& rows,
                                        const std::vector<std::string>& in_order, std::uint64_t seed,
                                        double work = kMostWorkOfImportance);

}  // namespace thalweg
