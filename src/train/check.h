#pragma once

#include "thalweg/dataset.hpp"
#include "thalweg/network.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// Throws Error{usage} that names the flag of an option out of range.
void check_options(const FitOptions& options);

/// Throws Error{usage} where there is no network to start from, or its parameters are not finite.
void check_network(const Network<float>& start);

/// Throws Error{io} where training `networks` networks of `parameters` parameters, `at_once` of them side by
/// side, needs more memory than the machine has. Called before the first of it is taken.
void check_memory(std::size_t parameters, std::size_t networks = 1, std::size_t at_once = 1);

/// Throws Error{data} where there are no rows, or their inputs do not fit the network.
/// `part`: "training", "validation".
void check_inputs(const Dataset& dataset, const NetworkShape& shape, const char* part);

/// The same for inputs, targets and weights: throws Error{data} where the examples do not fit the network and
/// its loss, their rows are not there, or a number is not finite. `part`: "training", "validation".
void check_examples(const Examples& examples, const NetworkShape& shape, const LossFunction& loss,
                    const char* part);

}  // namespace thalweg
