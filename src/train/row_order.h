#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/dataset.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// The rows of a dataset in the order in which an epoch's batches take them. Where the members of an ensemble
/// read their own rows, each example of a batch has a row for each member in turn.
class RowOrder {
  public:
    /// In the order of `examples`. The dataset of the examples must outlive this.
    RowOrder(const Examples& examples, const NetworkShape& shape, const FitOptions& options,
             std::size_t batch_size);

    /// Own only where something tells the members' batches apart: neither without shuffling, nor where each
    /// batch is all rows.
    MemberBatches member_batches() const {
        return rows_per_example_ == 1 ? MemberBatches::shared : MemberBatches::own;
    }
    std::size_t examples() const { return examples_.size(); }
    std::size_t rows_per_example() const { return rows_per_example_; }

    /// Shuffles anew where `options` want it. An epoch's order depends on the seed and its number alone.
    void begin_epoch(std::size_t epoch);

    std::span<const std::uint32_t> all() const { return rows_; }
    /// Those of `size` examples from `first` on, or of as many as are left.
    std::span<const std::uint32_t> batch(std::size_t first, std::size_t size) const;

  private:
    void shuffle_for_members(std::size_t epoch);

    Examples examples_;
    bool shuffles_;
    std::uint64_t seed_;
    std::size_t rows_per_example_;
    std::vector<std::uint32_t> rows_;
};

}  // namespace thalweg
