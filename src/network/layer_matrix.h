#pragma once

#include <fmt/format.h>

#include <cstddef>

#include "core/memory.h"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// A matrix for every example of a layer, with the failure to allocate turned into Error{io}.
template <class Scalar>
Matrix<Scalar> make_matrix(std::size_t rows, std::size_t cols) {
    const std::string what = fmt::format("a layer of {} neurons for {} examples", cols, rows);
    const double bytes = static_cast<double>(rows) * static_cast<double>(cols) * sizeof(Scalar);
    if (!checked_product(rows, cols)) throw_no_memory(what, bytes);
    return with_memory(what, bytes, [&] { return Matrix<Scalar>(rows, cols); });
}

}  // namespace thalweg
