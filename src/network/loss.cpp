#include "thalweg/loss.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "network/loss_rows.h"
#include "network/row_loss.h"

namespace thalweg {
namespace {

void check_levels(const LossFunction& function) {
    if (function.levels.empty()) return;
    if (function.loss != Loss::quantile)
        throw Error(ErrorKind::usage,
                    fmt::format("levels of --quantile are for the loss quantile: the loss is {}",
                                name_of(function.loss)));
    double before = 0.0;
    for (const double level : function.levels) {
        if (!(level > before && level < 1.0))
            throw Error(ErrorKind::usage,
                        fmt::format("--quantile: levels must be between 0 and 1, each above "
                                    "the one before it: got {}",
                                    fmt::join(function.levels, ", ")));
        before = level;
    }
}

void check_constants(const LossFunction& function) {
    const auto refuse = [](const char* flag, const char* range, double got) {
        throw Error(ErrorKind::usage, fmt::format("{} must be {}: got {}", flag, range, got));
    };
    if (function.loss == Loss::huber && !(function.delta > 0.0 && std::isfinite(function.delta)))
        refuse("--huber-delta", "above 0", function.delta);
    if (function.loss == Loss::quantile && !(function.quantile > 0.0 && function.quantile < 1.0))
        refuse("--quantile", "between 0 and 1", function.quantile);
    if (function.loss == Loss::tweedie && !(function.tweedie_power > 1.0 && function.tweedie_power < 2.0))
        refuse("--tweedie-power", "between 1 and 2", function.tweedie_power);
    check_levels(function);
    if (!(function.label_smoothing >= 0.0 && function.label_smoothing < 1.0))
        refuse("--label-smoothing", "at least 0 and below 1", function.label_smoothing);
    const bool smooths = function.loss == Loss::cross_entropy || function.loss == Loss::binary_cross_entropy;
    if (function.label_smoothing > 0.0 && !smooths)
        throw Error(ErrorKind::usage,
                    fmt::format("--label-smoothing acts on cross_entropy and binary_cross_entropy only: the "
                                "loss is {}",
                                name_of(function.loss)));
}

[[noreturn]] void refuse_sizes(const std::string& what) {
    throw Error(ErrorKind::data, what);
}

template <class Scalar>
void check_sizes(const LossFunction& function, Output output, MatrixView<const Scalar> logits,
                 const Targets<Scalar>& targets) {
    const std::size_t weights = targets.example_weights.size();
    if (weights != 0 && weights != logits.rows)
        refuse_sizes(fmt::format("{} example weights for {} examples", weights, logits.rows));
    if (function.loss == Loss::cross_entropy) {
        if (targets.classes.size() != logits.rows)
            refuse_sizes(fmt::format("{} classes for {} examples", targets.classes.size(), logits.rows));
    } else if (targets.values.rows != logits.rows || targets.values.cols != logits.cols) {
        refuse_sizes(fmt::format("targets are {} x {}, the network gives {} x {}", targets.values.rows,
                                 targets.values.cols, logits.rows, logits.cols));
    }
    if (!function.levels.empty() && function.levels.size() != logits.cols)
        refuse_sizes(fmt::format("{} levels of quantiles, and the network gives {} values",
                                 function.levels.size(), logits.cols));
    if (function.loss == Loss::binary_cross_entropy && output == Output::softmax && logits.cols == 1)
        throw Error(ErrorKind::usage,
                    "a softmax over one output is always 1: take the logistic output for one probability");
}

void check_value(Loss loss, double value, std::size_t example, std::size_t output) {
    if (fits_loss(loss, value)) return;
    throw Error(ErrorKind::data, fmt::format("example {}, output {}: a target must be {}: got {}", example,
                                             output, target_range(loss), value));
}

/// The targets of one example as the loss wants them: k numbers, one-hot for a class, smoothed.
template <class Scalar>
void target_row(const LossFunction& function, const Targets<Scalar>& targets, std::size_t n,
                std::span<double> row) {
    const double s = function.label_smoothing;
    if (function.loss == Loss::cross_entropy) {
        std::ranges::fill(row, s / static_cast<double>(row.size()));
        row[targets.classes[n]] += 1.0 - s;
        return;
    }
    const double floor = function.loss == Loss::binary_cross_entropy ? s / 2.0 : 0.0;
    for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = (1.0 - s) * static_cast<double>(targets.values(n, j)) + floor;
    }
}

template <class Scalar>
double example_weight(const Targets<Scalar>& targets, std::size_t n) {
    return targets.example_weights.empty() ? 1.0 : static_cast<double>(targets.example_weights[n]);
}

/// use(n, loss, gradient) is given each example's share of the mean loss and of its gradient, for the
/// examples first .. last. The memory that it takes stays with the thread.
template <class Scalar, class Use>
void for_examples(Output output, const LossFunction& function, MatrixView<const Scalar> logits,
                  const Targets<Scalar>& targets, double total, std::size_t first, std::size_t last,
                  const Use& use) {
    static thread_local std::vector<double> row, y_hat, target, gradient;
    for (std::vector<double>* memory : {&row, &y_hat, &target, &gradient}) memory->resize(logits.cols);
    const ExampleLoss example_loss = {output, function, std::numeric_limits<Scalar>::max(), y_hat,
                                      rule_of(output, function.loss)};
    for (std::size_t n = first; n < last; ++n) {
        const double share = total == 0.0 ? 0.0 : example_weight(targets, n) / total;
        std::ranges::copy(logits.row(n), row.begin());
        target_row<Scalar>(function, targets, n, target);
        const double example = example_loss(row, target, gradient);
        for (double& g : gradient) g = share == 0.0 ? 0.0 : share * g;
        use(n, share == 0.0 ? 0.0 : share * example, std::span<const double>(gradient));
    }
}

}  // namespace

