#include "network/mean_logits.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "network/output.h"

namespace thalweg {
namespace {

/// log of the mean of e^x, the largest x kept outside. What is no number shows.
class LogMean {
  public:
    void add(double x) {
        if (count_ == 0 || !(x <= largest_)) {
            sum_ = count_ == 0 ? 1.0 : sum_ * elementary::exp(largest_ - x) + 1.0;
            largest_ = x;
        } else {
            sum_ += elementary::exp(x - largest_);
        }
        ++count_;
    }
    double value() const { return largest_ + elementary::log(sum_ / static_cast<double>(count_)); }

  private:
    double largest_ = 0.0;
    double sum_ = 0.0;
    std::size_t count_ = 0;
};

using LogitsOf = std::span<const float>;

double mean_linear(LogitsOf all, std::size_t output, std::size_t outputs) {
    double sum = 0.0;
    for (std::size_t j = output; j < all.size(); j += outputs) sum += all[j];
    const std::size_t members = all.size() / outputs;
    return sum / static_cast<double>(members);
}

double mean_exponential(LogitsOf all, std::size_t output, std::size_t outputs) {
    LogMean mean;
    for (std::size_t j = output; j < all.size(); j += outputs) mean.add(all[j]);
    return mean.value();
}

/// log p - log (1-p), each of them to full relative precision.
double mean_logistic(LogitsOf all, std::size_t output, std::size_t outputs) {
    LogMean y, not_y;
    for (std::size_t j = output; j < all.size(); j += outputs) {
        const Logistic of_network(all[j]);
        y.add(-of_network.minus_log_y);
        not_y.add(-of_network.minus_log_not_y);
    }
    return y.value() - not_y.value();
}

/// The first output is a value. Each further one is a step d = log(1+e^a) above the one before, and the mean
/// step is that of the logit log(e^d - 1). Logarithms of steps are averaged, so that none is too small.
double mean_ascending(LogitsOf all, std::size_t output, std::size_t outputs) {
    if (output == 0) return mean_linear(all, output, outputs);
    constexpr double kSmallLogit = -30.0, kSmallLogStep = -15.0;  // d is e^a, and e^d - 1 is d, to a float
    LogMean mean;
    for (std::size_t j = output; j < all.size(); j += outputs) {
        const double a = all[j];
        mean.add(a < kSmallLogit ? a : elementary::log(Logistic(a).minus_log_not_y));
    }
    const double log_step = mean.value();
    if (log_step < kSmallLogStep) return log_step;
    const double step = elementary::exp(log_step);
    return step + elementary::log(1.0 - elementary::exp(-step));
}

void mean_softmax(LogitsOf all, std::span<float> logits) {
    static thread_local std::vector<double> row, e;
    static thread_local std::vector<LogMean> means;
    row.resize(logits.size());
    e.resize(logits.size());
    means.assign(logits.size(), {});
    for (std::size_t first = 0; first < all.size(); first += logits.size()) {
        std::ranges::copy(all.subspan(first, logits.size()), row.begin());
        const SoftmaxSum sum = softmax_sum(row, e);
        for (std::size_t c = 0; c < row.size(); ++c)
            means[c].add((row[c] - row[sum.largest]) - sum.log_total());
    }
    std::ranges::transform(means, logits.begin(),
                           [](const LogMean& mean) { return static_cast<float>(mean.value()); });
}

}  // namespace

void mean_logits(Output output, std::span<const float> of_networks, std::span<float> logits) {
    if (output == Output::softmax) return mean_softmax(of_networks, logits);
    const auto mean_of = output == Output::linear      ? mean_linear
                         : output == Output::logistic  ? mean_logistic
                         : output == Output::ascending ? mean_ascending
                                                       : mean_exponential;
    for (std::size_t j = 0; j < logits.size(); ++j)
        logits[j] = static_cast<float>(mean_of(of_networks, j, logits.size()));
}

}  // namespace thalweg
