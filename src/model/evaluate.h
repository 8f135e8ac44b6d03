#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/predicted_values.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// What the rows of a table should have given, target by target.
struct Truth {
    struct Target {
        std::vector<double> values;          ///< regression
        std::vector<std::uint32_t> classes;  ///< else; kUnknownClass where the model does not know it
        std::size_t unknown_classes = 0;     ///< different ones
        ColumnReport report;                 ///< of the unknown ones
    };
    std::vector<Target> targets;
};

/// Throws Error{data}: a target column is missing, text where values should be.
Truth read_truth(const Table& table, std::span<const std::uint32_t> rows, const TargetCoder& coder);

/// That of some of the rows.
Truth select(const Truth& truth, std::span<const std::uint32_t> rows);

/// What is judged beside the metrics of the task.
struct AlsoJudged {
    std::vector<double> margins = {};  ///< of each target, see Model::margins; empty: no intervals
    bool calibration_error = false;
};

/// The metrics of predictions of the same rows.
Evaluation evaluate_predictions(const TargetCoder& coder, const LossFunction& loss,
                                const PredictedValues& predicted, const Truth& truth,
                                const AlsoJudged& also = {});

}  // namespace thalweg
