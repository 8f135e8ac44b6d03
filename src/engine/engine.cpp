#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/floating_point.h"
#include "core/team.h"
#include "engine/dropout.h"
#include "engine/elementwise.h"
#include "engine/elementwise_pass.h"
#include "engine/input_stage_step.h"
#include "engine/members.h"
#include "engine/output_loss.h"
#include "engine/pace.h"
#include "engine/packed_network.h"
#include "engine/product.h"
#include "engine/sharing.h"
#include "engine/simd_target.h"
#include "engine/thin_network.h"
#include "network/loss_rows.h"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

/// Parameters whose update is worth a thread, and a step that keeps two threads off one line of the cache.
constexpr std::size_t kLeastShared = 32'768;
constexpr std::size_t kSharedStep = 16;

/// Rows that an ensemble takes through its layers at once, where its weights leave the cache anyway: there
/// are so many that they would leave it as well, and again for every pass over them.
constexpr std::size_t kMostPairs = 384;

/// One step's batch, as its caller gave it. Rows are pairs of example and member; for a single network, the
/// examples.
struct StepInput {
    std::span<const float> theta;
    MatrixView<const float> inputs;
    std::size_t rows;
    const Dropout& dropout;

    /// Those of `inputs` that these rows read.
    Range input_rows(Range of_batch) const {
        const std::size_t readers = rows / inputs.rows;
        return {of_batch.first / readers, of_batch.last / readers};
    }
};

std::size_t rows_of(const Targets<float>& targets, Loss loss) {
    return loss == Loss::cross_entropy ? targets.classes.size() : targets.values.rows;
}

MatrixView<float> part_of(Matrix<float>& matrix, Range rows) {
    return matrix.view().row_range(rows.first, rows.size());
}

}  // namespace

/// The memory of a batch and the team that works on it. Layers are numbered as in theory.md.
///
/// A step has three phases between which the threads meet: the weights are packed; each thread takes some
/// rows of the batch, in tiles, all the way up and down; each takes some rows of every weight matrix and sums
/// their gradient over the whole batch. Within a phase nobody waits for anybody.
struct Engine::Scratch {
    NetworkShape shape;
    LossFunction loss;
    std::size_t max_batch;
    Precision precision;
    Team team;
    bool keeps_activation;                       ///< the derivative is taken from h, which then overwrites a
    std::vector<Matrix<float>> kept;             ///< [i-1]: a_i, or h_i before dropout; hidden layers
    std::vector<Matrix<float>> activations;      ///< [i-1]: h_i where it is not what is kept
    std::vector<Matrix<float>> dropout_factors;  ///< [i-1], hidden layers, once dropout is used
    std::vector<Matrix<float>> gradients;  ///< [i-1]: grad_{h_i}, then grad_{a_i}; once one is asked for
    InputStageStep input_stage;
    ElementwisePass elementwise;
    Matrix<float> grad_inputs;  ///< grad_{z_1}, where members have adapters of their inputs
    Matrix<float> logits;
    Matrix<float> grad_logits;
    std::vector<double> weighted_loss;
    PackedNetwork packed;
    std::optional<engine::ThinNetwork> thin;  ///< takes the steps without dropout, where it fits
    Pace pace;
    std::size_t step_threads = 1;  ///< of the last step

    Scratch(const NetworkShape& network, const LossFunction& loss_function, std::size_t batch, int threads,
            Precision of_products);

    std::size_t layers() const { return shape.layers(); }
    const float* weights(std::span<const float> theta, std::size_t layer) const {
        return theta.data() + packed.offset(layer);
    }
    MatrixView<const float> activation(const StepInput& batch, std::size_t layer) const;
    MatrixView<const float> below(const StepInput& batch, std::size_t layer) const;
    MatrixView<const float> grad_pre_activation(std::size_t layer, std::size_t rows) const;
    std::size_t tile_examples() const;

    void make_step_memory(std::size_t input_rows);
    void make_dropout_memory();
    void step(const StepInput& batch, const engine::OutputLoss& output_loss, std::size_t threads,
              std::span<float> gradient);
    void forward(const StepInput& batch, Range rows);
    void activate(const StepInput& batch, std::size_t layer, Range rows);
    void backward(const StepInput& batch, Range rows);
    void layer_backward(const StepInput& batch, std::size_t layer, Range rows);
    void grad_of_first_inputs(const StepInput& batch, Range rows);
    void grad_parameters(const StepInput& batch, std::size_t layer, Range neurons, std::span<float> gradient);
    void grad_weights(const StepInput& batch, std::size_t layer, std::size_t copy, Range neurons,
                      std::span<float> gradient);
};

