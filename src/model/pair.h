#pragma once

#include "thalweg/dataset.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What the output layer says and what it is judged by (theory.md, section 2).
struct Pair {
    Output output = Output::linear;
    LossFunction loss;
};

/// Throws Error{usage}: an output or a loss that does not fit the task, or that do not fit each other.
void check_fits(Task task, const Pair& pair);

/// The pair that belongs to the task, with what the options override. Throws Error{usage} (see check_fits).
Pair choose_pair(Task task, const TrainOptions& options);

/// Real values are standardised unless the output has a scale of its own: e^a, logistic and softmax outputs
/// are compared with the values as they are. Losses of ratios (gamma, tweedie, mape) see multiples of the
/// mean, which changes nothing but where the output begins.
TargetScaling target_scaling(const TrainOptions& options);

/// Throws Error{usage}: several levels of quantiles for several targets.
TargetCoder with_levels_of(const LossFunction& loss, const TargetCoder& coder);

/// Throws Error{data} for the first value that the loss cannot take (0 for gamma) or the output never reach:
/// below 0 for exponential, outside 0 .. 1 for logistic and softmax.
void check_reachable(const Table& table, std::span<const std::uint32_t> rows, const TargetCoder& coder,
                     const Pair& pair);

/// Losses other than cross_entropy compare with values: the one-hot rows of the classes.
void one_hot_targets(Dataset& dataset, std::size_t classes);

}  // namespace thalweg
