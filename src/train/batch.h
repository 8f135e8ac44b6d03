#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/dataset.hpp"

namespace thalweg {

/// Memory for a chunk of examples, filled anew for each: only here do one-hot inputs exist.
class Batch {
  public:
    /// Room for `capacity` rows of `dataset`, which must outlive the batch, each of them with its target up
    /// to `most_readers` times.
    Batch(const Dataset& dataset, std::size_t capacity, std::size_t most_readers = 1);

    /// Gathers the examples `rows`, at most `capacity` of them; their targets are there once for each of the
    /// members of an ensemble who read them.
    void fill(std::span<const std::uint32_t> rows, std::size_t readers = 1);

    MatrixView<const float> inputs() const { return inputs_.view().row_range(0, rows_); }
    Targets<float> targets() const;
    /// The sum of the example weights: the number of rows where they have none.
    double total_weight() const { return total_weight_; }

  private:
    const Dataset& dataset_;
    std::size_t rows_ = 0;
    std::size_t targets_ = 0;  ///< rows, each as often as it is read
    double total_weight_ = 0.0;
    Matrix<float> inputs_;
    Matrix<float> values_;
    std::vector<std::uint32_t> classes_;
    std::vector<float> weights_;
};

}  // namespace thalweg