Engine::Scratch::Scratch(const NetworkShape& network, const LossFunction& loss_function, std::size_t batch,
                         int threads, Precision of_products)
    : shape(network),
      loss(loss_function),
      max_batch(batch),
      precision(of_products),
      team(threads),
      keeps_activation(!network.parametric && engine::derivative_from_activation(network.activation)),
      input_stage(shape),
      elementwise(shape, batch),
      packed(network, of_products) {
    if (engine::ThinNetwork::fits(shape, precision)) thin.emplace(shape);
}

/// h_i, 0 <= i < L; that of a hidden layer with what is dropped of it. h_0 is what layer 1 reads of a row of
/// the inputs.
MatrixView<const float> Engine::Scratch::activation(const StepInput& batch, std::size_t layer) const {
    if (layer == 0) return input_stage.read_by_layer_1(batch.inputs);
    const std::vector<Matrix<float>>& h = activations.empty() ? kept : activations;
    return h[layer - 1].view().row_range(0, batch.rows);
}

/// What the weights of layer i meet: h_{i-1}, or z_i where members have adapters.
MatrixView<const float> Engine::Scratch::below(const StepInput& batch, std::size_t layer) const {
    return shape.adapts_inputs(layer) ? elementwise.adapted(layer).view().row_range(0, batch.rows)
                                      : activation(batch, layer - 1);
}

MatrixView<const float> Engine::Scratch::grad_pre_activation(std::size_t layer, std::size_t rows) const {
    return (layer == layers() ? grad_logits : gradients[layer - 1]).view().row_range(0, rows);
}

std::size_t Engine::Scratch::tile_examples() const {
    const std::size_t members = shape.members.count;
    std::size_t floats = InputStageStep::floats_per_row(shape) + shape.fan_in(1) * members;
    for (std::size_t i = 1; i <= layers(); ++i) floats += 2 * shape.widths[i] * members;
    if (!shape.is_ensemble()) return rows_of_tile(shape, floats, max_batch);
    const std::size_t most = std::max<std::size_t>(kMostPairs / members, 1);
    return std::min(rows_of_tile(shape, floats, most), most);
}

void Engine::Scratch::make_step_memory(std::size_t input_rows) {
    input_stage.make_room(input_rows);
    if (grad_logits.rows() != 0) return;
    if (thin) thin->make_memory(max_batch);
    const std::size_t most_rows = max_batch * shape.members.count;
    for (std::size_t i = 1; i < layers(); ++i) {
        kept.emplace_back(most_rows, shape.widths[i]);
        if (!keeps_activation) activations.emplace_back(most_rows, shape.widths[i]);
        gradients.emplace_back(most_rows, shape.widths[i]);
    }
    if (shape.is_ensemble()) grad_inputs = Matrix<float>(most_rows, shape.fan_in(1));
    logits = Matrix<float>(most_rows, shape.outputs());
    grad_logits = Matrix<float>(most_rows, shape.outputs());
    weighted_loss.resize(most_rows);
}

void Engine::Scratch::make_dropout_memory() {
    if (!dropout_factors.empty()) return;
    for (std::size_t i = 1; i < layers(); ++i) {
        dropout_factors.emplace_back(kept[i - 1].rows(), shape.widths[i]);
        if (keeps_activation) activations.emplace_back(kept[i - 1].rows(), shape.widths[i]);
    }
}

/// a_i and h_i for some rows of the batch, layer by layer.
void Engine::Scratch::forward(const StepInput& batch, Range rows) {
    input_stage.forward(packed, batch.inputs, batch.input_rows(rows));
    for (std::size_t i = 1; i <= layers(); ++i) {
        const bool adapts_outputs = shape.adapts_outputs(i);
        if (shape.adapts_inputs(i)) {
            const Range read = i == 1 ? batch.input_rows(rows) : rows;
            elementwise.adapt_inputs(batch.theta, i, rows,
                                     activation(batch, i - 1).row_range(read.first, read.size()));
        }
        const MatrixView<const float> from = below(batch, i);
        Matrix<float>& to = i == layers() ? logits : adapts_outputs ? elementwise.products(i) : kept[i - 1];
        const std::size_t copies = shape.weight_copies(i);
        for (std::size_t copy = 0; copy < copies; ++copy) {
            Product product = packed.layer(i, copy);
            product.rows = rows.size() / copies;
            product.a = from.row(rows.first + copy).data();
            product.a_row = copies * from.stride;
            product.a_col = 1;
            product.c = to.row(rows.first + copy).data();
            product.c_stride = copies * to.cols();
            if (i < layers() && keeps_activation && !adapts_outputs) product.activation = shape.activation;
            multiply(product);
        }
        if (adapts_outputs) {
            const MatrixView<float> a = part_of(kept[i - 1], rows);
            elementwise.adapt_outputs(batch.theta, i, rows, a);
            const std::span<float> elements(a.data, a.rows * a.cols);
            if (keeps_activation) engine::activate(shape.activation, elements, elements);
        }
        if (i < layers()) activate(batch, i, rows);
    }
}

