#include "train/gradient.h"

#include <algorithm>
#include <limits>

#include "engine/input_stage_step.h"
#include "train/validation_error.h"

namespace thalweg {
namespace {

/// More rows than this make no pass faster.
constexpr std::size_t kMostRows = 4096;
/// What a chunk may take: little beside a table that has this many rows, or inputs this wide; twice that for
/// an ensemble, so that a usual batch of many wide members is one chunk.
constexpr double kMostBytes = 256.0 * 1024 * 1024;
/// Floats that the engine holds for each neuron and row: a, h, grad_h, and the factor of dropout.
constexpr double kFloatsPerNeuron = 4.0;
/// And around the products of members that are adapted: u, and z of the layer above.
constexpr double kFloatsPerAdaptedNeuron = 2.0;

}  // namespace

std::size_t chunk_rows(const Examples& examples, const NetworkShape& shape) {
    double floats = static_cast<double>(examples.dataset().inputs + InputStageStep::floats_per_row(shape));
    for (std::size_t layer = 1; layer <= shape.layers(); ++layer)
        floats += (kFloatsPerNeuron + (shape.adapts_outputs(layer) ? kFloatsPerAdaptedNeuron : 0.0)) *
                  static_cast<double>(shape.members.count * shape.widths[layer]);
    const double affordable = (shape.is_ensemble() ? 2.0 : 1.0) * kMostBytes / (floats * sizeof(float));
    return std::min(examples.size(),
                    static_cast<std::size_t>(std::clamp(affordable, 1.0, static_cast<double>(kMostRows))));
}

ChunkedGradient::ChunkedGradient(const Examples& examples, Engine& engine, const NetworkShape& shape,
                                 const LossFunction& loss, std::size_t most_rows, MemberBatches batches)
    : examples_(examples),
      engine_(engine),
      output_(shape.output),
      loss_(loss),
      readers_(batches == MemberBatches::shared ? shape.members.count : 1),
      rows_per_example_(shape.members.count / readers_),
      chunk_(most_rows),
      batch_(examples.dataset(), chunk_ * rows_per_example_, readers_),
      logits_(chunk_, shape.outputs()),
      in_order_(chunk_) {}

double ChunkedGradient::loss_and_gradient(std::span<const float> theta, std::span<const std::uint32_t> rows,
                                          const Dropout& dropout, std::span<float> gradient) {
    const std::size_t chunk = chunk_ * rows_per_example_;
    if (rows.size() <= chunk) {
        batch_.fill(rows, readers_);
        total_weight_ = batch_.total_weight();
        return engine_.loss_and_gradient(theta, batch_.inputs(), batch_.targets(), dropout, gradient);
    }
    gradient_sum_.assign(gradient.size(), 0.0);
    double loss_sum = 0.0;
    total_weight_ = 0.0;
    for (std::size_t first = 0; first < rows.size(); first += chunk) {
        if (first > 0 && give_up_ && give_up_()) {
            gave_up_ = true;
            return std::numeric_limits<double>::infinity();
        }
        Dropout of_chunk = dropout;
        of_chunk.first_row = first * readers_;
        add_chunk(theta, rows.subspan(first, std::min(chunk, rows.size() - first)), of_chunk, gradient,
                  loss_sum);
    }
    const double scale = total_weight_ > 0.0 ? 1.0 / total_weight_ : 0.0;
    for (std::size_t j = 0; j < gradient.size(); ++j)
        gradient[j] = static_cast<float>(scale * gradient_sum_[j]);
    return scale * loss_sum;
}

/// `gradient` holds that of the chunk alone afterwards.
void ChunkedGradient::add_chunk(std::span<const float> theta, std::span<const std::uint32_t> rows,
                                const Dropout& dropout, std::span<float> gradient, double& loss_sum) {
    batch_.fill(rows, readers_);
    const double mean =
        engine_.loss_and_gradient(theta, batch_.inputs(), batch_.targets(), dropout, gradient);
    const double weight = batch_.total_weight();
    loss_sum += weight * mean;
    total_weight_ += weight;
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient_sum_[j] += weight * gradient[j];
}

std::optional<double> ChunkedGradient::loss(std::span<const float> theta,
                                            const std::function<bool(double)>& give_up) {
    double loss_sum = 0.0, error_sum = 0.0, weight_sum = 0.0;
    engine_.load(theta);
    const std::size_t size = examples_.size();
    for (std::size_t first = 0; first < size; first += chunk_) {
        if (first > 0 && give_up && give_up(static_cast<double>(first) / static_cast<double>(size)))
            return std::nullopt;
        const std::span<std::uint32_t> rows = std::span(in_order_).first(std::min(chunk_, size - first));
        examples_.copy_rows(first, rows);
        batch_.fill(rows);
        const MatrixView<float> logits = logits_.view().row_range(0, rows.size());
        engine_.logits(batch_.inputs(), logits);
        loss_sum += batch_.total_weight() * mean_loss<float>(output_, loss_, logits, batch_.targets());
        if (bounds_)
            error_sum +=
                batch_.total_weight() * mean_error(output_, loss_.loss, logits, batch_.targets(), *bounds_);
        weight_sum += batch_.total_weight();
    }
    error_ = weight_sum > 0.0 ? error_sum / weight_sum : 0.0;
    return weight_sum > 0.0 ? loss_sum / weight_sum : 0.0;
}

}  // namespace thalweg
