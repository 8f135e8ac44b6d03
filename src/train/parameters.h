#pragma once

#include <span>
#include <vector>

#include "thalweg/network.hpp"

namespace thalweg {

/// The Euclidean length, summed in double. The same bits for any vector width.
double norm(std::span<const float> vector);

bool all_finite(std::span<const float> vector);

/// Shortens the gradient to `longest` where it is longer than that; `length` is its norm. 0: never.
void clip(std::span<float> gradient, double length, double longest);

/// 1 for weights and 0 for biases: decay pulls no bias towards zero.
std::vector<float> decay_mask(const NetworkShape& shape);

}  // namespace thalweg