/// h_i = g(a_i), where that is not what is kept already; some of it dropped in training
void Engine::Scratch::activate(const StepInput& batch, std::size_t layer, Range rows) {
    Matrix<float>& pre = kept[layer - 1];
    const std::size_t begin = rows.first * pre.cols(), size = rows.size() * pre.cols();
    const std::span<float> from = pre.elements().subspan(begin, size);
    if (activations.empty()) return;
    const std::span<float> to = activations[layer - 1].elements().subspan(begin, size);
    if (keeps_activation) {
        std::ranges::copy(from, to.begin());
    } else if (shape.parametric) {
        engine::bend(shape.activation, part_of(pre, rows),
                     LayerParameters(shape, layer, batch.theta.data()).bend,
                     part_of(activations[layer - 1], rows));
    } else {
        engine::activate(shape.activation, from, to);
    }
    if (batch.dropout.rate > 0.0)
        engine::drop(batch.dropout, layer, rows.first, part_of(activations[layer - 1], rows),
                     part_of(dropout_factors[layer - 1], rows));
}

/// From grad_{a_L} down the layers, for some rows of the batch.
void Engine::Scratch::backward(const StepInput& batch, Range rows) {
    for (std::size_t i = layers(); i > 1; --i) layer_backward(batch, i, rows);
    if (shape.is_ensemble()) {
        grad_of_first_inputs(batch, rows);
    } else {
        input_stage.find_grad_z(packed, batch.theta, precision, grad_pre_activation(1, batch.rows), rows);
    }
    input_stage.backward(batch.theta, batch.input_rows(rows));
}

/// grad_{h_{i-1}} = W_i^T grad_{a_i}, then grad_{a_{i-1}} = grad_{h_{i-1}} . g'(a_{i-1}); around the product,
/// an ensemble's adapters, and bends in place of g'.
void Engine::Scratch::layer_backward(const StepInput& batch, std::size_t layer, Range rows) {
    const MatrixView<const float> grad = grad_pre_activation(layer, batch.rows);
    Matrix<float>& result = gradients[layer - 2];
    const std::size_t copies = shape.weight_copies(layer);
    // What stands between the product and the activation's derivative, or takes its place.
    const bool derives_apart = shape.adapts_inputs(layer) || shape.parametric;
    if (shape.adapts_outputs(layer))
        elementwise.outputs_backward(batch.theta, layer, rows, part_of(gradients[layer - 1], rows));
    for (std::size_t copy = 0; copy < copies; ++copy) {
        Product product;
        product.precision = precision;
        product.rows = rows.size() / copies;
        product.depth = grad.cols;
        product.cols = result.cols();
        product.a = grad.row(rows.first + copy).data();
        product.a_row = copies * grad.stride;
        product.a_col = 1;
        product.b = weights(batch.theta, layer) + copy * grad.cols * result.cols();
        product.b_row = result.cols();
        product.b_col = 1;
        product.c = result.row(rows.first + copy).data();
        product.c_stride = copies * result.cols();
        product.activation = derives_apart ? Activation::linear : shape.activation;
        product.kept = derives_apart ? nullptr : kept[layer - 2].row(rows.first + copy).data();
        multiply(product);
    }
    const std::size_t begin = rows.first * result.cols(), size = rows.size() * result.cols();
    const std::span<float> share = result.elements().subspan(begin, size);
    if (shape.adapts_inputs(layer))
        elementwise.inputs_backward(batch.theta, layer, rows,
                                    activation(batch, layer - 1).row_range(rows.first, rows.size()),
                                    part_of(result, rows));
    if (batch.dropout.rate > 0.0) {
        const float* factor = dropout_factors[layer - 2].elements().data() + begin;
        for (std::size_t j = 0; j < size; ++j) share[j] *= factor[j];
    }
    if (shape.parametric) {
        elementwise.bends_backward(batch.theta, layer - 1, rows, part_of(kept[layer - 2], rows),
                                   part_of(result, rows));
    } else if (derives_apart) {
        engine::multiply_by_derivative(shape.activation, kept[layer - 2].elements().subspan(begin, size),
                                       share);
    }
}

