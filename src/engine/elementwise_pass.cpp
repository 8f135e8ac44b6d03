#include "engine/elementwise_pass.h"

#include <algorithm>

#include "engine/elementwise.h"
#include "engine/members.h"

namespace thalweg {
namespace {

/// Enough for that many threads to have equal shares; each slot is as large as all that is summed in them.
constexpr std::size_t kSlots = 32;
/// Columns of the slots that a thread takes at a time.
constexpr std::size_t kSumStep = 64;

MatrixView<float> part_of(Matrix<float>& matrix, Range rows) {
    return matrix.view().row_range(rows.first, rows.size());
}

/// Rows `rows` of values that has a row for each pair, or for each example: then those of their examples.
MatrixView<const float> part_of(MatrixView<const float> values, Range rows, std::size_t pairs) {
    const std::size_t share = values.rows == pairs ? 1 : pairs / values.rows;
    return values.row_range(rows.first / share, rows.size() / share);
}

}  // namespace

ElementwisePass::ElementwisePass(const NetworkShape& shape, std::size_t most_examples)
    : shape_(shape), places_(shape.layers() - 1), adapted_(places_.size()), products_(places_.size()) {
    const std::size_t members = shape.members.count, pairs = most_examples * members;
    std::size_t place = 0;
    for (std::size_t i = 1; i < shape.layers(); ++i) {
        Places& places = places_[i - 1];
        places.bias = place;
        if (shape.adapts_outputs(i)) {
            products_[i - 1] = Matrix<float>(pairs, shape.widths[i]);
            place += shape.bias_size(i);
        }
        places.inputs = place;
        if (shape.adapts_inputs(i)) {
            adapted_[i - 1] = Matrix<float>(pairs, shape.fan_in(i));
            place += members * shape.fan_in(i);
        }
        places.outputs = place;
        if (shape.adapts_outputs(i)) place += members * shape.widths[i];
        places.bends = place;
        if (shape.bends(i)) place += shape.widths[i];
        places.end = place;
    }
    if (place > 0) slots_ = Matrix<float>(std::min(kSlots, most_examples), place);
}

void ElementwisePass::begin(std::size_t examples) {
    slot_size_ = std::max<std::size_t>((examples + kSlots - 1) / kSlots, 1);
    used_slots_ = (examples + slot_size_ - 1) / slot_size_;
}

void ElementwisePass::clear(Range examples) {
    if (!has_slots()) return;
    for (std::size_t example = examples.first; example < examples.last; example += slot_size_)
        std::ranges::fill(slots_.row(example / slot_size_), 0.0f);
}

template <class Work>
void ElementwisePass::for_slots(Range rows, const Work& work) {
    const std::size_t pairs_per_slot = slot_size_ * shape_.members.count;
    for (std::size_t first = rows.first; first < rows.last;) {
        const std::size_t slot = first / pairs_per_slot;
        const std::size_t last = std::min(rows.last, (slot + 1) * pairs_per_slot);
        work(slots_.row(slot).data(), {first - rows.first, last - rows.first});
        first = last;
    }
}

void ElementwisePass::adapt_inputs(std::span<const float> theta, std::size_t layer, Range rows,
                                   MatrixView<const float> below) {
    engine::multiply_by_members(below, LayerParameters(shape_, layer, theta.data()).input_adapter,
                                part_of(adapted_[layer - 1], rows));
}

void ElementwisePass::adapt_outputs(std::span<const float> theta, std::size_t layer, Range rows,
                                    MatrixView<float> a) {
    const LayerParameters parameters(shape_, layer, theta.data());
    engine::scale_and_shift_by_members(part_of(products_[layer - 1], rows), parameters.output_adapter,
                                       {parameters.bias.data(), shape_.members.count, shape_.widths[layer]},
                                       a);
}

void ElementwisePass::outputs_backward(std::span<const float> theta, std::size_t layer, Range rows,
                                       MatrixView<float> grad) {
    const Places& places = places_[layer - 1];
    const std::size_t members = shape_.members.count, width = shape_.widths[layer];
    const MatrixView<const float> u = part_of(products_[layer - 1], rows);
    for_slots(rows, [&](float* slot, Range tile) {
        const MatrixView<const float> grad_a = grad.row_range(tile.first, tile.size());
        engine::add_by_members(grad_a, {slot + places.bias, members, width});
        engine::add_products_by_members(grad_a, u.row_range(tile.first, tile.size()),
                                        {slot + places.outputs, members, width});
    });
    engine::multiply_by_members(grad, LayerParameters(shape_, layer, theta.data()).output_adapter, grad);
}

void ElementwisePass::inputs_backward(std::span<const float> theta, std::size_t layer, Range rows,
                                      MatrixView<const float> below, MatrixView<float> grad) {
    const Places& places = places_[layer - 1];
    for_slots(rows, [&](float* slot, Range tile) {
        engine::add_products_by_members(grad.row_range(tile.first, tile.size()),
                                        part_of(below, tile, rows.size()),
                                        {slot + places.inputs, shape_.members.count, shape_.fan_in(layer)});
    });
    engine::multiply_by_members(grad, LayerParameters(shape_, layer, theta.data()).input_adapter, grad);
}

void ElementwisePass::bends_backward(std::span<const float> theta, std::size_t layer, Range rows,
                                     MatrixView<const float> a, MatrixView<float> grad) {
    const std::span<const float> bend = LayerParameters(shape_, layer, theta.data()).bend;
    for_slots(rows, [&](float* slot, Range tile) {
        engine::bend_backward(shape_.activation, a.row_range(tile.first, tile.size()), bend,
                              grad.row_range(tile.first, tile.size()),
                              {slot + places_[layer - 1].bends, bend.size()});
    });
}

void ElementwisePass::sum_slots(std::size_t part, std::size_t parts, std::span<float> gradient) const {
    if (!has_slots()) return;
    for (std::size_t i = 1; i < shape_.layers(); ++i) {
        const Places& places = places_[i - 1];
        const Range mine = share_of(places.end - places.bias, kSumStep, part, parts);
        const MatrixView<const float> columns(slots_.row(0).data() + places.bias + mine.first, used_slots_,
                                              mine.size(), slots_.cols());
        engine::sum_rows(
            columns,
            gradient.subspan(shape_.offset(i + 1) - (places.end - places.bias) + mine.first, mine.size()));
    }
}

}  // namespace thalweg
