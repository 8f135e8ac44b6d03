#include "network/output.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace thalweg {
namespace {

void softmax_row(std::span<const double> logits, std::span<double> y_hat) {
    const double total = 1.0 + softmax_sum(logits, y_hat).others;
    for (double& y : y_hat) y /= total;
}

/// d y_l / d a_i = y_l (1[l=i] - y_i), so grad_{a_i} = y_i (g_i - sum_l g_l y_l).
void back_through_softmax(std::span<const double> y_hat, std::span<double> gradient) {
    double mean = 0.0;
    for (std::size_t j = 0; j < y_hat.size(); ++j) mean += gradient[j] * y_hat[j];
    for (std::size_t j = 0; j < y_hat.size(); ++j) gradient[j] = y_hat[j] * (gradient[j] - mean);
}

/// y_j = y_{j-1} + log(1+e^{a_j})
void ascending_row(std::span<const double> logits, std::span<double> y_hat) {
    y_hat[0] = logits[0];
    for (std::size_t j = 1; j < y_hat.size(); ++j)
        y_hat[j] = y_hat[j - 1] + Logistic(logits[j]).minus_log_not_y;
}

/// a_j moves y_j and all above it, each by the slope of log(1+e^a), which is logistic(a).
void back_through_ascending(std::span<const double> logits, std::span<double> gradient) {
    double above = 0.0;
    for (std::size_t j = gradient.size(); j-- > 0;) {
        above += gradient[j];
        gradient[j] = j == 0 ? above : above * logistic(logits[j]);
    }
}

}  // namespace

SoftmaxSum softmax_sum(std::span<const double> logits, std::span<double> e) {
    SoftmaxSum sum;
    sum.largest = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
    const double highest = logits[sum.largest];
    for (std::size_t j = 0; j < logits.size(); ++j) {
        const double gap = logits[j] - highest;
        // The largest's gap is 0, unless it is infinite or no number, which must show.
        e[j] = j == sum.largest ? 1.0 + gap : elementary::exp(gap);
        if (j != sum.largest) sum.others += e[j];
    }
    return sum;
}

void output_row(Output output, double largest, std::span<const double> logits, std::span<double> y_hat) {
    switch (output) {
        case Output::linear:
            std::ranges::copy(logits, y_hat.begin());
            break;
        case Output::softmax:
            softmax_row(logits, y_hat);
            break;
        case Output::logistic:
            std::ranges::transform(logits, y_hat.begin(), logistic);
            break;
        case Output::exponential:
            std::ranges::transform(logits, y_hat.begin(),
                                   [largest](double a) { return saturated_exp(a, largest); });
            break;
        case Output::ascending:
            ascending_row(logits, y_hat);
            break;
    }
}

void back_through_output(Output output, std::span<const double> logits, std::span<const double> y_hat,
                         std::span<double> gradient) {
    switch (output) {
        case Output::linear:
            break;
        case Output::softmax:
            back_through_softmax(y_hat, gradient);
            break;
        case Output::logistic:
            for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] *= y_hat[j] * logistic(-logits[j]);
            break;
        case Output::exponential:
            for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] *= y_hat[j];
            break;
        case Output::ascending:
            back_through_ascending(logits, gradient);
            break;
    }
}

template <class Scalar>
void apply_output(Output output, MatrixView<const Scalar> logits, MatrixView<Scalar> y_hat) {
    if (logits.rows != y_hat.rows || logits.cols != y_hat.cols)
        throw Error(ErrorKind::data, "y_hat needs as many rows and columns as the logits");
    if (output == Output::linear) {
        for (std::size_t n = 0; n < logits.rows; ++n) std::ranges::copy(logits.row(n), y_hat.row(n).begin());
        return;
    }
    std::vector<double> row(logits.cols);
    for (std::size_t n = 0; n < logits.rows && logits.cols != 0; ++n) {
        std::ranges::copy(logits.row(n), row.begin());
        output_row(output, std::numeric_limits<Scalar>::max(), row, row);
        std::ranges::transform(row, y_hat.row(n).begin(), [](double y) { return static_cast<Scalar>(y); });
    }
}

template void apply_output(Output, MatrixView<const float>, MatrixView<float>);
template void apply_output(Output, MatrixView<const double>, MatrixView<double>);

}  // namespace thalweg
