#include "train/row_order.h"

#include <algorithm>

#include "core/random.h"

namespace thalweg {

RowOrder::RowOrder(const Examples& examples, const NetworkShape& shape, const FitOptions& options,
                   std::size_t batch_size)
    : examples_(examples),
      shuffles_(options.shuffle && batch_size < examples.size()),
      seed_(options.seed),
      rows_per_example_(shuffles_ && options.member_batches == MemberBatches::own ? shape.members.count : 1),
      rows_(examples.size() * rows_per_example_) {
    if (rows_per_example_ == 1) examples_.copy_rows(0, rows_);
}

void RowOrder::begin_epoch(std::size_t epoch) {
    if (!shuffles_) return;
    if (rows_per_example_ > 1) return shuffle_for_members(epoch);
    examples_.copy_rows(0, rows_);
    shuffle(rows_, Random(seed_, RandomStream::shuffle, static_cast<std::uint32_t>(epoch)));
}

void RowOrder::shuffle_for_members(std::size_t epoch) {
    std::vector<std::uint32_t> of_member(examples_.size());
    for (std::size_t m = 0; m < rows_per_example_; ++m) {
        examples_.copy_rows(0, of_member);
        shuffle(of_member, Random(seed_, RandomStream::member_shuffle,
                                  static_cast<std::uint32_t>(epoch * rows_per_example_ + m)));
        for (std::size_t n = 0; n < of_member.size(); ++n) rows_[n * rows_per_example_ + m] = of_member[n];
    }
}

std::span<const std::uint32_t> RowOrder::batch(std::size_t first, std::size_t size) const {
    const std::size_t count = std::min(size, examples_.size() - first);
    return std::span(rows_).subspan(first * rows_per_example_, count * rows_per_example_);
}

}  // namespace thalweg
