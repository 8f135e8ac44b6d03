#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "network/layer_matrix.h"

namespace thalweg {

// One layer of the plain pass, there and back. Sums are taken in double, so that a float32 network rounds
// once for each element and the pass can be the reference of everything faster.

/// b + W h, for each example; W h where there is no b.
template <class Scalar>
Matrix<Scalar> affine(std::span<const Scalar> bias, MatrixView<const Scalar> weights,
                      const Matrix<Scalar>& below) {
    Matrix<Scalar> result = make_matrix<Scalar>(below.rows(), weights.rows);
    for (std::size_t n = 0; n < below.rows(); ++n) {
        for (std::size_t p = 0; p < weights.rows; ++p) {
            double sum = bias.empty() ? 0.0 : double{bias[p]};
            for (std::size_t q = 0; q < weights.cols; ++q) sum += double{weights(p, q)} * double{below(n, q)};
            result(n, p) = static_cast<Scalar>(sum);
        }
    }
    return result;
}

/// grad_a h^T, summed over the examples: their gradients are those of the mean loss already.
template <class Scalar>
void sum_outer_products(const Matrix<Scalar>& grad_a, const Matrix<Scalar>& below,
                        MatrixView<Scalar> grad_weights) {
    std::vector<double> sums(below.cols());
    for (std::size_t p = 0; p < grad_a.cols(); ++p) {
        std::ranges::fill(sums, 0.0);
        for (std::size_t n = 0; n < grad_a.rows(); ++n)
            for (std::size_t q = 0; q < sums.size(); ++q)
                sums[q] += double{grad_a(n, p)} * double{below(n, q)};
        for (std::size_t q = 0; q < sums.size(); ++q) grad_weights(p, q) = static_cast<Scalar>(sums[q]);
    }
}

template <class Scalar>
void sum_rows(const Matrix<Scalar>& grad_a, std::span<Scalar> grad_bias) {
    for (std::size_t p = 0; p < grad_a.cols(); ++p) {
        double sum = 0.0;
        for (std::size_t n = 0; n < grad_a.rows(); ++n) sum += grad_a(n, p);
        grad_bias[p] = static_cast<Scalar>(sum);
    }
}

/// W^T grad_a, for each example: every path from a neuron below to the loss, summed.
template <class Scalar>
Matrix<Scalar> transposed_product(MatrixView<const Scalar> weights, const Matrix<Scalar>& grad_a) {
    Matrix<Scalar> result = make_matrix<Scalar>(grad_a.rows(), weights.cols);
    std::vector<double> sums(weights.cols);
    for (std::size_t n = 0; n < grad_a.rows(); ++n) {
        std::ranges::fill(sums, 0.0);
        for (std::size_t p = 0; p < weights.rows; ++p)
            for (std::size_t q = 0; q < sums.size(); ++q)
                sums[q] += double{weights(p, q)} * double{grad_a(n, p)};
        for (std::size_t q = 0; q < sums.size(); ++q) result(n, q) = static_cast<Scalar>(sums[q]);
    }
    return result;
}

}  // namespace thalweg
