#pragma once

#include <cmath>
#include <utility>

#include "thalweg/network.hpp"

namespace thalweg::test {

/// d y_hat_output / d x of every row, N x n_0, by the plain back propagation of a loss whose slope is 1 in
/// that output and 0 in all others: |y_hat - y| at 0 has none, and what is above its target has slope 1.
inline Matrix<double> output_gradient(const Network<double>& network, const Matrix<double>& inputs,
                                      std::size_t output) {
    const Trace<double> trace = forward_propagation<double>(network, inputs);
    Matrix<double> targets = trace.y_hat();
    for (std::size_t n = 0; n < targets.rows(); ++n) targets(n, output) -= 1.0 + std::abs(targets(n, output));
    Gradient<double> gradient =
        back_propagation(network, trace, {targets.view(), {}, {}}, {.loss = Loss::absolute_error}, true);
    for (double& of_mean : gradient.inputs.elements()) of_mean *= static_cast<double>(targets.rows());
    return std::move(gradient.inputs);
}

}  // namespace thalweg::test
