#pragma once

#include <cstddef>
#include <span>

#include "thalweg/matrix.hpp"

namespace thalweg::engine {

// What the members of an ensemble (network.hpp) do apart, elementwise. Row n of a matrix of pairs is that of
// member n mod k; row m of a matrix of k rows belongs to member m. An element's bits depend on neither the
// vectors nor the rows beside it.

/// result(n) = factors(n mod k) . values(n), or . values(n / k) where there is a row for each example alone.
/// result may be `values`.
void multiply_by_members(MatrixView<const float> values, MatrixView<const float> factors,
                         MatrixView<float> result);

/// result(n) = scales(n mod k) . values(n) + shifts(n mod k); result may be `values`.
void scale_and_shift_by_members(MatrixView<const float> values, MatrixView<const float> scales,
                                MatrixView<const float> shifts, MatrixView<float> result);

/// sums(m) += values(n), over the rows n of member m in their order.
void add_by_members(MatrixView<const float> values, MatrixView<float> sums);

/// sums(m) += a(n) . b(n) likewise; b may have a row for each example alone.
void add_products_by_members(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> sums);

/// sums(n) = the sum of the `members` rows of example n.
void sum_over_members(MatrixView<const float> values, std::size_t members, MatrixView<float> sums);

}  // namespace thalweg::engine
