#pragma once

#include <cstddef>

#include "thalweg/train.hpp"

namespace thalweg {

/// Of a training on so many rows: all of them where the rule makes no sense on a sample.
std::size_t batch_rows(const FitOptions& options, std::size_t rows);

/// Whole batches are left to a table that fills at least one.
std::size_t steps_per_epoch(const FitOptions& options, std::size_t rows);

/// What epochs and iterations together allow.
std::size_t total_steps(const FitOptions& options, std::size_t steps_per_epoch);

}  // namespace thalweg
