#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "thalweg/train.hpp"
#include "train/batch.h"

namespace thalweg {

/// How many examples are in memory at a time, one-hot and through all layers: some thousand, and fewer where
/// rows are so wide that these would fill the memory. Depends on nothing but sizes.
std::size_t chunk_rows(const Examples& examples, const NetworkShape& shape);

/// The mean loss and its gradient over any number of rows, in chunks of bounded memory. Where there is more
/// than one chunk they are added in double and in order, so neither the chunks nor the threads show in the
/// result.
class ChunkedGradient {
  public:
    /// Chunks of at most `most_rows` examples, which `engine` must have room for. The engine and the dataset
    /// of the examples must outlive this. `batches`: whether all members of an ensemble read the rows of a
    /// gradient, or each its own. Throws Error{io} if memory cannot be had.
    ChunkedGradient(const Examples& examples, Engine& engine, const NetworkShape& shape,
                    const LossFunction& loss, std::size_t most_rows,
                    MemberBatches batches = MemberBatches::shared);

    /// Asked between chunks, so that one pass over many rows can be left.
    void set_give_up(std::function<bool()> give_up) { give_up_ = std::move(give_up); }

    /// Returns the weighted mean loss over `rows` of the dataset (where members read their own: one for each
    /// of them in turn, for every example); 0, and a gradient of zeros, where their weights sum to 0.
    /// Infinity, and a gradient that means nothing, where the pass was given up.
    double loss_and_gradient(std::span<const float> theta, std::span<const std::uint32_t> rows,
                             const Dropout& dropout, std::span<float> gradient);
    /// The weighted mean loss of all examples, without dropout. `give_up`, if any, is asked between chunks
    /// with the share of the rows that is done; where it says yes there is no result.
    std::optional<double> loss(std::span<const float> theta,
                               const std::function<bool(double share)>& give_up = {});

    /// From here on `loss` finds the error too (see mean_error).
    void measure_error(std::vector<Bounds> bounds) { bounds_ = std::move(bounds); }
    /// That of the last call of `loss`.
    double error() const { return error_; }

    /// The weights of the rows of the last call, summed.
    double total_weight() const { return total_weight_; }
    bool gave_up() const { return gave_up_; }

  private:
    void add_chunk(std::span<const float> theta, std::span<const std::uint32_t> rows, const Dropout& dropout,
                   std::span<float> gradient, double& loss_sum);

    Examples examples_;
    Engine& engine_;
    Output output_;
    LossFunction loss_;
    std::size_t readers_;           ///< members who read a row of a gradient
    std::size_t rows_per_example_;  ///< of a gradient
    std::size_t chunk_;             ///< examples
    Batch batch_;
    Matrix<float> logits_;
    std::vector<std::uint32_t> in_order_;
    std::vector<double> gradient_sum_;
    std::function<bool()> give_up_;
    double total_weight_ = 0.0;
    bool gave_up_ = false;
    std::optional<std::vector<Bounds>> bounds_;  ///< none: the error is not asked for
    double error_ = 0.0;
};

}  // namespace thalweg
