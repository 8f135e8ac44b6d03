#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "core/elementary.h"
#include "thalweg/loss.hpp"

namespace thalweg {

// One row of an output layer, in double whatever the network's scalar is: the output layer is narrow, and
// what is lost here is lost for every layer below.

/// The logistic function y = 1/(1+e^-a) with what is made of it, to full relative precision on both sides of
/// 0, from one exponential and one logarithm.
struct Logistic {
    double y;
    double not_y;            ///< 1 - y
    double minus_log_y;      ///< log(1+e^-a)
    double minus_log_not_y;  ///< log(1+e^a)

    explicit Logistic(double a) {
        const double e = elementary::exp(-std::abs(a));
        const double log_whole = elementary::log_one_plus(e);
        const double near_one = 1.0 / (1.0 + e);
        const double near_zero = e / (1.0 + e);
        y = a < 0 ? near_zero : near_one;
        not_y = a < 0 ? near_one : near_zero;
        minus_log_y = a < 0 ? log_whole - a : log_whole;
        minus_log_not_y = a < 0 ? log_whole : log_whole + a;
    }
};

/// 1/(1+e^-a); 1 - logistic(a) is logistic(-a).
inline double logistic(double a) {
    const double e = elementary::exp(-std::abs(a));
    return (a < 0 ? e : 1.0) / (1.0 + e);
}

/// e^a, held at `largest` (the network's largest finite number), so that a logit of 1e4 stays finite.
inline double saturated_exp(double a, double largest) {
    const double e = elementary::exp(a);
    return e > largest ? largest : e;
}

/// softmax seen from its largest logit: e_j = e^{a_j - a_largest} without the largest itself, whose e is 1.
/// What is near 1 is told by its small distance from 1, which keeps log y_hat and y_hat - 1 exact.
struct SoftmaxSum {
    std::size_t largest = 0;
    double others = 0.0;  ///< sum of e_j, the largest left out

    /// log of sum_j e^{a_j - a_largest}
    double log_total() const { return elementary::log_one_plus(others); }
};
/// Writes e_j into `e` (may be the logits' memory).
SoftmaxSum softmax_sum(std::span<const double> logits, std::span<double> e);

/// y_hat = O(logits); may be the same memory.
void output_row(Output output, double largest, std::span<const double> logits, std::span<double> y_hat);

/// gradient: from grad_{y_hat} to grad_{a_L}, by the transposed Jacobian of O.
void back_through_output(Output output, std::span<const double> logits, std::span<const double> y_hat,
                         std::span<double> gradient);

}  // namespace thalweg
