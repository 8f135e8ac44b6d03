#pragma once

#include <string>

#include "thalweg/model.hpp"

namespace thalweg::cli {

/// What came of a training, in a few aligned lines.
std::string summary_text(const Training& training, const std::string& path);
/// The same as one JSON object: task, rows, metrics of the validation part, model, best_epoch, seconds, ...
std::string summary_json(const Training& training, const std::string& path);

/// An evaluation as an aligned table: a line for each metric, a column for each of several targets.
std::string evaluation_text(const Evaluation& evaluation);

/// "rmse 47210.4, mae 31000.2"
std::string metrics_line(const Metrics& metrics);

}  // namespace thalweg::cli
