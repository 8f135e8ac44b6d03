#pragma once

#include <string>
#include <vector>

#include "thalweg/monotone.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// A column and how predictions go with it.
struct MonotoneColumn {
    std::string name;
    Direction direction = Direction::rising;
};

/// From "income:+" and "age:-". Throws Error{usage}: no sign at the end, a column named twice.
std::vector<MonotoneColumn> monotone_columns(const std::vector<std::string>& texts);

/// Throws Error{usage} where options.monotone cannot hold: probabilities of several classes.
void check_monotone_task(Task task, const TrainOptions& options);

/// Keeps the order of these columns exactly: their numbers are scaled, but not clipped, which rounding could
/// put out of order in the last bit. Throws Error{data} for a column that is no number or is left out.
Preprocessor in_exact_order(const Preprocessor& preprocessor, const std::vector<MonotoneColumn>& columns);

/// The direction of each of the preprocessor's inputs; empty where no column has one.
std::vector<Direction> input_directions(const Preprocessor& preprocessor,
                                        const std::vector<MonotoneColumn>& columns);

}  // namespace thalweg
