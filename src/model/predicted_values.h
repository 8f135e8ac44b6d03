#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// Values of the prediction of a row: two probabilities for two classes, otherwise one value for each output.
std::size_t prediction_size(const TargetCoder& coder);

/// From the logits of a row to what Predictions::values holds of it: real values in the targets' own units
/// (y_hat * scale + mean), probabilities of classes, or each target's probability of its second class. In
/// double; a probability near 0 has its full relative precision.
void predict_values(const TargetCoder& coder, Output output, std::span<const float> logits,
                    std::span<double> values);

/// Adds `weight` times the prediction of the next network to `sum`, which is 0 before the first. The one way
/// in which networks are averaged, in double and in their order, so that a row has the same bits wherever it
/// is predicted. scratch: as long as sum.
void add_prediction(const TargetCoder& coder, Output output, std::span<const float> logits, double weight,
                    std::span<double> scratch, std::span<double> sum);

/// What is predicted of some rows.
struct PredictedValues {
    Matrix<double> values;         ///< as in Predictions::values
    Matrix<double> first_classes;  ///< multilabel: rows x targets, P(first class), precise where it is near 0
};

/// rows x 2: P(first class), P(second class) of a target of two classes.
Matrix<double> two_class_probabilities(Task task, const PredictedValues& predicted, std::size_t target);

/// The mean over networks of what each predicts, for rows that not every network need have seen.
class MeanPrediction {
  public:
    MeanPrediction(const TargetCoder& coder, Output output, std::size_t rows);

    /// The logits of the next network for all rows, or for some, and how often it counts.
    void add(MatrixView<const float> logits, double weight = 1.0);
    void add(std::span<const std::uint32_t> rows, MatrixView<const float> logits, double weight = 1.0);

    /// What was predicted of some rows, as if it were one network's.
    void add(std::span<const std::uint32_t> rows, const PredictedValues& predicted, double weight);

    /// Those of which a network has said something, ascending.
    std::vector<std::uint32_t> predicted_rows() const;
    /// The mean for each of these.
    PredictedValues mean() const;

  private:
    void add_row(std::size_t row, std::span<const float> logits, double weight);

    const TargetCoder& coder_;
    Output output_;
    Matrix<double> sums_;
    Matrix<double> first_class_sums_;
    std::vector<double> weights_;  ///< of each row, summed
    std::vector<double> scratch_;
};

}  // namespace thalweg
