#pragma once

#include <string>
#include <vector>

#include "insight/diagnosis.h"
#include "insight/training_log.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A page of its own on a training: losses, learning rate and gradient norm over time, how each layer fares
/// and its weights, what was done with each column and how much it moves the prediction, warnings, the
/// scores, and what it takes to train the same again. `rows`: some of the data, for what is measured at the
/// end. Below 1 MB however long the training: long series are thinned.
std::string report_page(const TrainingLog& log, const Training& training, const Table& rows,
                        const std::vector<std::string>& warnings);

}  // namespace thalweg
