#include "model/predicted_values.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "network/output.h"

namespace thalweg {
namespace {

void apply_output_in_double(Output output, std::span<const float> logits, std::span<double> y_hat) {
    std::ranges::copy(logits, y_hat.begin());
    output_row(output, std::numeric_limits<double>::max(), y_hat, y_hat);
}

void real_values(std::span<const TargetPlan> targets, std::span<double> y_hat) {
    for (std::size_t j = 0; j < y_hat.size(); ++j) y_hat[j] = y_hat[j] * targets[j].scale + targets[j].mean;
}

/// Softmax adds up to 1 by itself; logistic outputs are divided by their sum.
void class_probabilities(Output output, std::span<double> y_hat) {
    if (output == Output::softmax) return;
    const double sum = std::accumulate(y_hat.begin(), y_hat.end(), 0.0);
    // All zero, below what a double can say: no class is likelier than another.
    for (double& p : y_hat) p = sum > 0.0 ? p / sum : 1.0 / static_cast<double>(y_hat.size());
}

}  // namespace

std::size_t prediction_size(const TargetCoder& coder) {
    return coder.task() == Task::binary ? 2 : coder.outputs();
}

void predict_values(const TargetCoder& coder, Output output, std::span<const float> logits,
                    std::span<double> values) {
    switch (coder.task()) {
        case Task::binary:
            values[0] = logistic(-logits[0]);
            values[1] = logistic(logits[0]);
            break;
        case Task::multiclass:
            apply_output_in_double(output, logits, values);
            class_probabilities(output, values);
            break;
        case Task::multilabel:
            std::ranges::transform(logits, values.begin(), logistic);
            break;
        default:
            apply_output_in_double(output, logits, values);
            real_values(coder.targets(), values);
            break;
    }
}

Matrix<double> predicted_values(const TargetCoder& coder, Output output, MatrixView<const float> logits) {
    Matrix<double> values(logits.rows, prediction_size(coder));
    for (std::size_t row = 0; row < logits.rows; ++row)
        predict_values(coder, output, logits.row(row), values.row(row));
    return values;
}

Matrix<double> two_class_probabilities(MatrixView<const float> logits, std::size_t output) {
    Matrix<double> probabilities(logits.rows, 2);
    for (std::size_t row = 0; row < logits.rows; ++row) {
        probabilities(row, 0) = logistic(-logits(row, output));
        probabilities(row, 1) = logistic(logits(row, output));
    }
    return probabilities;
}

}  // namespace thalweg