template <class Scalar>
double total_weight(const Targets<Scalar>& targets, std::size_t examples) {
    if (targets.example_weights.empty()) return static_cast<double>(examples);
    double total = 0.0;
    for (std::size_t n = 0; n < examples; ++n) {
        const double weight = example_weight(targets, n);
        if (!(weight >= 0.0 && std::isfinite(weight)))
            throw Error(ErrorKind::data,
                        fmt::format("example {}: a weight must be 0 or more: got {}", n, weight));
        total += weight;
    }
    return total;
}

template <class Scalar>
void check_targets(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                   const Targets<Scalar>& targets) {
    check_pair(output, loss);
    check_sizes(loss, output, logits, targets);
    for (std::size_t n = 0; n < logits.rows; ++n) {
        if (loss.loss == Loss::cross_entropy) {
            if (targets.classes[n] >= logits.cols)
                throw Error(ErrorKind::data,
                            fmt::format("example {}: class {}, but the network has {} outputs", n,
                                        targets.classes[n], logits.cols));
            continue;
        }
        for (std::size_t j = 0; j < logits.cols; ++j)
            check_value(loss.loss, static_cast<double>(targets.values(n, j)), n, j);
    }
}

template <class Scalar>
void loss_gradient_of_rows(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                           const Targets<Scalar>& targets, double total_weight, std::size_t first,
                           std::size_t last, MatrixView<Scalar> grad_logits,
                           std::span<double> weighted_loss) {
    for_examples(output, loss, logits, targets, total_weight, first, last,
                 [&](std::size_t n, double example, std::span<const double> gradient) {
                     weighted_loss[n] = example;
                     std::ranges::transform(gradient, grad_logits.row(n).begin(),
                                            [](double g) { return static_cast<Scalar>(g); });
                 });
}

bool fits_loss(Loss loss, double target) {
    if (!std::isfinite(target)) return false;
    switch (loss) {
        case Loss::binary_cross_entropy:
            return target >= 0.0 && target <= 1.0;
        case Loss::poisson:
        case Loss::tweedie:
            return target >= 0.0;
        case Loss::gamma:
            return target > 0.0;
        case Loss::mape:
            return target != 0.0;
        default:
            return true;
    }
}

std::string_view target_range(Loss loss) {
    switch (loss) {
        case Loss::binary_cross_entropy:
            return "between 0 and 1 for binary_cross_entropy";
        case Loss::poisson:
            return "0 or more for poisson";
        case Loss::tweedie:
            return "0 or more for tweedie";
        case Loss::gamma:
            return "above 0 for gamma";
        case Loss::mape:
            return "other than 0 for mape, which divides by it";
        default:
            return "a finite number";
    }
}

void check_pair(Output output, const LossFunction& loss) {
    check_constants(loss);
    if (rule_of(output, loss.loss) != nullptr) return;
    if (outputs_for(loss.loss) == std::vector{Output::exponential})
        throw Error(ErrorKind::usage,
                    fmt::format("the loss {} goes with the output exponential alone: got {}",
                                name_of(loss.loss), name_of(output)));
    std::string fitting;
    for (const Output fits : outputs_for(loss.loss))
        fitting += (fitting.empty() ? "" : ", ") + std::string(name_of(fits));
    throw Error(
        ErrorKind::usage,
        fmt::format("the loss {} takes the logarithm of y_hat, which the output {} does not keep {}; "
                    "take one of these outputs: {}",
                    name_of(loss.loss), name_of(output),
                    loss.loss == Loss::binary_cross_entropy ? "between 0 and 1" : "above 0", fitting));
}

template <class Scalar>
double mean_loss(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                 const Targets<Scalar>& targets) {
    check_targets(output, loss, logits, targets);
    double mean = 0.0;
    for_examples(output, loss, logits, targets, total_weight(targets, logits.rows), 0, logits.rows,
                 [&](std::size_t, double example, std::span<const double>) { mean += example; });
    return mean;
}

template <class Scalar>
double loss_gradient(Output output, const LossFunction& loss, MatrixView<const Scalar> logits,
                     const Targets<Scalar>& targets, MatrixView<Scalar> grad_logits) {
    if (grad_logits.rows != logits.rows || grad_logits.cols != logits.cols)
        refuse_sizes("the gradient needs as many rows and columns as the logits");
    check_targets(output, loss, logits, targets);
    std::vector<double> weighted_loss(logits.rows);
    loss_gradient_of_rows(output, loss, logits, targets, total_weight(targets, logits.rows), 0, logits.rows,
                          grad_logits, weighted_loss);
    double mean = 0.0;
    for (const double example : weighted_loss) mean += example;
    return mean;
}

#define THALWEG_INSTANTIATE(Scalar)                                                               \
    template void check_targets(Output, const LossFunction&, MatrixView<const Scalar>,            \
                                const Targets<Scalar>&);                                          \
    template double total_weight(const Targets<Scalar>&, std::size_t);                            \
    template void loss_gradient_of_rows(Output, const LossFunction&, MatrixView<const Scalar>,    \
                                        const Targets<Scalar>&, double, std::size_t, std::size_t, \
                                        MatrixView<Scalar>, std::span<double>);                   \
    template double mean_loss(Output, const LossFunction&, MatrixView<const Scalar>,              \
                              const Targets<Scalar>&);                                            \
    template double loss_gradient(Output, const LossFunction&, MatrixView<const Scalar>,          \
                                  const Targets<Scalar>&, MatrixView<Scalar>);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
