#pragma once

#include <cstddef>
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

/// Permutation importance (Breiman 2001) on labelled rows of a table: the cells of one column after the other
/// are dealt anew, by `seed`, and the mean rise of the error over a few deals is told. Of columns that are
/// learnt from; where there is too much to do, of fewer rows and of those `in_order` first. Empty where no
/// row has a target.
ColumnImportance permutation_importance(const Model& model, Table rows,
                                        const std::vector<std::string>& in_order, std::uint64_t seed);

}  // namespace thalweg
