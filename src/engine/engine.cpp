#include "engine/engine.h"

#include <algorithm>
#include <new>
#include <vector>

#include "core/floating_point.h"
#include "core/random.h"
#include "engine/elementwise.h"
#include "engine/product.h"
#include "engine/simd_target.h"
#include "engine/team.h"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

/// Elements of the batch handed to a thread at a time where the work is elementwise.
constexpr std::size_t kRowsPerShare = 32;

/// Calls work(first_row, rows) for the whole batch, shared among threads where that pays.
template <class Work>
void for_row_shares(Team& team, std::size_t rows, std::size_t cost_per_row, const Work& work) {
    constexpr std::size_t kLeastCostPerThread = 1 << 15;
    const std::size_t threads =
        std::clamp<std::size_t>(rows * cost_per_row / kLeastCostPerThread, 1, team.size());
    const std::size_t shares = (rows + kRowsPerShare - 1) / kRowsPerShare;
    team.run(threads, [&](std::size_t thread) {
        const std::size_t first = std::min(rows, shares * thread / threads * kRowsPerShare);
        const std::size_t last = std::min(rows, shares * (thread + 1) / threads * kRowsPerShare);
        if (first < last) work(first, last - first);
    });
}

/// Factors of dropout for a row: 0, or 1/(1-rate). Four elements come from one block of random words.
void dropout_factors(const Dropout& dropout, std::size_t layer, std::size_t row, std::span<float> factors) {
    const Random random(dropout.seed, RandomStream::dropout, dropout.step);
    const auto threshold = static_cast<std::uint64_t>(dropout.rate * 0x1.0p32);
    const auto kept = static_cast<float>(1.0 / (1.0 - dropout.rate));
    const std::size_t blocks_per_row = (factors.size() + 3) / 4;
    const std::uint64_t first_block =
        (std::uint64_t{layer} << 48) + (dropout.first_row + row) * blocks_per_row;
    for (std::size_t block = 0; block < blocks_per_row; ++block) {
        const auto words = random.block(first_block + block);
        const std::size_t count = std::min<std::size_t>(4, factors.size() - 4 * block);
        for (std::size_t i = 0; i < count; ++i) factors[4 * block + i] = words[i] < threshold ? 0.0f : kept;
    }
}

}  // namespace

/// The memory of a batch and the team that works on it. Layers are numbered as in theory.md.
struct Engine::Scratch {
    NetworkShape shape;
    LossFunction loss;
    std::size_t max_batch;
    Team team;
    std::vector<Matrix<float>> pre_activations;  ///< [i-1] is a_i; on the way back it becomes grad_{a_i}
    std::vector<Matrix<float>> activations;      ///< [i-1] is h_i, hidden layers only
    std::vector<Matrix<float>> dropout_factors;  ///< [i-1], hidden layers, once dropout is used
    std::vector<Matrix<float>>
        grad_activations;  ///< [i-1] is grad_{h_i}, hidden layers, once a gradient is asked for
    Matrix<float> grad_logits;

    Scratch(const NetworkShape& network, const LossFunction& loss_function, std::size_t batch, int threads)
        : shape(network), loss(loss_function), max_batch(batch), team(threads) {
        for (std::size_t i = 1; i <= shape.layers(); ++i)
            pre_activations.emplace_back(batch, shape.widths[i]);
        for (std::size_t i = 1; i < shape.layers(); ++i) activations.emplace_back(batch, shape.widths[i]);
    }

    MatrixView<float> pre_activation(std::size_t layer, std::size_t rows) {
        return pre_activations[layer - 1].view().row_range(0, rows);
    }
    MatrixView<float> activation(std::size_t layer, std::size_t rows) {
        return activations[layer - 1].view().row_range(0, rows);
    }
    MatrixView<float> grad_activation(std::size_t layer, std::size_t rows) {
        return grad_activations[layer - 1].view().row_range(0, rows);
    }
    const float* weights(std::span<const float> theta, std::size_t layer) const {
        return theta.data() + shape.offset(layer);
    }
    const float* bias(std::span<const float> theta, std::size_t layer) const {
        return weights(theta, layer) + shape.widths[layer] * shape.widths[layer - 1];
    }

