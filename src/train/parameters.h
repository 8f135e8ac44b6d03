#pragma once

#include <span>
#include <vector>

#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// The Euclidean length, summed in double. The same bits for any vector width.
double norm(std::span<const float> vector);

/// Where each layer's parameters begin in theta, and where the last one's end.
std::vector<std::size_t> layer_bounds(const NetworkShape& shape);
/// norm(theta), and by the same pass the norm of each part of it between two bounds, the last of which is its
/// end, written into `norms`.
double layer_norms(std::span<const float> theta, std::span<const std::size_t> bounds,
                   std::span<double> norms);

bool all_finite(std::span<const float> vector);

/// Shortens the gradient to `longest` where it is longer than that; `length` is its norm. 0: never.
void clip(std::span<float> gradient, double length, double longest);

/// What weight decay of a parameter is a multiple of, its rate's factor aside: 1 for weights
/// and members' adapters, and 0 for biases, bends and what stands before layer 1. Of all (see DecayOf), so
/// that with adamw, which decays by the parameter's own rate, what comes out is the rate itself for weights,
/// and that times the square of the factor for the rest; biases do not decay.
std::vector<float> decay_mask(const NetworkShape& shape, const RateFactors& rates = {},
                              DecayOf decay_of = DecayOf::weights);

/// The parts of theta whose learning rates `rates` sets apart.
std::vector<ParameterGroup> parameter_groups(const NetworkShape& shape, const RateFactors& rates);

}  // namespace thalweg
