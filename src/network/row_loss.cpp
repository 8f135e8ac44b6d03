#include "network/row_loss.h"

#include <algorithm>
#include <cmath>

#include "network/output.h"

namespace thalweg {
namespace {

using Row = std::span<const double>;

/// A loss of the distance between y_hat and y, and its slope with respect to y_hat. On a kink the slope is 0.
struct Distance {
    double loss, slope;
};

Distance squared_error(double error) {
    return {error * error, 2.0 * error};
}

double sign(double x) {
    return static_cast<double>(x > 0.0) - static_cast<double>(x < 0.0);
}

Distance absolute_error(double error) {
    return {std::abs(error), sign(error)};
}

/// 0.5 e^2 inside delta, delta (|e| - 0.5 delta) outside (Huber 1964).
Distance huber(double error, double delta) {
    if (std::abs(error) > delta) return {delta * (std::abs(error) - 0.5 * delta), delta * sign(error)};
    return {0.5 * error * error, error};
}

/// max(q e, (q-1) e) with e = y - y_hat, which is -error (Koenker and Bassett 1978).
Distance pinball(double error, double q) {
    if (error < 0.0) return {-q * error, -q};
    return {(1.0 - q) * error, error > 0.0 ? 1.0 - q : 0.0};
}

/// |error / y|, whatever the sign of y; y is not 0.
Distance relative_error(double error, double y) {
    return {std::abs(error / y), sign(error) / std::abs(y)};
}

Distance distance(const LossFunction& function, std::size_t output, double y_hat, double y) {
    const double error = y_hat - y;
    switch (function.loss) {
        case Loss::absolute_error:
            return absolute_error(error);
        case Loss::huber:
            return huber(error, function.delta);
        case Loss::quantile:
            return pinball(error, function.level_of(output));
        case Loss::mape:
            return relative_error(error, y);
        default:
            return squared_error(error);
    }
}

/// Losses of a distance go with every output, through its Jacobian.
double distance_rule(const ExampleLoss& example, Row logits, Row target, std::span<double> gradient) {
    const std::span<double> y_hat = example.y_hat;
    output_row(example.output, example.largest, logits, y_hat);
    double loss = 0.0;
    for (std::size_t j = 0; j < y_hat.size(); ++j) {
        const Distance d = distance(example.function, j, y_hat[j], target[j]);
        loss += d.loss;
        gradient[j] = d.slope;
    }
    back_through_output(example.output, logits, y_hat, gradient);
    return loss;
}

/// -sum_c t_c log y_c with log y_c = a_c - a_max - log sum_m e^{a_m - a_max}; gradient y - t.
/// Taking log-sum-exp from the raw logits would lose the gap between large logits to rounding.
double softmax_cross_entropy(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    const SoftmaxSum sum = softmax_sum(logits, gradient);
    const double log_total = sum.log_total();
    const double total = 1.0 + sum.others;
    double loss = 0.0;
    for (std::size_t c = 0; c < logits.size(); ++c) {
        if (target[c] != 0.0) loss += target[c] * (log_total - (logits[c] - logits[sum.largest]));
        gradient[c] = gradient[c] / total - target[c];
    }
    gradient[sum.largest] = (1.0 - target[sum.largest]) - sum.others / total;
    return loss;
}

/// Each class by itself: gradient -t (1 - y).
double logistic_cross_entropy(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t c = 0; c < logits.size(); ++c) {
        const Logistic output(logits[c]);
        loss += target[c] * output.minus_log_y;
        gradient[c] = -target[c] * output.not_y;
    }
    return loss;
}

/// log y = a, so nothing is left of the exponential.
double exponential_cross_entropy(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t c = 0; c < logits.size(); ++c) {
        loss -= target[c] * logits[c];
        gradient[c] = -target[c];
    }
    return loss;
}

/// -t log y - (1-t) log(1-y); the gradient y - t is written so that y near t = 1 does not cancel.
double logistic_binary(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const Logistic output(logits[j]);
        const double t = target[j];
        loss += t * output.minus_log_y + (1.0 - t) * output.minus_log_not_y;
        gradient[j] = (1.0 - t) * output.y - t * output.not_y;
    }
    return loss;
}

