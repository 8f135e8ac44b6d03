#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/network.hpp"

namespace thalweg {

/// y_hat and d y_hat / d x of many rows at once, in float32 by the engine's matrix products. Of one network,
/// which is no ensemble of members.
class InputGradient {
  public:
    explicit InputGradient(Network<float> network) : network_(std::move(network)) {}

    const Network<float>& network() const { return network_; }
    /// N x k
    Matrix<float> y_hat(const Matrix<float>& inputs) const;
    /// d y_hat_output / d x, N x n_0
    Matrix<float> of(const Matrix<float>& inputs, std::size_t output) const;

  private:
    Trace<float> forward(const Matrix<float>& inputs) const;

    Network<float> network_;
};

}  // namespace thalweg
