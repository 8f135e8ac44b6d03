#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "train/batch.h"

namespace thalweg {

/// The mean loss and its gradient over any number of rows, in chunks of bounded memory. Where there is more
/// than one chunk they are added in double and in order, so neither the chunks nor the threads show in the
/// result.
class ChunkedGradient {
  public:
    /// Rows that are in memory, one-hot and through all layers, at a time.
    static constexpr std::size_t kChunk = 4096;

    ChunkedGradient(const Dataset& dataset, const NetworkShape& shape, const LossFunction& loss,
                    std::size_t most_rows, int threads);

    /// Returns the weighted mean loss over `rows`; 0, and a gradient of zeros, where their weights sum to 0.
    double loss_and_gradient(std::span<const float> theta, std::span<const std::uint32_t> rows,
                             const Dropout& dropout, std::span<float> gradient);
    /// The weighted mean loss of a whole dataset, without dropout.
    double loss(std::span<const float> theta);

    /// The weights of the rows of the last call, summed.
    double total_weight() const { return total_weight_; }

  private:
    const Dataset& dataset_;
    Output output_;
    LossFunction loss_;
    std::size_t chunk_;
    Batch batch_;
    Engine engine_;
    Matrix<float> logits_;
    std::vector<double> sum_;
    double total_weight_ = 0.0;
};

}  // namespace thalweg
