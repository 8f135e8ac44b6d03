#include "engine/periodic_embedding.h"

#include <numbers>

#include "engine/elementwise.h"
#include "engine/product.h"

namespace thalweg::engine {
namespace {

constexpr float kTurn = 2.0f * std::numbers::pi_v<float>;

/// c = a b, or a transposed times b.
Product product_of(MatrixView<const float> a, bool transposed, MatrixView<const float> b,
                   MatrixView<float> c) {
    Product product;
    product.rows = transposed ? a.cols : a.rows;
    product.depth = transposed ? a.rows : a.cols;
    product.cols = b.cols;
    product.a = a.data;
    product.a_row = transposed ? 1 : a.stride;
    product.a_col = transposed ? a.stride : 1;
    product.b = b.data;
    product.b_row = b.stride;
    product.b_col = 1;
    product.c = c.data;
    product.c_stride = c.stride;
    return product;
}

void find_angles_of(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                    MatrixView<const float> inputs, const PeriodicTrace& trace, std::size_t j) {
    const std::size_t first_angle = j * embedding.frequencies;
    cosines_and_sines(inputs.col_range(embedding.inputs[j], 1), stage.frequencies.row(j), stage.phases.row(j),
                      trace.cosines.col_range(first_angle, embedding.frequencies),
                      trace.sines.col_range(first_angle, embedding.frequencies));
}

}  // namespace

void find_angles(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                 MatrixView<const float> inputs, const PeriodicTrace& trace) {
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
        find_angles_of(embedding, stage, inputs, trace, j);
}

void embed_periodic(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                    MatrixView<const float> inputs, const PeriodicTrace& trace, MatrixView<float> z) {
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        find_angles_of(embedding, stage, inputs, trace, j);
        Product product =
            product_of(trace.cosines.col_range(j * embedding.frequencies, embedding.frequencies), false,
                       {stage.projections.row(j * embedding.outputs).data(), embedding.frequencies,
                        embedding.outputs, 1},
                       z.col_range(j * embedding.outputs, embedding.outputs));
        product.b_col = embedding.frequencies;
        product.bias = stage.offsets.data() + j * embedding.outputs;
        multiply(product);
    }
}

void periodic_backward(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                       MatrixView<const float> grad_z, MatrixView<const float> sines,
                       MatrixView<float> grad_angles) {
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
        multiply(product_of(grad_z.col_range(j * embedding.outputs, embedding.outputs), false,
                            stage.projections.row_range(j * embedding.outputs, embedding.outputs),
                            grad_angles.col_range(j * embedding.frequencies, embedding.frequencies)));
    for (std::size_t n = 0; n < grad_angles.rows; ++n)
        for (std::size_t k = 0; k < grad_angles.cols; ++k) grad_angles(n, k) *= -sines(n, k);
}

void periodic_input_gradient(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                             MatrixView<const float> grad_angles, MatrixView<float> grad_x) {
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j) {
        const std::span<const float> frequencies = stage.frequencies.row(j);
        for (std::size_t n = 0; n < grad_angles.rows; ++n) {
            const float* of_row = grad_angles.row(n).data() + j * embedding.frequencies;
            float sum = 0.0f;
            for (std::size_t k = 0; k < frequencies.size(); ++k) sum += frequencies[k] * of_row[k];
            grad_x(n, embedding.inputs[j]) += kTurn * sum;
        }
    }
}

void periodic_gradient(const PeriodicEmbedding& embedding, MatrixView<const float> inputs,
                       MatrixView<const float> cosines, MatrixView<const float> grad_z,
                       MatrixView<const float> grad_angles, Range numbers,
                       const InputStage<float>& gradient) {
    if (numbers.size() == 0) return;
    for (std::size_t j = numbers.first; j < numbers.last; ++j) {
        const std::size_t first_angle = j * embedding.frequencies, first_z = j * embedding.outputs;
        const MatrixView<const float> of_angles = grad_angles.col_range(first_angle, embedding.frequencies);
        multiply(product_of(grad_z.col_range(first_z, embedding.outputs), true,
                            cosines.col_range(first_angle, embedding.frequencies),
                            gradient.projections.row_range(first_z, embedding.outputs)));
        multiply(product_of(inputs.col_range(embedding.inputs[j], 1), true, of_angles,
                            gradient.frequencies.row_range(j, 1)));
        for (float& frequency : gradient.frequencies.row(j)) frequency *= kTurn;
        sum_rows(of_angles, gradient.phases.row(j));
    }
    sum_rows(grad_z.col_range(numbers.first * embedding.outputs, numbers.size() * embedding.outputs),
             gradient.offsets.subspan(numbers.first * embedding.outputs, numbers.size() * embedding.outputs));
}

}  // namespace thalweg::engine
