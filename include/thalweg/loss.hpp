#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/choice.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg {

/// The function O from the last pre-activation (the logits) to y_hat (theory.md, section 2). ascending:
/// y_1 = a_1, y_j = y_{j-1} + log(1+e^{a_j}), so that no output is below the one before it.
enum class Output { linear, softmax, logistic, exponential, ascending };

template <>
struct ChoiceTable<Output> {
    static constexpr std::string_view noun = "output";
    static constexpr std::pair<Output, std::string_view> entries[] = {
        {Output::linear, "linear"},       {Output::softmax, "softmax"},
        {Output::logistic, "logistic"},   {Output::exponential, "exponential"},
        {Output::ascending, "ascending"},
    };
};

enum class Loss {
    squared_error,
    cross_entropy,
    binary_cross_entropy,
    absolute_error,
    huber,
    quantile,
    poisson,
    gamma,
    tweedie,
    mape
};

template <>
struct ChoiceTable<Loss> {
    static constexpr std::string_view noun = "loss";
    static constexpr std::pair<Loss, std::string_view> entries[] = {
        {Loss::squared_error, "squared_error"},
        {Loss::cross_entropy, "cross_entropy"},
        {Loss::binary_cross_entropy, "binary_cross_entropy"},
        {Loss::absolute_error, "absolute_error"},
        {Loss::huber, "huber"},
        {Loss::quantile, "quantile"},
        {Loss::poisson, "poisson"},
        {Loss::gamma, "gamma"},
        {Loss::tweedie, "tweedie"},
        {Loss::mape, "mape"},
    };
};

/// A loss with its parameters. Every loss is the sum over outputs and the (weighted) mean over examples.
struct LossFunction {
    Loss loss = Loss::squared_error;
    double delta = 1.0;     ///< huber: where the parabola becomes a line; above 0
    double quantile = 0.5;  ///< quantile: the level, strictly between 0 and 1
    double label_smoothing =
        0.0;                     ///< cross_entropy: target (1-s) e_l + s/k; binary: (1-s) y + s/2; 0 <= s < 1
    double tweedie_power = 1.5;  ///< tweedie: the variance grows as y_hat^power; strictly between 1 and 2
    /// quantile: a level for each output, each above the one before; empty: all have `quantile`.
    std::vector<double> levels = {};

    double level_of(std::size_t output) const { return levels.empty() ? quantile : levels[output]; }
};

/// What a batch should have given. cross_entropy reads `classes`, every other loss reads `values`.
template <class Scalar>
struct Targets {
    MatrixView<const Scalar> values;          ///< N x k
    std::span<const std::uint32_t> classes;   ///< N indices below k
    std::span<const Scalar> example_weights;  ///< N, or empty: every example weighs 1
};

/// Throws Error{usage} where the two do not fit: cross_entropy, binary_cross_entropy and poisson take a
/// logarithm of y_hat and so need an output that is positive (and, for binary_cross_entropy, below 1); gamma
/// and tweedie take powers of it besides, which only the exponential output keeps within the numbers.
void check_pair(Output output, const LossFunction& loss);

/// y_hat = O(logits), row by row. N x k both; may be the same memory.
template <class Scalar>
void apply_output(Output output, MatrixView<const Scalar> logits, MatrixView<Scalar> y_hat);

/// The weighted mean loss of a batch: sum_i w_i l_i / sum_i w_i (0 where the weights sum to 0).
/// Computed from the logits, so that +-1e4 stays finite. Throws Error{data} where sizes or classes do not
/// fit.
template <class Scalar>
double mean_loss(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                 const Targets<Scalar>& targets);

/// grad_{a_L} of the mean loss, a row for each example (theory.md, section 3). Returns the mean loss.
template <class Scalar>
double loss_gradient(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                     const Targets<Scalar>& targets, MatrixView<Scalar> grad_logits);

}  // namespace thalweg
