#pragma once

#include <span>
#include <string>
#include <vector>

#include "thalweg/monotone.hpp"
#include "thalweg/network.hpp"

namespace thalweg {

/// Between what each parameter of theta may be.
struct ParameterBounds {
    std::vector<float> least;
    std::vector<float> most;

    /// Parameters first .. last-1, each moved to the nearest that may be. What is no number stays none.
    void project(std::span<float> theta, std::size_t first, std::size_t last) const;
};

/// Bounds within which every output is monotone in the inputs that have a direction (theory.md, "Monotone
/// networks"). Throws Error{usage}: as many directions as there are inputs are needed, an activation that
/// falls somewhere, the softmax output, a constrained input that is embedded.
ParameterBounds monotone_bounds(const NetworkShape& shape, std::span<const Direction> inputs);

/// Makes a start that is within the bounds of one that was drawn without them: parameters of the wrong sign
/// change it, and those that now pull together are made smaller.
void start_within(const ParameterBounds& bounds, Network<float>& network);

/// The activations that never fall, to the last bit of a float, with commas between them.
std::string monotone_activations();

}  // namespace thalweg
