#include "model/forward.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/memory.h"
#include "engine/engine.h"
#include "engine/team.h"
#include "network/output.h"

namespace thalweg {
namespace {

/// Rows at a time. The widest layer bounds the scratch memory (64 MiB of floats); the result does not depend
/// on it.
std::size_t rows_at_a_time(const NetworkShape& shape) {
    constexpr std::size_t kMostRows = 1024;
    constexpr std::size_t kMostElements = std::size_t{1} << 24;
    return std::clamp<std::size_t>(kMostElements / std::ranges::max(shape.widths), 1, kMostRows);
}

Matrix<double> apply_output_in_double(Output output, MatrixView<const float> logits) {
    Matrix<double> y_hat(logits.rows, logits.cols);
    for (std::size_t row = 0; row < logits.rows; ++row)
        std::ranges::copy(logits.row(row), y_hat.row(row).begin());
    apply_output<double>(output, y_hat.view(), y_hat.view());
    return y_hat;
}

}  // namespace

Matrix<float> dataset_logits(const Network<float>& network, const LossFunction& loss, const Dataset& dataset,
                             int threads) {
    const NetworkShape& shape = network.shape();
    const std::size_t most = std::min(rows_at_a_time(shape), std::max<std::size_t>(dataset.rows, 1));
    const double bytes = 4.0 * static_cast<double>(most) * static_cast<double>(shape.inputs()) +
                         4.0 * static_cast<double>(dataset.rows) * static_cast<double>(shape.outputs());
    return with_memory("the pass through the network", bytes, [&] {
        Engine engine(shape, loss, most, useful_threads(threads));
        engine.load(network.theta());
        Matrix<float> batch(most, shape.inputs());
        Matrix<float> logits(dataset.rows, shape.outputs());
        std::vector<std::uint32_t> rows(most);
        for (std::size_t first = 0; first < dataset.rows; first += most) {
            rows.resize(std::min(most, dataset.rows - first));
            std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
            const MatrixView<float> inputs = batch.view().row_range(0, rows.size());
            dataset.gather_inputs(rows, inputs);
            engine.logits(inputs, logits.view().row_range(first, rows.size()));
        }
        return logits;
    });
}

Matrix<double> real_values(Output output, MatrixView<const float> logits,
                           std::span<const TargetPlan> targets) {
    Matrix<double> values = apply_output_in_double(output, logits);
    for (std::size_t row = 0; row < values.rows(); ++row)
        for (std::size_t j = 0; j < values.cols(); ++j)
            values(row, j) = values(row, j) * targets[j].scale + targets[j].mean;
    return values;
}

Matrix<double> two_class_probabilities(MatrixView<const float> logits, std::size_t output) {
    Matrix<double> probabilities(logits.rows, 2);
    for (std::size_t row = 0; row < logits.rows; ++row) {
        const double logit = logits(row, output);
        probabilities(row, 0) = logistic(-logit);
        probabilities(row, 1) = logistic(logit);
    }
    return probabilities;
}

Matrix<double> class_probabilities(Output output, MatrixView<const float> logits) {
    Matrix<double> probabilities = apply_output_in_double(output, logits);
    if (output == Output::softmax) return probabilities;
    for (std::size_t row = 0; row < probabilities.rows(); ++row) {
        const std::span<double> of_row = probabilities.row(row);
        const double sum = std::accumulate(of_row.begin(), of_row.end(), 0.0);
        // All zero, below what a double can say: no class is likelier than another.
        for (double& p : of_row) p = sum > 0.0 ? p / sum : 1.0 / static_cast<double>(of_row.size());
    }
    return probabilities;
}

}  // namespace thalweg