/// grad_{z_1} = (W_1 diag s)^T grad_{u_1}, from which r_1 learns, and on to grad_z where numbers are
/// embedded: what all members want of an example that they share.
void Engine::Scratch::grad_of_first_inputs(const StepInput& batch, Range rows) {
    if (shape.adapts_outputs(1))
        elementwise.outputs_backward(batch.theta, 1, rows, part_of(gradients[0], rows));
    const MatrixView<const float> grad = grad_pre_activation(1, batch.rows);
    const MatrixView<float> grad_of_rows = part_of(grad_inputs, rows);
    Product product;
    product.precision = precision;
    product.rows = rows.size();
    product.depth = grad.cols;
    product.cols = grad_of_rows.cols;
    product.a = grad.row(rows.first).data();
    product.a_row = grad.stride;
    product.a_col = 1;
    product.b = packed.first_weights(batch.theta);
    product.b_row = shape.fan_in(1);
    product.b_col = 1;
    product.c = grad_of_rows.data;
    product.c_stride = grad_of_rows.stride;
    multiply(product);
    const Range read = batch.input_rows(rows);
    elementwise.inputs_backward(batch.theta, 1, rows, activation(batch, 0).row_range(read.first, read.size()),
                                grad_of_rows);
    if (!shape.embeds()) return;
    const MatrixView<float> grad_z = input_stage.grad_z(read);
    engine::sum_over_members(grad_of_rows.col_range(shape.kept(), grad_z.cols), rows.size() / read.size(),
                             grad_z);
}

/// grad_{W_i} = grad_{a_i} h_{i-1}^T and grad_{b_i} = grad_{a_i}, summed over the batch, for some rows of the
/// layer's weights: neurons, and in an ensemble's output layer those of all members.
void Engine::Scratch::grad_parameters(const StepInput& batch, std::size_t layer, Range neurons,
                                      std::span<float> gradient) {
    if (neurons.size() == 0) return;
    const std::size_t copies = shape.weight_copies(layer), width = shape.widths[layer];
    for (std::size_t copy = neurons.first / width; copy * width < neurons.last; ++copy)
        grad_weights(batch, layer, copy,
                     {std::max(neurons.first, copy * width) - copy * width,
                      std::min(neurons.last, (copy + 1) * width) - copy * width},
                     gradient);
    if (shape.adapts_outputs(layer)) return;  // the adapters have summed the members' own biases
    const MatrixView<const float> grad = grad_pre_activation(layer, batch.rows);
    engine::sum_rows(
        {grad.data + neurons.first, grad.rows / copies, neurons.size(), copies * grad.stride},
        {gradient.data() + packed.offset(layer) + shape.weight_size(layer) + neurons.first, neurons.size()});
}

/// grad_{W_i} for some neurons; where members have weights of their own, for those of member `copy`.
void Engine::Scratch::grad_weights(const StepInput& batch, std::size_t layer, std::size_t copy, Range neurons,
                                   std::span<float> gradient) {
    const MatrixView<const float> from = below(batch, layer);
    const MatrixView<const float> grad = grad_pre_activation(layer, batch.rows);
    const std::size_t copies = shape.weight_copies(layer);
    Product product;
    product.precision = precision;
    product.rows = neurons.size();
    product.depth = grad.rows / copies;
    product.cols = from.cols;
    product.a = grad.row(copy).data() + neurons.first;
    product.a_row = 1;
    product.a_col = copies * grad.stride;
    product.b = from.row(copy).data();
    product.b_row = copies * from.stride;
    product.b_col = 1;
    product.c =
        gradient.data() + packed.offset(layer) + (copy * shape.widths[layer] + neurons.first) * from.cols;
    product.c_stride = from.cols;
    multiply(product);
}

/// The three phases, on so many threads.
void Engine::Scratch::step(const StepInput& batch, const engine::OutputLoss& output_loss, std::size_t threads,
                           std::span<float> gradient) {
    if (thin && threads == 1 && batch.dropout.rate == 0.0) {
        thin->forward(batch.theta, batch.inputs, part_of(logits, {0, batch.rows}));
        engine::loss_of_rows(output_loss, 0, batch.rows);
        thin->backward(batch.theta, output_loss.grad_logits, gradient);
        return;
    }
    const std::size_t members = shape.members.count, examples = batch.rows / members;
    elementwise.begin(examples);
    const std::size_t tile = tile_examples();
    const std::size_t share_step = elementwise.has_slots() ? elementwise.slot_size() : 1;
    team.run(threads, [&](std::size_t thread) {
        packed.pack(batch.theta, thread, threads);
        team.meet(threads);
        const Range mine = share_of(examples, share_step, thread, threads);
        elementwise.clear(mine);
        for (std::size_t first = mine.first; first < mine.last; first += tile) {
            const Range of_tile{first * members, std::min(mine.last, first + tile) * members};
            forward(batch, of_tile);
            engine::loss_of_rows(output_loss, of_tile.first, of_tile.last);
            backward(batch, of_tile);
        }
        team.meet(threads);
        for (std::size_t i = layers(); i >= 1; --i)
            grad_parameters(batch, i,
                            share_of_neurons(shape.weight_copies(i) * shape.widths[i], thread, threads),
                            gradient);
        elementwise.sum_slots(thread, threads, gradient);
        input_stage.gradient(batch.inputs, thread, threads, gradient);
        if (!shape.input_scale) return;
        team.meet(threads);
        input_stage.scale_gradient(batch.theta, thread, threads, gradient);
    });
}

