#include "train/batch.h"

#include <algorithm>

namespace thalweg {

Batch::Batch(const Dataset& dataset, std::size_t capacity)
    : dataset_(dataset),
      inputs_(capacity, dataset.inputs),
      values_(dataset.values.rows() == 0 ? 0 : capacity, dataset.values.cols()),
      classes_(dataset.classes.empty() ? 0 : capacity),
      weights_(dataset.weights.empty() ? 0 : capacity) {}

void Batch::fill(std::span<const std::uint32_t> rows) {
    rows_ = rows.size();
    dataset_.gather_inputs(rows, inputs_.view().row_range(0, rows_));
    if (values_.rows() != 0)
        for (std::size_t i = 0; i < rows_; ++i)
            std::ranges::copy(dataset_.values.row(rows[i]), values_.row(i).begin());
    if (!classes_.empty())
        for (std::size_t i = 0; i < rows_; ++i) classes_[i] = dataset_.classes[rows[i]];
    if (weights_.empty()) {
        total_weight_ = static_cast<double>(rows_);
        return;
    }
    total_weight_ = 0.0;
    for (std::size_t i = 0; i < rows_; ++i) {
        weights_[i] = dataset_.weights[rows[i]];
        total_weight_ += weights_[i];
    }
}

Targets<float> Batch::targets() const {
    Targets<float> result;
    if (values_.rows() != 0) result.values = values_.view().row_range(0, rows_);
    if (!classes_.empty()) result.classes = std::span(classes_).first(rows_);
    if (!weights_.empty()) result.example_weights = std::span(weights_).first(rows_);
    return result;
}

}  // namespace thalweg
