#include "engine/packed_network.h"

#include <unistd.h>

#include <algorithm>

#include "core/floating_point.h"
#include "engine/elementwise.h"
#include "engine/members.h"
#include "engine/periodic_embedding.h"
#include "engine/sharing.h"
#include "engine/simd_target.h"
#include "network/mean_logits.h"

namespace thalweg {
namespace {

/// What the activations of a tile take: the second level of the cache, as the system knows it. Smaller tiles
/// would read every weight more often. Where rows are cut changes no bit.
std::size_t tile_bytes() {
    constexpr long kLeast = 512L * 1024L, kMost = 2048L * 1024L;
#ifdef _SC_LEVEL2_CACHE_SIZE
    static const long bytes = std::clamp(sysconf(_SC_LEVEL2_CACHE_SIZE), kLeast, kMost);
#else
    constexpr long bytes = kLeast;
#endif
    return static_cast<std::size_t>(bytes);
}

/// Weights beyond this leave that level anyway, so they should pass as seldom as can be.
constexpr std::size_t kPassingWeightsBytes = 1024UL * 1024UL;
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

double multiply_adds(const NetworkShape& shape) {
    auto of_members = 0.0;
    for (std::size_t i = 1; i <= shape.layers(); ++i)
        of_members += static_cast<double>(shape.widths[i] * (shape.fan_in(i) + 1));
    return static_cast<double>(shape.offset(1)) + static_cast<double>(shape.members.count) * of_members;
}

std::size_t rows_of_tile(const NetworkShape& shape, std::size_t floats_per_row, std::size_t most) {
    if (shape.parameters() * sizeof(float) > kPassingWeightsBytes) return most;
    return std::max<std::size_t>(tile_bytes() / (floats_per_row * sizeof(float)) / kTileStep, 1) * kTileStep;
}

PackedNetwork::PackedNetwork(const NetworkShape& shape, Precision precision)
    : shape_((shape.check(), shape)), precision_(precision), input_stage_(shape_) {
    choose_simd_target();
    for (std::size_t i = 1; i <= shape_.layers() + 1; ++i) offsets_.push_back(shape_.offset(i));
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        weights_.emplace_back(shape_.weight_copies(i) *
                              packed_size(shape_.fan_in(i), shape_.widths[i], precision_));
        vectors_.emplace_back(offset(i + 1) - offset(i) - shape_.weight_size(i));
    }
    if (shape_.input_scale) first_weights_.resize(shape_.widths[1] * shape_.fan_in(1));
    for (std::size_t i = 1; i <= shape_.layers(); ++i) fan_ins_.push_back(shape_.fan_in(i));
    scratch_of_row_ = layer_floats() + embedding_floats();
    most_rows_ = rows_of_tile(shape_, scratch_of_row_, kMostRows);
}

PackedNetwork::PackedNetwork(const Network<float>& network) : PackedNetwork(network.shape()) {
    pack(network.theta());
}

Product PackedNetwork::layer(std::size_t i, std::size_t member) const {
    Product product;
    product.precision = precision_;
    product.depth = fan_ins_[i - 1];
    product.cols = shape_.widths[i];
    product.packed_b = weights_[i - 1].data();
    if (member > 0) product.packed_b += member * packed_size(product.depth, product.cols, precision_);
    if (!shape_.adapts_outputs(i)) product.bias = vectors_[i - 1].data() + member * product.cols;
    return product;
}

PackedNetwork::MemberVectors PackedNetwork::member_vectors(std::size_t i) const {
    const std::size_t members = shape_.members.count, width = shape_.widths[i], fan_in = shape_.fan_in(i);
    const float* bias = vectors_[i - 1].data();
    const float* input_adapter = bias + shape_.bias_size(i);
    const float* output_adapter = input_adapter + (shape_.adapts_inputs(i) ? members * fan_in : 0);
    return {{bias, shape_.bias_copies(i), width},
            {input_adapter, shape_.adapts_inputs(i) ? members : 0, fan_in},
            {output_adapter, shape_.adapts_outputs(i) ? members : 0, width},
            {output_adapter + (shape_.adapts_outputs(i) ? members * width : 0), shape_.bends(i) ? width : 0}};
}

const float* PackedNetwork::first_weights(std::span<const float> theta) const {
    return shape_.input_scale ? first_weights_.data() : theta.data() + offset(1);
}

void PackedNetwork::scale_first_weights(std::span<const float> theta, std::size_t first_neuron,
                                        std::size_t last_neuron) {
    const std::span<const float> scale = InputStage<const float>(shape_, theta.data()).scale;
    const std::size_t fan_in = shape_.fan_in(1);
    for (std::size_t p = first_neuron; p < last_neuron; ++p) {
        const float* from = theta.data() + offset(1) + p * fan_in;
        float* to = first_weights_.data() + p * fan_in;
        for (std::size_t q = 0; q < scale.size(); ++q) to[q] = scale[q] * from[q];
        std::copy(from + scale.size(), from + fan_in, to + scale.size());
    }
}

void PackedNetwork::pack(std::span<const float> theta, std::size_t part, std::size_t parts) {
    input_stage_.pack(theta, part, parts);
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        const std::size_t width = shape_.widths[i], fan_in = shape_.fan_in(i);
        const Range columns = share_of(width, kPackedColumns, part, parts);
        if (i == 1 && shape_.input_scale) scale_first_weights(theta, columns.first, columns.last);
        for (std::size_t member = 0; member < shape_.weight_copies(i); ++member) {
            Product product = layer(i);
            product.b = i == 1 ? first_weights(theta) : theta.data() + offset(i) + member * width * fan_in;
            product.b_row = 1;
            product.b_col = fan_in;
            thalweg::pack(product, columns.first, columns.last,
                          weights_[i - 1].data() + member * packed_size(fan_in, width, precision_));
        }
        const float* vectors = theta.data() + offset(i) + shape_.weight_size(i);
        const Range mine = share_of(vectors_[i - 1].size(), kPackedColumns, part, parts);
        std::copy(vectors + mine.first, vectors + mine.last, vectors_[i - 1].data() + mine.first);
    }
}

