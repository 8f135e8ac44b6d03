#include "engine/thin_network.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/elementwise.h"

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/thin_network.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/tile-inl.h"

#ifndef THALWEG_ENGINE_THIN_LAYER
#define THALWEG_ENGINE_THIN_LAYER
namespace thalweg::engine {

/// With the 1 that a bias is multiplied by, what a layer reads of a row fills eight lanes at most.
constexpr std::size_t kMostThinNeurons = 7;
/// Rows, and a row's lanes, are padded to whole vectors of the widest.
constexpr std::size_t kThinStep = 16;

/// A layer and the rows of a batch: neuron q's values stand at [q * stride], `stride` >= rows of them.
struct ThinLayer {
    std::size_t rows;
    std::size_t stride;
    std::size_t fan_in;
    std::size_t neurons;
    const float* weights;  ///< W_i, then b_i
};

}  // namespace thalweg::engine
#endif

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

using engine::kMostThinNeurons;
using engine::kThinStep;
using engine::ThinLayer;

/// a_i = b_i + W_i h_{i-1}
void thin_forward(const ThinLayer& layer, const float* below, float* above) {
    const Tag d;
    const float* const bias = layer.weights + layer.neurons * layer.fan_in;
    for (std::size_t p = 0; p < layer.neurons; ++p) {
        const float* const w = layer.weights + p * layer.fan_in;
        for (std::size_t row = 0; row < layer.rows; row += kLanes) {
            Vector sum = hn::Set(d, bias[p]);
            for (std::size_t q = 0; q < layer.fan_in; ++q)
                sum = fused_multiply_add(hn::Load(d, below + q * layer.stride + row), hn::Set(d, w[q]), sum);
            hn::Store(sum, d, above + p * layer.stride + row);
        }
    }
}

/// grad_{h_{i-1}} = W_i^T grad_{a_i}
void thin_backward(const ThinLayer& layer, const float* grad_above, float* grad_below) {
    const Tag d;
    for (std::size_t q = 0; q < layer.fan_in; ++q)
        for (std::size_t row = 0; row < layer.rows; row += kLanes) {
            Vector sum = hn::Zero(d);
            for (std::size_t p = 0; p < layer.neurons; ++p)
                sum = fused_multiply_add(hn::Load(d, grad_above + p * layer.stride + row),
                                         hn::Set(d, layer.weights[p * layer.fan_in + q]), sum);
            hn::Store(sum, d, grad_below + q * layer.stride + row);
        }
}

/// Vectors that hold h_{i-1} of one row and the 1.
constexpr std::size_t kRowVectors = std::max<std::size_t>((kMostThinNeurons + 1) / kLanes, 1);

/// sums[p] = sum over the rows of grad_{a_i}[p] times (h_{i-1}, 1): a row of grad_{W_i} and an element of
/// grad_{b_i}.
template <std::size_t kNeurons>
void thin_sums(const ThinLayer& layer, const float* grad_above, const float* row_major, float* sums) {
    const Tag d;
    Vector sum[kNeurons][kRowVectors];
    THALWEG_UNROLLED(p, kNeurons) {
        THALWEG_UNROLLED(v, kRowVectors) sum[p][v] = hn::Zero(d);
    }
    for (std::size_t n = 0; n < layer.rows; ++n) {
        Vector h[kRowVectors];
        THALWEG_UNROLLED(v, kRowVectors) h[v] = hn::Load(d, row_major + n * kThinStep + v * kLanes);
        THALWEG_UNROLLED(p, kNeurons) {
            const Vector grad = hn::Set(d, grad_above[p * layer.stride + n]);
            THALWEG_UNROLLED(v, kRowVectors) sum[p][v] = fused_multiply_add(grad, h[v], sum[p][v]);
        }
    }
    THALWEG_UNROLLED(p, kNeurons) {
        THALWEG_UNROLLED(v, kRowVectors) hn::Store(sum[p][v], d, sums + p * kThinStep + v * kLanes);
    }
}

template <std::size_t... kNeuron>
constexpr auto every_thin_sums(std::index_sequence<kNeuron...>) {
    return std::array{&thin_sums<kNeuron + 1>...};
}
constexpr auto kThinSums = every_thin_sums(std::make_index_sequence<kMostThinNeurons>());