Engine::Engine(const NetworkShape& shape, const LossFunction& loss, std::size_t max_batch, int threads,
               Precision precision) try {
    scratch_ = std::make_unique<Scratch>(shape, loss, max_batch, threads, precision);
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
    const std::size_t members = s.shape.members.count;
    const std::size_t rows = members == 1 ? inputs.rows : rows_of(targets, s.loss.loss);
    const std::size_t examples = rows / members;
    if (rows != inputs.rows && examples != inputs.rows)
        throw Error(ErrorKind::data, fmt::format("{} rows of inputs and {} targets for {} members",
                                                 inputs.rows, rows, members));
    s.make_step_memory(std::max(inputs.rows, s.max_batch));
    if (dropout.rate > 0.0) s.make_dropout_memory();
    const StepInput batch{theta, inputs, rows, dropout};
    const MatrixView<float> logits = s.logits.view().row_range(0, rows);
    check_targets<float>(s.shape.output, s.loss, logits, targets);
    const std::span<double> weighted_loss(s.weighted_loss.data(), rows);
    const engine::OutputLoss output_loss{s.shape.output,
                                         s.loss,
                                         logits,
                                         targets,
                                         total_weight(targets, rows),
                                         s.grad_logits.view().row_range(0, rows),
                                         weighted_loss};

    const double work = 3.0 * static_cast<double>(examples) * multiply_adds(s.shape);
    const std::size_t threads = s.pace.begin_step(threads_worth(work, s.team.size()), examples);
    s.step_threads = threads;
    // Memory grows in the first step alone, for one thread as well, should that turn out to be faster.
    if (s.pace.is_first_step()) s.step(batch, output_loss, 1, gradient);
    const PartOfStep timed(s.pace);
    s.step(batch, output_loss, threads, gradient);
    return std::accumulate(weighted_loss.begin(), weighted_loss.end(), 0.0);
}

void Engine::share_parameters(const std::function<void(std::size_t first, std::size_t last)>& part) {
    const FlushSubnormals mode;
    Scratch& s = *scratch_;
    const std::size_t size = s.shape.parameters();
    // Half of what one thread has just written is far from another's cache: it pays only where both worked.
    const std::size_t threads = std::clamp<std::size_t>(size / kLeastShared, 1, s.step_threads);
    const PartOfStep timed(s.pace);
    if (threads == 1) return part(0, size);
    s.team.run(threads, [&](std::size_t thread) {
        const auto call = [&](std::size_t first, Range mine, std::size_t of_each) {
            if (mine.size() > 0) part(first + mine.first * of_each, first + mine.last * of_each);
        };
        std::size_t done = 0;
        for (std::size_t i = 1; i <= s.layers(); ++i) {
            const std::size_t weights = s.packed.offset(i), fan_in = s.shape.fan_in(i);
            const std::size_t neurons = s.shape.weight_size(i) / fan_in;
            call(done, share_of(weights - done, kSharedStep, thread, threads), 1);
            call(weights, share_of_neurons(neurons, thread, threads), fan_in);
            done = weights + s.shape.weight_size(i);
        }
        call(done, share_of(size - done, kSharedStep, thread, threads), 1);
    });
}

void Engine::load(std::span<const float> theta) {
    Scratch& s = *scratch_;
    const std::size_t threads = std::clamp<std::size_t>(theta.size() / kLeastShared, 1, s.team.size());
    s.team.run(threads, [&](std::size_t thread) { s.packed.pack(theta, thread, threads); });
}

void Engine::logits(MatrixView<const float> inputs, MatrixView<float> logits) {
    scratch_->packed.share_logits(scratch_->team, inputs, logits);
}

std::string simd_target() {
    choose_simd_target();
    return product_target();
}

}  // namespace thalweg
