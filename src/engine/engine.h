#pragma once

#include <functional>
#include <memory>
#include <span>

#include "engine/dropout.h"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/precision.hpp"

namespace thalweg {

/// The fast pass of one shape of network in float32, its matrix products in `precision`. Holds the scratch
/// memory of its batches, so one Engine serves one thread of callers. Same mathematics as forward_propagation
/// and back_propagation.
class Engine {
  public:
    /// Batches of up to `max_batch` examples. Throws Error{io} if memory cannot be had.
    Engine(const NetworkShape& shape, const LossFunction& loss, std::size_t max_batch, int threads,
           Precision precision = Precision::float32);
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    /// Mean loss of the batch; writes its gradient with respect to theta. inputs: N x n_0, N up to max_batch.
    /// An ensemble of k members has k N targets, that of member m for example n in row n k + m, and as many
    /// inputs, or N, which all members then read.
    double loss_and_gradient(std::span<const float> theta, MatrixView<const float> inputs,
                             const Targets<float>& targets, const Dropout& dropout,
                             std::span<float> gradient);

    /// Calls part(first, last) for ranges that cover theta once, on the threads of the last step where that
    /// pays: what an update rule shares. The part must not throw.
    void share_parameters(const std::function<void(std::size_t first, std::size_t last)>& part);

    /// Lays theta out for any number of calls of `logits`, up to the next of loss_and_gradient.
    void load(std::span<const float> theta);
    /// With the theta loaded last. logits: N x n_L, the last pre-activation, of an ensemble the logits of its
    /// members' mean y_hat; any N up to max_batch.
    void logits(MatrixView<const float> inputs, MatrixView<float> logits);
    /// Loads theta first: for one batch.
    void logits(std::span<const float> theta, MatrixView<const float> inputs, MatrixView<float> logits) {
        load(theta);
        this->logits(inputs, logits);
    }

  private:
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
};

}  // namespace thalweg
