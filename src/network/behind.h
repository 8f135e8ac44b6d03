#pragma once

#include <cstddef>

namespace thalweg {

/// Where `count` elements after `start` are. Nowhere stays nowhere: of a view of no parameters only the sizes
/// can be read.
template <class Scalar>
Scalar* behind(Scalar* start, std::size_t count) {
    return start == nullptr ? start : start + count;
}

}  // namespace thalweg