    void make_gradient_memory();
    void pre_activate(std::span<const float> theta, std::size_t layer, MatrixView<const float> below,
                      MatrixView<float> result);
    void activate_layer(std::size_t layer, std::size_t rows, const Dropout& dropout);
    void forward(std::span<const float> theta, MatrixView<const float> inputs, const Dropout& dropout,
                 MatrixView<float> logits);
    void grad_parameters(std::size_t layer, MatrixView<const float> grad, MatrixView<const float> below,
                         std::span<float> gradient);
    void grad_layer_below(std::span<const float> theta, std::size_t layer, MatrixView<const float> grad,
                          const Dropout& dropout);
};

void Engine::Scratch::make_gradient_memory() {
    if (grad_logits.rows() != 0) return;
    for (std::size_t i = 1; i < shape.layers(); ++i)
        grad_activations.emplace_back(max_batch, shape.widths[i]);
    grad_logits = Matrix<float>(max_batch, shape.outputs());
}

/// a_i = b_i + W_i h_{i-1}
void Engine::Scratch::pre_activate(std::span<const float> theta, std::size_t layer,
                                   MatrixView<const float> below, MatrixView<float> result) {
    Product product;
    product.rows = below.rows;
    product.depth = below.cols;
    product.cols = result.cols;
    product.a = below.data;
    product.a_row = below.stride;
    product.a_col = 1;
    product.b = weights(theta, layer);
    product.b_row = 1;
    product.b_col = below.cols;
    product.c = result.data;
    product.c_stride = result.stride;
    product.bias = bias(theta, layer);
    multiply(product, team);
}

/// h_i = g(a_i), some of it dropped in training
void Engine::Scratch::activate_layer(std::size_t layer, std::size_t rows, const Dropout& dropout) {
    const MatrixView<float> pre = pre_activation(layer, rows);
    const MatrixView<float> result = activation(layer, rows);
    const bool dropping = dropout.rate > 0.0;
    if (dropping && dropout_factors.empty())
        for (std::size_t i = 1; i < shape.layers(); ++i)
            dropout_factors.emplace_back(max_batch, shape.widths[i]);
    for_row_shares(team, rows, pre.cols, [&](std::size_t first, std::size_t count) {
        const std::size_t begin = first * pre.cols;
        const std::span<const float> from(pre.data + begin, count * pre.cols);
        const std::span<float> to(result.data + begin, count * pre.cols);
        engine::activate(shape.activation, from, to);
        if (!dropping) return;
        Matrix<float>& factors = dropout_factors[layer - 1];
        for (std::size_t row = first; row < first + count; ++row)
            thalweg::dropout_factors(dropout, layer, row, factors.row(row));
        const float* factor = factors.elements().data() + begin;
        for (std::size_t j = 0; j < to.size(); ++j) to[j] *= factor[j];
    });
}

void Engine::Scratch::forward(std::span<const float> theta, MatrixView<const float> inputs,
                              const Dropout& dropout, MatrixView<float> logits) {
    MatrixView<const float> below = inputs;
    for (std::size_t i = 1; i < shape.layers(); ++i) {
        pre_activate(theta, i, below, pre_activation(i, inputs.rows));
        activate_layer(i, inputs.rows, dropout);
        below = activation(i, inputs.rows);
    }
    pre_activate(theta, shape.layers(), below, logits);
}

