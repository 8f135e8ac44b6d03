#include "train/batch.h"

#include <algorithm>

namespace thalweg {

Batch::Batch(const Dataset& dataset, std::size_t capacity, std::size_t most_readers)
    : dataset_(dataset),
      inputs_(capacity, dataset.inputs),
      values_(dataset.values.rows() == 0 ? 0 : capacity * most_readers, dataset.values.cols()),
      classes_(dataset.classes.empty() ? 0 : capacity * most_readers),
      weights_(dataset.weights.empty() ? 0 : capacity * most_readers) {}

void Batch::fill(std::span<const std::uint32_t> rows, std::size_t readers) {
    rows_ = rows.size();
    targets_ = rows_ * readers;
    dataset_.gather_inputs(rows, inputs_.view().row_range(0, rows_));
    if (values_.rows() != 0)
        for (std::size_t i = 0; i < targets_; ++i)
            std::ranges::copy(dataset_.values.row(rows[i / readers]), values_.row(i).begin());
    if (!classes_.empty())
        for (std::size_t i = 0; i < targets_; ++i) classes_[i] = dataset_.classes[rows[i / readers]];
    if (weights_.empty()) {
        total_weight_ = static_cast<double>(rows_);
        return;
    }
    total_weight_ = 0.0;
    for (std::size_t i = 0; i < targets_; ++i) weights_[i] = dataset_.weights[rows[i / readers]];
    for (const std::uint32_t row : rows) total_weight_ += dataset_.weights[row];
}

Targets<float> Batch::targets() const {
    Targets<float> result;
    if (values_.rows() != 0) result.values = values_.view().row_range(0, targets_);
    if (!classes_.empty()) result.classes = std::span(classes_).first(targets_);
    if (!weights_.empty()) result.example_weights = std::span(weights_).first(targets_);
    return result;
}

}  // namespace thalweg