/// grad_{W_i}, then grad_{b_i}. row_major: room for kThinStep floats a row.
void thin_gradient(const ThinLayer& layer, const float* below, const float* grad_above, float* row_major,
                   float* gradient) {
    for (std::size_t q = 0; q < layer.fan_in; ++q)
        for (std::size_t n = 0; n < layer.rows; ++n)
            row_major[n * kThinStep + q] = below[q * layer.stride + n];
    for (std::size_t n = 0; n < layer.rows; ++n) row_major[n * kThinStep + layer.fan_in] = 1.0f;
    HWY_ALIGN float sums[kMostThinNeurons * kThinStep];
    kThinSums[layer.neurons - 1](layer, grad_above, row_major, sums);
    for (std::size_t p = 0; p < layer.neurons; ++p) {
        for (std::size_t q = 0; q < layer.fan_in; ++q)
            gradient[p * layer.fan_in + q] = sums[p * kThinStep + q];
        gradient[layer.neurons * layer.fan_in + p] = sums[p * kThinStep + layer.fan_in];
    }
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {
namespace {

HWY_EXPORT(thin_forward);
HWY_EXPORT(thin_backward);
HWY_EXPORT(thin_gradient);

std::size_t padded(std::size_t rows) {
    return (rows + kThinStep - 1) / kThinStep * kThinStep;
}

/// to[q * stride + n] = from(n, q)
void to_columns(MatrixView<const float> from, std::size_t stride, float* to) {
    for (std::size_t q = 0; q < from.cols; ++q)
        for (std::size_t n = 0; n < from.rows; ++n) to[q * stride + n] = from(n, q);
}

}  // namespace

bool ThinNetwork::fits(const NetworkShape& shape, Precision precision) {
    return std::ranges::max(shape.widths) <= kMostThinNeurons && !shape.has_input_stage() &&
           !shape.is_ensemble() && !shape.parametric && precision == Precision::float32 &&
           derivative_from_activation(shape.activation);
}

void ThinNetwork::make_memory(std::size_t most_rows) {
    const std::size_t stride = padded(most_rows);
    if (row_major_.size() == stride * kThinStep) return;
    std::size_t neurons = 0;
    for (const std::size_t width : shape_.widths) neurons += width;
    activations_.resize(stride * neurons);
    gradients_.resize(stride * 2 * kMostThinNeurons);
    row_major_.resize(stride * kThinStep);
}

void ThinNetwork::forward(std::span<const float> theta, MatrixView<const float> inputs,
                          MatrixView<float> logits) {
    const std::size_t stride = padded(inputs.rows);
    float* below = activations_.data();
    to_columns(inputs, stride, below);
    const float* weights = theta.data();
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        const ThinLayer layer{inputs.rows, stride, shape_.widths[i - 1], shape_.widths[i], weights};
        float* const above = below + layer.fan_in * stride;
        HWY_DYNAMIC_DISPATCH(thin_forward)(layer, below, above);
        const std::span<float> h(above, layer.neurons * stride);
        if (i < shape_.layers()) activate(shape_.activation, h, h);
        weights += layer.neurons * (layer.fan_in + 1);
        below = above;
    }
    for (std::size_t c = 0; c < logits.cols; ++c)
        for (std::size_t n = 0; n < logits.rows; ++n) logits(n, c) = below[c * stride + n];
}

void ThinNetwork::backward(std::span<const float> theta, MatrixView<const float> grad_logits,
                           std::span<float> gradient) {
    const std::size_t stride = padded(grad_logits.rows);
    float* grad_above = gradients_.data();
    float* grad_below = grad_above + stride * kMostThinNeurons;
    to_columns(grad_logits, stride, grad_above);
    std::size_t offset = theta.size(), neurons_below = 0;
    for (std::size_t i = 0; i < shape_.layers(); ++i) neurons_below += shape_.widths[i];
    for (std::size_t i = shape_.layers(); i >= 1; --i) {
        const std::size_t fan_in = shape_.widths[i - 1], neurons = shape_.widths[i];
        offset -= neurons * (fan_in + 1);
        neurons_below -= fan_in;
        const ThinLayer layer{grad_logits.rows, stride, fan_in, neurons, theta.data() + offset};
        const float* const below = activations_.data() + neurons_below * stride;
        HWY_DYNAMIC_DISPATCH(thin_gradient)
        (layer, below, grad_above, row_major_.data(), gradient.data() + offset);
        if (i == 1) return;
        HWY_DYNAMIC_DISPATCH(thin_backward)(layer, grad_above, grad_below);
        multiply_by_derivative(shape_.activation, {below, fan_in * stride}, {grad_below, fan_in * stride});
        std::swap(grad_above, grad_below);
    }
}

}  // namespace thalweg::engine
#endif