/// grad_{W_i} = grad_{a_i} h_{i-1}^T and grad_{b_i} = grad_{a_i}, summed over the batch
void Engine::Scratch::grad_parameters(std::size_t layer, MatrixView<const float> grad,
                                      MatrixView<const float> below, std::span<float> gradient) {
    float* grad_weights = gradient.data() + shape.offset(layer);
    Product product;
    product.rows = grad.cols;
    product.depth = grad.rows;
    product.cols = below.cols;
    product.a = grad.data;
    product.a_row = 1;
    product.a_col = grad.stride;
    product.b = below.data;
    product.b_row = below.stride;
    product.b_col = 1;
    product.c = grad_weights;
    product.c_stride = below.cols;
    multiply(product, team);

    float* grad_bias = grad_weights + grad.cols * below.cols;
    std::fill_n(grad_bias, grad.cols, 0.0f);
    for (std::size_t row = 0; row < grad.rows; ++row)
        for (std::size_t j = 0; j < grad.cols; ++j) grad_bias[j] += grad(row, j);
}

/// grad_{h_{i-1}} = W_i^T grad_{a_i}, then grad_{a_{i-1}} = grad_{h_{i-1}} . g'(a_{i-1})
void Engine::Scratch::grad_layer_below(std::span<const float> theta, std::size_t layer,
                                       MatrixView<const float> grad, const Dropout& dropout) {
    const MatrixView<float> result = grad_activation(layer - 1, grad.rows);
    Product product;
    product.rows = grad.rows;
    product.depth = grad.cols;
    product.cols = result.cols;
    product.a = grad.data;
    product.a_row = grad.stride;
    product.a_col = 1;
    product.b = weights(theta, layer);
    product.b_row = result.cols;
    product.b_col = 1;
    product.c = result.data;
    product.c_stride = result.stride;
    multiply(product, team);

    const MatrixView<float> pre = pre_activation(layer - 1, grad.rows);
    for_row_shares(team, grad.rows, result.cols, [&](std::size_t first, std::size_t count) {
        const std::size_t begin = first * result.cols;
        const std::span<float> share(result.data + begin, count * result.cols);
        engine::multiply_by_derivative(shape.activation, {pre.data + begin, share.size()}, share);
        if (dropout.rate == 0.0) return;
        const float* factor = dropout_factors[layer - 2].elements().data() + begin;
        for (std::size_t j = 0; j < share.size(); ++j) share[j] *= factor[j];
    });
}

Engine::Engine(const NetworkShape& shape, const LossFunction& loss, std::size_t max_batch, int threads) try {
    choose_simd_target();
    shape.check();
    scratch_ = std::make_unique<Scratch>(shape, loss, max_batch, threads);
} catch (const std::bad_alloc&) {
    throw Error(ErrorKind::io, "not enough memory for a batch of " + std::to_string(max_batch) +
                                   " rows through this network; lower --batch-size or --hidden");
}

Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

double Engine::loss_and_gradient(std::span<const float> theta, MatrixView<const float> inputs,
                                 const Targets<float>& targets, const Dropout& dropout,
                                 std::span<float> gradient) {
    const FlushSubnormals mode;
    Scratch& s = *scratch_;
    s.make_gradient_memory();
    const std::size_t last = s.shape.layers();
    const MatrixView<float> logits = s.pre_activation(last, inputs.rows);
    s.forward(theta, inputs, dropout, logits);

    MatrixView<const float> grad = s.grad_logits.view().row_range(0, inputs.rows);
    const double loss = loss_gradient<float>(s.shape.output, s.loss, logits, targets,
                                             s.grad_logits.view().row_range(0, inputs.rows));
    for (std::size_t i = last; i >= 1; --i) {
        const MatrixView<const float> below = i == 1 ? inputs : s.activation(i - 1, inputs.rows);
        s.grad_parameters(i, grad, below, gradient);
        if (i == 1) break;
        s.grad_layer_below(theta, i, grad, dropout);
        grad = s.grad_activation(i - 1, inputs.rows);
    }
    return loss;
}

void Engine::logits(std::span<const float> theta, MatrixView<const float> inputs, MatrixView<float> logits) {
    const FlushSubnormals mode;
    scratch_->forward(theta, inputs, Dropout{}, logits);
}

std::string simd_target() {
    choose_simd_target();
    return product_target();
}

}  // namespace thalweg
