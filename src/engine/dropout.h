#pragma once

#include <cstddef>
#include <cstdint>

#include "thalweg/matrix.hpp"

namespace thalweg {

/// Which hidden activations are dropped in a step: a mask that depends on (seed, step, layer, element) alone.
struct Dropout {
    double rate = 0.0;
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
    std::size_t first_row = 0;  ///< of this batch within the step, where a step has several
};

namespace engine {

/// Draws a factor for each element of some rows of hidden layer `layer`, from `first_row` of the batch on: 0,
/// or 1/(1-rate), and multiplies h by them; the way back needs them again. Four elements come from one block
/// of random words (core/random.h), whose index is their place in the step.
void drop(const Dropout& dropout, std::size_t layer, std::size_t first_row, MatrixView<float> h,
          MatrixView<float> factors);

}  // namespace engine
}  // namespace thalweg
