#include "engine/packed_network.h"

#include <algorithm>

#include "core/floating_point.h"
#include "engine/embedding.h"
#include "engine/sharing.h"
#include "engine/simd_target.h"

namespace thalweg {
namespace {

/// What the activations of a tile may take of the second level of the cache, beside the weights.
constexpr std::size_t kTileBytes = 256 * 1024;
/// Weights beyond this leave that level anyway, so they should pass as seldom as can be.
constexpr std::size_t kPassingWeightsBytes = 1024 * 1024;
/// Tiles have a multiple of the rows of every register tile, so that only the last of a batch has some left
/// over.
constexpr std::size_t kTileStep = 24;
/// Rows of scratch memory at most, where the weights pass.
constexpr std::size_t kMostRows = 1024;

/// The calling thread's scratch memory, `size` floats; what stands in it is anything.
std::span<float> scratch_of_thread(std::size_t size) {
    thread_local AlignedVector<float> scratch;
    if (scratch.size() < size) scratch.resize(size);
    return {scratch.data(), size};
}

}  // namespace

std::size_t rows_of_tile(const NetworkShape& shape, std::size_t floats_per_row, std::size_t most) {
    if (shape.parameters() * sizeof(float) > kPassingWeightsBytes) return most;
    return std::max<std::size_t>(kTileBytes / (floats_per_row * sizeof(float)) / kTileStep, 1) * kTileStep;
}

PackedNetwork::PackedNetwork(const NetworkShape& shape, Precision precision)
    : shape_(shape), precision_(precision) {
    choose_simd_target();
    shape_.check();
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        weights_.emplace_back(packed_size(shape_.fan_in(i), shape_.widths[i], precision_));
        biases_.emplace_back(shape_.widths[i]);
    }
    input_stage_.resize(shape_.offset(1));
    if (shape_.input_scale) first_weights_.resize(shape_.widths[1] * shape_.fan_in(1));
}

PackedNetwork::PackedNetwork(const Network<float>& network) : PackedNetwork(network.shape()) {
    pack(network.theta());
}

Product PackedNetwork::layer(std::size_t i) const {
    Product product;
    product.precision = precision_;
    product.depth = shape_.fan_in(i);
    product.cols = shape_.widths[i];
    product.packed_b = weights_[i - 1].data();
    product.bias = biases_[i - 1].data();
    return product;
}

const float* PackedNetwork::first_weights(std::span<const float> theta) const {
    return shape_.input_scale ? first_weights_.data() : theta.data() + shape_.offset(1);
}

void PackedNetwork::scale_first_weights(std::span<const float> theta, std::size_t first_neuron,
                                        std::size_t last_neuron) {
    const std::span<const float> scale = InputStage<const float>(shape_, theta.data()).scale;
    for (std::size_t p = first_neuron; p < last_neuron; ++p) {
        const float* from = theta.data() + shape_.offset(1) + p * scale.size();
        float* to = first_weights_.data() + p * scale.size();
        for (std::size_t q = 0; q < scale.size(); ++q) to[q] = scale[q] * from[q];
    }
}

void PackedNetwork::pack(std::span<const float> theta, std::size_t part, std::size_t parts) {
    if (part == 0) std::copy_n(theta.data(), input_stage_.size(), input_stage_.data());
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        Product product = layer(i);
        const Range columns = share_of(product.cols, kPackedColumns, part, parts);
        if (i == 1 && shape_.input_scale) scale_first_weights(theta, columns.first, columns.last);
        product.b = i == 1 ? first_weights(theta) : theta.data() + shape_.offset(i);
        product.b_row = 1;
        product.b_col = product.depth;
        thalweg::pack(product, columns.first, columns.last, weights_[i - 1].data());
        const float* bias = theta.data() + shape_.offset(i) + product.depth * product.cols;
        std::copy(bias + columns.first, bias + columns.last, biases_[i - 1].data() + columns.first);
    }
}

/// For one row: [x; z], cosines and sines.
std::size_t PackedNetwork::embedding_floats() const {
    if (shape_.embedding.inputs.empty()) return 0;
    return shape_.fan_in(1) + 2 * shape_.embedding.angles();
}

std::size_t PackedNetwork::rows_at_once(std::size_t rows) const {
    const std::size_t floats_per_row = 2 * std::ranges::max(shape_.widths) + embedding_floats();
    return std::min(rows, rows_of_tile(shape_, floats_per_row, kMostRows));
}

std::size_t PackedNetwork::scratch_size(std::size_t rows) const {
    return rows_at_once(rows) * (2 * std::ranges::max(shape_.widths) + embedding_floats());
}

void PackedNetwork::logits(MatrixView<const float> inputs, MatrixView<float> logits) const {
    run_tiles(inputs, logits, scratch_of_thread(scratch_size(inputs.rows)));
}

void PackedNetwork::run_tiles(MatrixView<const float> inputs, MatrixView<float> logits,
                              std::span<float> scratch) const {
    const FlushSubnormals mode;
    const std::size_t tile = rows_at_once(inputs.rows);
    for (std::size_t first = 0; first < inputs.rows; first += tile) {
        const std::size_t rows = std::min(tile, inputs.rows - first);
        run_tile(inputs.row_range(first, rows), logits.row_range(first, rows), scratch);
    }
}

/// [x; z] in the first part of the scratch memory.
MatrixView<const float> PackedNetwork::embed(MatrixView<const float> inputs, std::span<float> scratch) const {
    const std::size_t angles = shape_.embedding.angles();
    const MatrixView<float> embedded(scratch.data(), inputs.rows, shape_.fan_in(1));
    const MatrixView<float> cosines(scratch.data() + inputs.rows * embedded.cols, inputs.rows, angles);
    const MatrixView<float> sines(cosines.data + inputs.rows * angles, inputs.rows, angles);
    engine::embed(shape_.embedding, {shape_, input_stage_.data()}, inputs, {cosines, sines}, embedded);
    return embedded;
}

/// Layer by layer, from one half of the scratch memory behind the embedding to the other.
void PackedNetwork::run_tile(MatrixView<const float> inputs, MatrixView<float> logits,
                             std::span<float> scratch) const {
    const std::size_t embedding_size = inputs.rows * embedding_floats();
    MatrixView<const float> from =
        embedding_size == 0 ? inputs : embed(inputs, scratch.first(embedding_size));
    const std::span<float> halves = scratch.subspan(embedding_size);
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        float* half = halves.data() + (i % 2) * (halves.size() / 2);
        const MatrixView<float> to =
            i == shape_.layers() ? logits : MatrixView<float>(half, inputs.rows, shape_.widths[i]);
        Product product = layer(i);
        product.rows = from.rows;
        product.a = from.data;
        product.a_row = from.stride;
        product.a_col = 1;
        product.c = to.data;
        product.c_stride = to.stride;
        if (i < shape_.layers()) product.activation = shape_.activation;
        multiply(product);
        from = to;
    }
}

void PackedNetwork::share_logits(Team& team, MatrixView<const float> inputs, MatrixView<float> logits) const {
    const double work = static_cast<double>(inputs.rows) * static_cast<double>(shape_.parameters());
    const std::size_t threads = threads_worth(work, team.size());
    const std::size_t size = scratch_size(inputs.rows);
    const std::span<float> scratch = scratch_of_thread(threads * size);
    team.run(threads, [&](std::size_t thread) {
        const Range mine = share_of(inputs.rows, kShareStep, thread, threads);
        run_tiles(inputs.row_range(mine.first, mine.size()), logits.row_range(mine.first, mine.size()),
                  scratch.subspan(thread * size, size));
    });
}

}  // namespace thalweg
