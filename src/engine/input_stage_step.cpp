#include "engine/input_stage_step.h"

#include <algorithm>

#include "engine/category_embedding.h"
#include "engine/periodic_embedding.h"
#include "engine/product.h"

namespace thalweg {
namespace {

/// A step that keeps two threads off one line of the cache.
constexpr std::size_t kSharedStep = 16;

std::size_t embedded_width(const NetworkShape& shape) {
    return shape.fan_in(1) - shape.kept();
}

}  // namespace

void InputStageStep::make_room(std::size_t rows) {
    if (!shape_.embeds() || embedded_.rows() >= rows) return;
    embedded_ = Matrix<float>(rows, shape_.fan_in(1));
    grad_z_ = Matrix<float>(rows, embedded_width(shape_));
    for (Matrix<float>* matrix : {&cosines_, &sines_, &grad_angles_})
        *matrix = Matrix<float>(rows, shape_.periodic.angles());
    grad_lines_ = engine::BinLines(shape_.piecewise);
}

std::size_t InputStageStep::floats_per_row(const NetworkShape& shape) {
    if (!shape.embeds()) return 0;
    return shape.fan_in(1) + embedded_width(shape) + 3 * shape.periodic.angles();
}

void InputStageStep::forward(const PackedNetwork& packed, MatrixView<const float> inputs, Range rows) {
    if (!shape_.embeds()) return;
    const auto part = [&](Matrix<float>& matrix) { return matrix.view().row_range(rows.first, rows.size()); };
    packed.input_stage().embed(inputs.row_range(rows.first, rows.size()), {part(cosines_), part(sines_)},
                               part(embedded_));
}

MatrixView<const float> InputStageStep::read_by_layer_1(MatrixView<const float> inputs) const {
    return shape_.embeds() ? embedded_.view().row_range(0, inputs.rows) : inputs;
}

void InputStageStep::find_grad_z(const PackedNetwork& packed, std::span<const float> theta,
                                 Precision precision, MatrixView<const float> grad_first, Range rows) {
    if (!shape_.embeds()) return;
    Product product;
    product.precision = precision;
    product.rows = rows.size();
    product.depth = grad_first.cols;
    product.cols = grad_z_.cols();
    product.a = grad_first.row(rows.first).data();
    product.a_row = grad_first.stride;
    product.a_col = 1;
    product.b = packed.first_weights(theta) + shape_.kept();
    product.b_row = shape_.fan_in(1);
    product.b_col = 1;
    product.c = grad_z_.row(rows.first).data();
    product.c_stride = grad_z_.cols();
    multiply(product);
}

void InputStageStep::backward(std::span<const float> theta, Range rows) {
    if (!shape_.embeds()) return;
    const auto part = [&](Matrix<float>& matrix) { return matrix.view().row_range(rows.first, rows.size()); };
    engine::periodic_backward(shape_.periodic, {shape_, theta.data()},
                              grad_z(rows).col_range(0, shape_.periodic.width()), part(sines_),
                              part(grad_angles_));
}

void InputStageStep::gradient(MatrixView<const float> inputs, std::size_t part, std::size_t parts,
                              std::span<float> gradient) {
    if (!shape_.embeds()) return;
    const auto all = [&](const Matrix<float>& matrix) { return matrix.view().row_range(0, inputs.rows); };
    const InputStage<float> stage(shape_, gradient.data());
    const PeriodicEmbedding& periodic = shape_.periodic;
    const PiecewiseEmbedding& piecewise = shape_.piecewise;
    engine::periodic_gradient(periodic, inputs, all(cosines_), all(grad_z_).col_range(0, periodic.width()),
                              all(grad_angles_), share_of(periodic.inputs.size(), 1, part, parts), stage);
    engine::piecewise_gradient(piecewise, inputs, all(grad_z_).col_range(periodic.width(), piecewise.width()),
                               share_of(piecewise.inputs.size(), 1, part, parts), grad_lines_, stage);
    const CategoryEmbedding& categories = shape_.categories;
    engine::category_gradient(
        categories, inputs, all(grad_z_).col_range(periodic.width() + piecewise.width(), categories.width()),
        share_of(categories.inputs.size(), 1, part, parts), stage.category_vectors);
}

void InputStageStep::scale_gradient(std::span<const float> theta, std::size_t part, std::size_t parts,
                                    std::span<float> gradient) const {
    const std::span<const float> scale = InputStage<const float>(shape_, theta.data()).scale;
    const std::span<float> grad = InputStage<float>(shape_, gradient.data()).scale;
    const Range inputs = share_of(scale.size(), kSharedStep, part, parts);
    std::fill(grad.data() + inputs.first, grad.data() + inputs.last, 0.0f);
    for (std::size_t p = 0; p < shape_.widths[1]; ++p) {
        const std::size_t row = shape_.offset(1) + p * shape_.fan_in(1);
        for (std::size_t q = inputs.first; q < inputs.last; ++q) {
            grad[q] += theta[row + q] * gradient[row + q];
            gradient[row + q] *= scale[q];
        }
    }
}

}  // namespace thalweg
