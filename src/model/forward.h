#pragma once

#include "engine/packed_network.h"
#include "thalweg/dataset.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// The logits of every example, examples x outputs, by the fast pass in batches. threads: 0 for as many
/// as there are cores. A row's bits do not depend on the rows around it. Throws Error{io} if memory cannot be
/// had.
Matrix<float> dataset_logits(const PackedNetwork& network, const Examples& examples, int threads);

}  // namespace thalweg
