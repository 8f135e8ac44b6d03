#pragma once

#include "thalweg/network.hpp"

namespace thalweg {

/// Throws Error{usage}: embeddings of inputs that are not there, of sizes or edges that cannot be.
void check_input_stage(const NetworkShape& shape);

/// Parameters of the embeddings and the scale. The shape was checked.
std::size_t input_stage_parameters(const NetworkShape& shape);

}  // namespace thalweg
