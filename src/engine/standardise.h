#pragma once

#include <cstddef>

namespace thalweg::engine {

/// How columns of numbers that stand side by side are scaled: [j] tells of column j.
struct Scaling {
    const double* centre;
    const double* scale;
    const double* fill;  ///< what is taken for a value that is not finite
    double far;          ///< what is scaled is held between -far and far
    bool smooth_clip;    ///< then z becomes z / sqrt(1 + (z/3)^2)
};

/// inputs[j] = clip((values[j] - centre[j]) / scale[j]), j < count, in double: the same bits on every
/// machine.
void standardise(const Scaling& scaling, const double* values, float* inputs, std::size_t count);

}  // namespace thalweg::engine
