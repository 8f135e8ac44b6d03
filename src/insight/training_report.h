#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "insight/training_history.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// What is kept of the data to look at a training with.
struct KeptRows {
    Table rows;                          ///< some
    std::vector<std::uint32_t> numbers;  ///< which those are
    Table targets;                       ///< the target columns of many
    std::optional<Table> validation;     ///< some of the rows to validate on, where they came apart
};

/// Everything that the report of a training is made of.
struct ReportedTraining {
    const Training& training;
    const TrainingHistory& history;
    const KeptRows& rows;
    const std::vector<std::string>& warnings;
    const std::string& command;  ///< that trains the same again
};

/// A page of its own on a training: warnings and scores; losses, learning rate and gradient norms over time,
/// layer by layer; dead and saturated neurons; weights and activations at the start and the end; predictions
/// of rows held out beside what is true; what was done with each column and how much it matters; and what it
/// takes to train the same again. Below 1 MB however long the training.
std::string report_page(const ReportedTraining& reported);

}  // namespace thalweg
