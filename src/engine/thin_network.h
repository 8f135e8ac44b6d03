#pragma once

#include <cstddef>
#include <span>

#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/precision.hpp"

namespace thalweg::engine {

/// The training pass of a network of a few neurons a layer, on the calling thread. A vector holds one neuron
/// of as many rows as it has lanes: a vector of neurons would be mostly empty, and a product of such layers
/// takes longer to begin than to compute. Same bits as the products of product.h.
class ThinNetwork {
  public:
    /// True where it knows the network: at most 7 neurons in any layer, the inputs included, nothing before
    /// layer 1, no members, float32, and a derivative that h tells (elementwise.h).
    static bool fits(const NetworkShape& shape, Precision precision);

    /// Takes no memory before a step. The shape must outlive it.
    explicit ThinNetwork(const NetworkShape& shape) : shape_(shape) {}

    /// Once before the steps of up to `most_rows` rows.
    void make_memory(std::size_t most_rows);
    /// a_L of every row; keeps the h_i for `backward`.
    void forward(std::span<const float> theta, MatrixView<const float> inputs, MatrixView<float> logits);
    /// The gradient with respect to theta, of the rows that went forward last.
    void backward(std::span<const float> theta, MatrixView<const float> grad_logits,
                  std::span<float> gradient);

  private:
    const NetworkShape& shape_;
    AlignedVector<float> activations_;  ///< h_0 .. a_L, a neuron's rows side by side
    AlignedVector<float> gradients_;    ///< grad_{a_i} and grad_{a_{i-1}}, likewise
    AlignedVector<float> row_major_;    ///< h_{i-1} and a 1, row by row
};

}  // namespace thalweg::engine
