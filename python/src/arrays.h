#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::python {

/// A numpy array of the memory of a matrix, which it takes over.
template <class Scalar>
nanobind::ndarray<nanobind::numpy, Scalar> into_array(Matrix<Scalar> matrix) {
    auto kept = std::make_unique<Matrix<Scalar>>(std::move(matrix));
    Scalar* data = kept->elements().data();
    const std::size_t shape[] = {kept->rows(), kept->cols()};
    const nanobind::capsule owner(kept.release(),
                                  [](void* taken) noexcept { delete static_cast<Matrix<Scalar>*>(taken); });
    return {data, 2, shape, owner};
}

/// A numpy array that looks into memory of `owner`.
template <class Scalar>
nanobind::ndarray<nanobind::numpy, Scalar> view_of(Scalar* data, const std::vector<std::size_t>& shape,
                                                   nanobind::handle owner) {
    return {data, shape.size(), shape.data(), owner};
}

}  // namespace thalweg::python
