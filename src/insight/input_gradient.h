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
    /// The same from what `forward` kept of the rows, which serves every output.
    Trace<float> forward(const Matrix<float>& inputs) const;
    Matrix<float> of(const Trace<float>& trace, std::size_t output) const;

    /// What layer 1 reads of the rows before its scale, N x fan_in(1), and d y_hat_output / d of that.
    Matrix<float> embedded(const Matrix<float>& inputs) const;
    Matrix<float> of_embedded(const Matrix<float>& embedded, std::size_t output) const;

  private:
    Matrix<float> back_to_layer_1(const Trace<float>& trace, std::size_t output) const;

    Network<float> network_;
};

}  // namespace thalweg