/// For one row: what layer 1 reads, cosines and sines.
std::size_t PackedNetwork::embedding_floats() const {
    if (!shape_.embeds()) return 0;
    return shape_.fan_in(1) + 2 * shape_.periodic.angles();
}

/// For one row: what a layer reads and what it gives, of all members.
std::size_t PackedNetwork::layer_floats() const {
    const std::size_t widest = shape_.is_ensemble()
                                   ? std::max(std::ranges::max(shape_.widths), shape_.fan_in(1))
                                   : std::ranges::max(shape_.widths);
    return 2 * widest * shape_.members.count;
}

std::size_t PackedNetwork::rows_at_once(std::size_t rows) const {
    return std::min(rows, most_rows_);
}

std::size_t PackedNetwork::scratch_size(std::size_t rows) const {
    return rows_at_once(rows) * scratch_of_row_;
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

/// What layer 1 reads, in the first part of the scratch memory.
MatrixView<const float> PackedNetwork::embed(MatrixView<const float> inputs, std::span<float> scratch) const {
    const std::size_t angles = shape_.periodic.angles();
    const MatrixView<float> embedded(scratch.data(), inputs.rows, shape_.fan_in(1));
    const MatrixView<float> cosines(scratch.data() + inputs.rows * embedded.cols, inputs.rows, angles);
    const MatrixView<float> sines(cosines.data + inputs.rows * angles, inputs.rows, angles);
    input_stage_.embed(inputs, {cosines, sines}, embedded);
    return embedded;
}

/// What the product of a layer leaves to be done: members' own factors and biases, and activations that need
/// those first or that bend.
void PackedNetwork::finish_layer(std::size_t i, MatrixView<float> layer) const {
    const MemberVectors own = member_vectors(i);
    if (shape_.adapts_outputs(i))
        engine::scale_and_shift_by_members(layer, own.output_adapter, own.bias, layer);
    if (shape_.bends(i)) {
        engine::bend(shape_.activation, layer, own.bend, layer);
    } else {
        const std::span<float> elements(layer.data, layer.rows * layer.cols);
        engine::activate(shape_.activation, elements, elements);
    }
}

/// Layer by layer, from one half of the scratch memory behind the embedding to the other.
void PackedNetwork::run_tile(MatrixView<const float> inputs, MatrixView<float> logits,
                             std::span<float> scratch) const {
    const std::size_t embedding_size = inputs.rows * embedding_floats();
    const std::size_t members = shape_.members.count, pairs = inputs.rows * members;
    MatrixView<const float> from =
        embedding_size == 0 ? inputs : embed(inputs, scratch.first(embedding_size));
    const std::span<float> halves = scratch.subspan(embedding_size);
    std::size_t half = 0;
    const auto other_half = [&](std::size_t cols) {
        half = 1 - half;
        return MatrixView<float>(halves.data() + half * (halves.size() / 2), pairs, cols);
    };
    for (std::size_t i = 1; i <= shape_.layers(); ++i) {
        if (shape_.adapts_inputs(i)) {
            const MatrixView<float> adapted = other_half(shape_.fan_in(i));
            engine::multiply_by_members(from, member_vectors(i).input_adapter, adapted);
            from = adapted;
        }
        const bool last = i == shape_.layers();
        const MatrixView<float> to = last && members == 1 ? logits : other_half(shape_.widths[i]);
        const std::size_t copies = shape_.weight_copies(i);
        for (std::size_t member = 0; member < copies; ++member) {
            Product product = layer(i, member);
            product.rows = from.rows / copies;
            product.a = from.row(member).data();
            product.a_row = copies * from.stride;
            product.a_col = 1;
            product.c = to.row(member).data();
            product.c_stride = copies * to.stride;
            if (!last && !shape_.adapts_outputs(i) && !shape_.parametric)
                product.activation = shape_.activation;
            multiply(product);
        }
        if (shape_.adapts_outputs(i) || shape_.bends(i)) finish_layer(i, to);
        from = to;
    }
    if (members == 1) return;
    const std::size_t of_example = members * logits.cols;
    for (std::size_t n = 0; n < inputs.rows; ++n)
        mean_logits(shape_.output, {from.data + n * of_example, of_example}, logits.row(n));
}

void PackedNetwork::share_logits(Team& team, MatrixView<const float> inputs, MatrixView<float> logits) const {
    const double work = static_cast<double>(inputs.rows) * multiply_adds(shape_);
    const std::size_t threads = threads_worth(work, team.size());
    const std::size_t size = scratch_size(inputs.rows);
    const std::span<float> scratch = scratch_of_thread(threads * size);
    team.run(threads, [&](std::size_t thread) {
        const Range mine = share_of(inputs.rows, 1, thread, threads);
        run_tiles(inputs.row_range(mine.first, mine.size()), logits.row_range(mine.first, mine.size()),
                  scratch.subspan(thread * size, size));
    });
}

}  // namespace thalweg
