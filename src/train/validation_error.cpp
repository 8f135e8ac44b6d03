#include "train/validation_error.h"

#include <algorithm>
#include <cstddef>

namespace thalweg {
namespace {

double wrong_class(std::span<const float> logits, std::uint32_t true_class) {
    const auto highest = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
    return highest == true_class ? 0.0 : 1.0;
}

double wrong_sides(std::span<const float> y_hat, std::span<const float> targets) {
    std::size_t wrong = 0;
    for (std::size_t j = 0; j < y_hat.size(); ++j) wrong += (y_hat[j] > 0.5F) != (targets[j] > 0.5F) ? 1 : 0;
    return static_cast<double>(wrong) / static_cast<double>(y_hat.size());
}

double squared_error(std::span<const float> y_hat, std::span<const float> targets,
                     std::span<const Bounds> bounds) {
    double sum = 0.0;
    for (std::size_t j = 0; j < y_hat.size(); ++j) {
        const float kept =
            bounds.empty() ? y_hat[j] : std::clamp(y_hat[j], bounds[j].least, bounds[j].greatest);
        const double off = double{kept} - targets[j];
        sum += off * off;
    }
    return sum;
}

}  // namespace

double mean_error(Output output, Loss loss, MatrixView<const float> logits, const Targets<float>& targets,
                  std::span<const Bounds> bounds) {
    Matrix<float> y_hat(logits.rows, logits.cols);
    if (loss != Loss::cross_entropy) apply_output<float>(output, logits, y_hat.view());
    double sum = 0.0, weights = 0.0;
    for (std::size_t n = 0; n < logits.rows; ++n) {
        const double error = loss == Loss::cross_entropy ? wrong_class(logits.row(n), targets.classes[n])
                             : loss == Loss::binary_cross_entropy
                                 ? wrong_sides(y_hat.row(n), targets.values.row(n))
                                 : squared_error(y_hat.row(n), targets.values.row(n), bounds);
        const double weight = targets.example_weights.empty() ? 1.0 : targets.example_weights[n];
        sum += weight * error;
        weights += weight;
    }
    return weights > 0.0 ? sum / weights : 0.0;
}

}  // namespace thalweg
