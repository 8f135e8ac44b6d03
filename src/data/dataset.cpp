#include "thalweg/dataset.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

template <class T>
Matrix<T> select_rows(const Matrix<T>& from, std::span<const std::uint32_t> indices) {
    if (from.cols() == 0) return {};
    Matrix<T> selected(indices.size(), from.cols());
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto row = from.row(indices[i]);
        std::copy(row.begin(), row.end(), selected.row(i).begin());
    }
    return selected;
}

template <class T>
std::vector<T> select_elements(const std::vector<T>& from, std::span<const std::uint32_t> indices) {
    if (from.empty()) return {};
    std::vector<T> selected(indices.size());
    std::transform(indices.begin(), indices.end(), selected.begin(),
                   [&](std::uint32_t index) { return from[index]; });
    return selected;
}

void check_indices(std::span<const std::uint32_t> indices, std::size_t rows) {
    for (const std::uint32_t index : indices)
        if (index >= rows)
            throw Error(ErrorKind::data, fmt::format("example {} was asked for, there are {}", index, rows));
}

}  // namespace

void CategoryBlock::write(std::uint32_t code, float* inputs) const {
    if (embedded) {
        *inputs = static_cast<float>(std::min<std::size_t>(code, codes));
        return;
    }
    if (values.off.empty()) {
        std::fill_n(inputs, codes, 0.0F);
        if (code < codes) inputs[code] = 1.0F;
        return;
    }
    std::ranges::copy(values.off, inputs);
    if (code < codes) inputs[values.off.size() == 1 ? 0 : code] = values.on[code];
}

void Dataset::gather_inputs(std::span<const std::uint32_t> indices, MatrixView<float> batch) const {
    if (batch.rows != indices.size() || batch.cols != inputs)
        throw Error(ErrorKind::data, fmt::format("a batch of {} x {} was given for {} examples of {} inputs",
                                                 batch.rows, batch.cols, indices.size(), inputs));
    check_indices(indices, rows);
    for (std::size_t i = 0; i < indices.size(); ++i) {
        float* out = batch.row(i).data();
        const auto numbers = dense.row(indices[i]);
        std::copy(numbers.begin(), numbers.end(), out);
        for (std::size_t b = 0; b < blocks.size(); ++b)
            blocks[b].write(codes(indices[i], b), out + blocks[b].first_input);
    }
}

Dataset Dataset::select(std::span<const std::uint32_t> indices) const {
    check_indices(indices, rows);
    Dataset selected;
    selected.rows = indices.size();
    selected.inputs = inputs;
    selected.dense = select_rows(dense, indices);
    selected.blocks = blocks;
    selected.codes = select_rows(codes, indices);
    selected.values = select_rows(values, indices);
    selected.classes = select_elements(classes, indices);
    selected.weights = select_elements(weights, indices);
    return selected;
}

void Examples::copy_rows(std::size_t first, std::span<std::uint32_t> rows) const {
    if (rows_)
        std::ranges::copy(rows_->subspan(first, rows.size()), rows.begin());
    else
        std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
}

double Examples::total_weight() const {
    const std::vector<float>& weights = dataset_->weights;
    if (weights.empty()) return static_cast<double>(size_);
    if (!rows_) return std::accumulate(weights.begin(), weights.end(), 0.0);
    return std::accumulate(rows_->begin(), rows_->end(), 0.0,
                           [&](double sum, std::uint32_t row) { return sum + weights[row]; });
}

}  // namespace thalweg