/// Several probabilities that sum to 1. Only the largest can come near 1, and there 1 - y is the sum of the
/// others, taken from their own largest so that it does not vanish. With p the softmax of those others,
/// d log(1-y_max)/d a_i = p_i - y_i, and for every other j  d log(1-y_j)/d a_i = 1[i!=j] y_i/(1-y_j) - y_i.
double softmax_binary(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    const std::size_t k = logits.size();
    std::vector<double> y(k);
    const SoftmaxSum sum = softmax_sum(logits, y);
    const std::size_t top = sum.largest;
    for (double& e : y) e /= 1.0 + sum.others;

    std::vector<double> without_top(logits.begin(), logits.end());
    without_top.erase(without_top.begin() + static_cast<std::ptrdiff_t>(top));
    std::vector<double> p(without_top.size());
    const SoftmaxSum rest = softmax_sum(without_top, p);
    for (double& e : p) e /= 1.0 + rest.others;
    const double log_rest = without_top[rest.largest] - logits[top] + rest.log_total();

    double loss = 0.0;
    double share = 0.0;  // sum over j != top of (1 - t_j) / (1 - y_j)
    for (std::size_t j = 0; j < k; ++j) {
        const double log_y = logits[j] - logits[top] - sum.log_total();
        const double log_not_y = j == top ? log_rest - sum.log_total() : elementary::log_one_plus(-y[j]);
        loss -= target[j] * log_y + (1.0 - target[j]) * log_not_y;
        if (j != top) share += (1.0 - target[j]) / (1.0 - y[j]);
    }
    gradient[top] = static_cast<double>(k) * y[top] - target[top] - y[top] * share;
    for (std::size_t i = 0; i < k; ++i) {
        if (i == top) continue;
        const double others = share - (1.0 - target[i]) / (1.0 - y[i]);
        gradient[i] = static_cast<double>(k) * y[i] - target[i] - y[i] * others -
                      (1.0 - target[top]) * p[i < top ? i : i - 1];
    }
    return loss;
}

/// y - t log y with y = e^a.
double exponential_poisson(const ExampleLoss& example, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const double y_hat = saturated_exp(logits[j], example.largest);
        loss += y_hat - target[j] * logits[j];
        gradient[j] = y_hat - target[j];
    }
    return loss;
}

/// The y sum to 1, which leaves 1 - sum_c t_c log y_c; gradient y sum(t) - t.
double softmax_poisson(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    const SoftmaxSum sum = softmax_sum(logits, gradient);
    const double log_total = sum.log_total();
    double loss = 1.0;
    double counts = 0.0;
    for (const double t : target) counts += t;
    for (std::size_t c = 0; c < logits.size(); ++c) {
        loss += target[c] * (log_total - (logits[c] - logits[sum.largest]));
        gradient[c] = gradient[c] / (1.0 + sum.others) * counts - target[c];
    }
    return loss;
}

double logistic_poisson(const ExampleLoss&, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const Logistic output(logits[j]);
        loss += output.y + target[j] * output.minus_log_y;
        gradient[j] = (output.y - target[j]) * output.not_y;
    }
    return loss;
}

/// y / y_hat + log y_hat, the gamma deviance but for what depends on y alone; with y_hat = e^a it is
/// e^{log y - a} + a.
double exponential_gamma(const ExampleLoss& example, Row logits, Row target, std::span<double> gradient) {
    double loss = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const double ratio = saturated_exp(elementary::log(target[j]) - logits[j], example.largest);
        loss += ratio + logits[j];
        gradient[j] = 1.0 - ratio;
    }
    return loss;
}

/// y_hat^{2-p} / (2-p) - y y_hat^{1-p} / (1-p), half the Tweedie deviance but for what depends on y alone
/// (Jorgensen 1987): of both terms one falls and one grows with a, and each is held where it would leave the
/// numbers.
double exponential_tweedie(const ExampleLoss& example, Row logits, Row target, std::span<double> gradient) {
    const double falls = example.function.tweedie_power - 1.0, grows = 1.0 - falls;
    double loss = 0.0;
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const double growing = saturated_exp(grows * logits[j], grows * example.largest);
        const double falling =
            saturated_exp(elementary::log(target[j]) - falls * logits[j], falls * example.largest);
        loss += growing / grows + falling / falls;
        gradient[j] = growing - falling;
    }
    return loss;
}

/// Losses that take log y_hat, computed together with the outputs that they fit (theory.md, section 2).
struct Pair {
    Loss loss;
    Output output;
    ExampleLoss::Rule rule;
};
constexpr Pair kLogarithmicPairs[] = {
    {Loss::cross_entropy, Output::softmax, softmax_cross_entropy},
    {Loss::cross_entropy, Output::logistic, logistic_cross_entropy},
    {Loss::cross_entropy, Output::exponential, exponential_cross_entropy},
    {Loss::binary_cross_entropy, Output::logistic, logistic_binary},
    {Loss::binary_cross_entropy, Output::softmax, softmax_binary},
    {Loss::poisson, Output::exponential, exponential_poisson},
    {Loss::poisson, Output::softmax, softmax_poisson},
    {Loss::poisson, Output::logistic, logistic_poisson},
    {Loss::gamma, Output::exponential, exponential_gamma},
    {Loss::tweedie, Output::exponential, exponential_tweedie},
};

bool takes_logarithm(Loss loss) {
    return std::ranges::any_of(kLogarithmicPairs, [loss](const Pair& pair) { return pair.loss == loss; });
}

}  // namespace

ExampleLoss::Rule rule_of(Output output, Loss loss) {
    if (!takes_logarithm(loss)) return distance_rule;
    for (const Pair& pair : kLogarithmicPairs)
        if (pair.loss == loss && pair.output == output) return pair.rule;
    return nullptr;
}

std::vector<Output> outputs_for(Loss loss) {
    std::vector<Output> fitting;
    for (const auto& entry : ChoiceTable<Output>::entries)
        if (rule_of(entry.first, loss) != nullptr) fitting.push_back(entry.first);
    return fitting;
}

}  // namespace thalweg
