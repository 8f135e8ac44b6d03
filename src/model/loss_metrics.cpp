#include "model/loss_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/elementary.h"
#include "network/loss_rows.h"

namespace thalweg {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double power(double base, double exponent) {
    return base == 0.0 ? 0.0 : elementary::exp(exponent * elementary::log(base));
}

/// The unit deviance of the Tweedie family: Poisson's at p = 1, gamma's at 2. A prediction below what a
/// double can say counts as the least that it can.
double unit_deviance(double y, double prediction, double p) {
    const double y_hat = std::max(prediction, std::numeric_limits<double>::min());
    if (p == 1.0) return 2.0 * ((y == 0.0 ? 0.0 : y * elementary::log(y / y_hat)) - y + y_hat);
    if (p == 2.0) return 2.0 * (y / y_hat - elementary::log(y / y_hat) - 1.0);
    return 2.0 * (power(y, 2.0 - p) / ((1.0 - p) * (2.0 - p)) - y * power(y_hat, 1.0 - p) / (1.0 - p) +
                  power(y_hat, 2.0 - p) / (2.0 - p));
}

double mean_of_values(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

Metrics deviance_metrics(std::span<const double> truth, MatrixView<const double> predictions, double p) {
    const double mean = mean_of_values(truth);
    double of_predictions = 0.0, of_mean = 0.0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        of_predictions += unit_deviance(truth[row], predictions(row, 0), p);
        of_mean += unit_deviance(truth[row], mean, p);
    }
    return {{"deviance", of_predictions / static_cast<double>(truth.size())},
            {"d2", of_mean == 0.0 ? kUndefined : 1.0 - of_predictions / of_mean}};
}

Metrics percentage_metrics(std::span<const double> truth, MatrixView<const double> predictions) {
    double sum = 0.0;
    for (std::size_t row = 0; row < truth.size(); ++row)
        sum += std::abs((predictions(row, 0) - truth[row]) / truth[row]);
    return {{"mape", sum / static_cast<double>(truth.size())}};
}

Metrics quantile_metrics(const LossFunction& loss, std::span<const double> truth,
                         MatrixView<const double> predictions) {
    Metrics metrics = {{"pinball", 0.0}};
    for (std::size_t j = 0; j < predictions.cols; ++j) {
        const double level = loss.level_of(j);
        double pinball = 0.0, below = 0.0;
        for (std::size_t row = 0; row < truth.size(); ++row) {
            const double error = truth[row] - predictions(row, j);
            pinball += std::max(level * error, (level - 1.0) * error);
            below += error <= 0.0;
        }
        const auto count = static_cast<double>(truth.size());
        metrics.front().second += pinball / count / static_cast<double>(predictions.cols);
        metrics.emplace_back(fmt::format("below_{}", level), below / count);
    }
    return metrics;
}

}  // namespace

Metrics loss_metrics(const LossFunction& loss, std::span<const double> truth,
                     MatrixView<const double> predictions) {
    Metrics metrics;
    switch (loss.loss) {
        case Loss::poisson:
            metrics = deviance_metrics(truth, predictions, 1.0);
            break;
        case Loss::gamma:
            metrics = deviance_metrics(truth, predictions, 2.0);
            break;
        case Loss::tweedie:
            metrics = deviance_metrics(truth, predictions, loss.tweedie_power);
            break;
        case Loss::mape:
            metrics = percentage_metrics(truth, predictions);
            break;
        case Loss::quantile:
            metrics = quantile_metrics(loss, truth, predictions);
            break;
        default:
            break;
    }
    const bool fit = std::ranges::all_of(truth, [&](double value) { return fits_loss(loss.loss, value); });
    if (!fit)
        for (auto& metric : metrics) metric.second = kUndefined;
    return metrics;
}

}  // namespace thalweg
