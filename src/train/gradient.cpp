#include "train/gradient.h"

#include <algorithm>
#include <numeric>

namespace thalweg {

ChunkedGradient::ChunkedGradient(const Dataset& dataset, const NetworkShape& shape, const LossFunction& loss,
                                 std::size_t most_rows, int threads)
    : dataset_(dataset),
      output_(shape.output),
      loss_(loss),
      chunk_(std::min({most_rows, dataset.rows, kChunk})),
      batch_(dataset, chunk_),
      engine_(shape, loss, chunk_, threads),
      logits_(chunk_, shape.outputs()) {}

double ChunkedGradient::loss_and_gradient(std::span<const float> theta, std::span<const std::uint32_t> rows,
                                          const Dropout& dropout, std::span<float> gradient) {
    if (rows.size() <= chunk_) {
        batch_.fill(rows);
        total_weight_ = batch_.total_weight();
        return engine_.loss_and_gradient(theta, batch_.inputs(), batch_.targets(), dropout, gradient);
    }
    sum_.assign(gradient.size(), 0.0);
    double loss_sum = 0.0;
    total_weight_ = 0.0;
    for (std::size_t first = 0; first < rows.size(); first += chunk_) {
        batch_.fill(rows.subspan(first, std::min(chunk_, rows.size() - first)));
        Dropout of_chunk = dropout;
        of_chunk.first_row = first;
        const double mean =
            engine_.loss_and_gradient(theta, batch_.inputs(), batch_.targets(), of_chunk, gradient);
        const double weight = batch_.total_weight();
        loss_sum += weight * mean;
        total_weight_ += weight;
        for (std::size_t j = 0; j < gradient.size(); ++j) sum_[j] += weight * gradient[j];
    }
    const double scale = total_weight_ > 0.0 ? 1.0 / total_weight_ : 0.0;
    for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] = static_cast<float>(scale * sum_[j]);
    return scale * loss_sum;
}

double ChunkedGradient::loss(std::span<const float> theta) {
    double loss_sum = 0.0;
    double weight_sum = 0.0;
    std::vector<std::uint32_t> rows(chunk_);
    for (std::size_t first = 0; first < dataset_.rows; first += chunk_) {
        rows.resize(std::min(chunk_, dataset_.rows - first));
        std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
        batch_.fill(rows);
        const MatrixView<float> logits = logits_.view().row_range(0, rows.size());
        engine_.logits(theta, batch_.inputs(), logits);
        loss_sum += batch_.total_weight() * mean_loss<float>(output_, loss_, logits, batch_.targets());
        weight_sum += batch_.total_weight();
    }
    return weight_sum > 0.0 ? loss_sum / weight_sum : 0.0;
}

}  // namespace thalweg
