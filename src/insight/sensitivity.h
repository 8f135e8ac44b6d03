#pragma once

#include <string>
#include <vector>

#include "insight/examples.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// How much a column moves the outputs of a network.
struct ColumnSensitivity {
    std::string column;
    double value = 0.0;  ///< mean over rows and outputs of |d y_hat / d x|, summed over the column's inputs
};

/// Of every column that is learnt from, in their order, by network `number` (from 1) of the model. A category
/// that is embedded is a code, which has no derivative: it counts 0.
std::vector<ColumnSensitivity> column_sensitivity(const Model& model, std::size_t number,
                                                  const PlainExamples& examples);

}  // namespace thalweg
