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
    std::size_t output = 0;
    for (const TargetPlan& target : targets)
        for (const std::size_t end = output + target.outputs(); output < end; ++output)
            y_hat[output] = target.value_of(y_hat[output]);
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

void add_prediction(const TargetCoder& coder, Output output, std::span<const float> logits, double weight,
                    std::span<double> scratch, std::span<double> sum) {
    predict_values(coder, output, logits, scratch);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * scratch[j];
}

Matrix<double> two_class_probabilities(Task task, const PredictedValues& predicted, std::size_t target) {
    if (task == Task::binary) return predicted.values;
    Matrix<double> probabilities(predicted.values.rows(), 2);
    for (std::size_t row = 0; row < probabilities.rows(); ++row) {
        probabilities(row, 0) = predicted.first_classes(row, target);
        probabilities(row, 1) = predicted.values(row, target);
    }
    return probabilities;
}

MeanPrediction::MeanPrediction(const TargetCoder& coder, Output output, std::size_t rows)
    : coder_(coder),
      output_(output),
      sums_(rows, prediction_size(coder)),
      weights_(rows),
      scratch_(prediction_size(coder)) {
    if (coder.task() == Task::multilabel) first_class_sums_ = Matrix<double>(rows, coder.outputs());
}

void MeanPrediction::add(MatrixView<const float> logits, double weight) {
    for (std::size_t row = 0; row < logits.rows; ++row) add_row(row, logits.row(row), weight);
}

void MeanPrediction::add(std::span<const std::uint32_t> rows, MatrixView<const float> logits, double weight) {
    for (std::size_t i = 0; i < rows.size(); ++i) add_row(rows[i], logits.row(i), weight);
}

void MeanPrediction::add_row(std::size_t row, std::span<const float> logits, double weight) {
    weights_[row] += weight;
    add_prediction(coder_, output_, logits, weight, scratch_, sums_.row(row));
    for (std::size_t j = 0; j < first_class_sums_.cols(); ++j)
        first_class_sums_(row, j) += weight * logistic(-logits[j]);
}

void MeanPrediction::add(std::span<const std::uint32_t> rows, const PredictedValues& predicted,
                         double weight) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        weights_[rows[i]] += weight;
        for (std::size_t j = 0; j < sums_.cols(); ++j) sums_(rows[i], j) += weight * predicted.values(i, j);
        for (std::size_t j = 0; j < first_class_sums_.cols(); ++j)
            first_class_sums_(rows[i], j) += weight * predicted.first_classes(i, j);
    }
}

std::vector<std::uint32_t> MeanPrediction::predicted_rows() const {
    std::vector<std::uint32_t> rows;
    for (std::size_t row = 0; row < weights_.size(); ++row)
        if (weights_[row] > 0.0) rows.push_back(static_cast<std::uint32_t>(row));
    return rows;
}

PredictedValues MeanPrediction::mean() const {
    const std::vector<std::uint32_t> rows = predicted_rows();
    const auto means = [&](const Matrix<double>& sums) {
        Matrix<double> result(sums.cols() == 0 ? 0 : rows.size(), sums.cols());
        for (std::size_t i = 0; i < result.rows(); ++i)
            std::ranges::transform(sums.row(rows[i]), result.row(i).begin(),
                                   [weight = weights_[rows[i]]](double sum) { return sum / weight; });
        return result;
    };
    return {means(sums_), means(first_class_sums_)};
}

}  // namespace thalweg
