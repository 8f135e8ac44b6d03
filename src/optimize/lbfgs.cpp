#include "optimize/lbfgs.h"

#include <cmath>

namespace thalweg {
namespace {

/// A pair whose curvature s.y is lost in the rounding of y.y would spoil the directions after it.
template <class Scalar>
constexpr double kLeastCurvature = std::numeric_limits<Scalar>::epsilon();

template <class Scalar>
double dot(std::span<const Scalar> a, std::span<const Scalar> b) {
    double sum = 0.0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += double{a[j]} * double{b[j]};
    return sum;
}

/// to += factor * from
template <class Scalar>
void add_scaled(double factor, std::span<const Scalar> from, std::span<Scalar> to) {
    for (std::size_t j = 0; j < to.size(); ++j) to[j] += static_cast<Scalar>(factor * double{from[j]});
}

template <class Scalar>
AlignedVector<Scalar> memory(double rows, std::size_t parameters) {
    const double count = rows * static_cast<double>(parameters);
    const std::string what = fmt::format("the history of lbfgs for {} parameters", parameters);
    const double bytes = count * sizeof(Scalar);
    if (bytes > 0x1.0p62) throw_no_memory(what, bytes);
    return with_memory(what, bytes, [&] { return AlignedVector<Scalar>(static_cast<std::size_t>(count)); });
}

}  // namespace

template <class Scalar>
Lbfgs<Scalar>::Lbfgs(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
    : parameters_(parameters),
      history_(options.history),
      weight_decay_(options.weight_decay),
      decays_(decays.begin(), decays.end()),
      start_(memory<Scalar>(1, parameters)),
      slopes_(memory<Scalar>(1, parameters)),
      start_slopes_(memory<Scalar>(1, parameters)),
      direction_(memory<Scalar>(1, parameters)),
      theta_changes_(memory<Scalar>(static_cast<double>(history_), parameters)),
      gradient_changes_(memory<Scalar>(static_cast<double>(history_), parameters)),
      counters_(2) {}

template <class Scalar>
void Lbfgs<Scalar>::step(std::span<Scalar>, std::span<Scalar>, double) {
    throw Error(ErrorKind::usage, "lbfgs searches along a line and needs the objective: call minimise");
}

template <class Scalar>
std::vector<typename Optimizer<Scalar>::State> Lbfgs<Scalar>::state() {
    return {
        {"theta_changes", theta_changes_}, {"gradient_changes", gradient_changes_}, {"counters", counters_}};
}

template <class Scalar>
std::span<Scalar> Lbfgs<Scalar>::theta_change(std::size_t pair) {
    return std::span(theta_changes_).subspan(pair * parameters_, parameters_);
}

template <class Scalar>
std::span<Scalar> Lbfgs<Scalar>::gradient_change(std::size_t pair) {
    return std::span(gradient_changes_).subspan(pair * parameters_, parameters_);
}

template <class Scalar>
std::size_t Lbfgs<Scalar>::row_of(std::size_t age) const {
    return (static_cast<std::size_t>(counters_[1]) + 2 * history_ - 1 - age) % history_;
}

template <class Scalar>
double Lbfgs<Scalar>::penalty(std::span<const Scalar> theta) const {
    if (weight_decay_ == 0.0) return 0.0;
    double sum = 0.0;
    for (std::size_t j = 0; j < theta.size(); ++j)
        sum += (decays_.empty() ? 1.0 : double{decays_[j]}) * double{theta[j]} * double{theta[j]};
    return 0.5 * weight_decay_ * sum;
}

template <class Scalar>
void Lbfgs<Scalar>::add_penalty(std::span<const Scalar> theta, std::span<const Scalar> gradient,
                                std::span<Scalar> result) const {
    std::ranges::copy(gradient, result.begin());
    if (weight_decay_ == 0.0) return;
    for (std::size_t j = 0; j < theta.size(); ++j)
        result[j] += static_cast<Scalar>(weight_decay_ * (decays_.empty() ? 1.0 : double{decays_[j]}) *
                                         double{theta[j]});
}

/// The two loops: direction = -H grad, with H from the pairs, and from s.y / y.y before the oldest.
template <class Scalar>
void Lbfgs<Scalar>::quasi_newton_direction() {
    std::vector<double> alpha(pairs()), inverse_curvature(pairs());
    for (std::size_t j = 0; j < parameters_; ++j) direction_[j] = -start_slopes_[j];
    if (pairs() == 0) return;
    for (std::size_t age = 0; age < pairs(); ++age) {
        const std::span<const Scalar> s = theta_change(row_of(age)), y = gradient_change(row_of(age));
        inverse_curvature[age] = 1.0 / dot<Scalar>(s, y);
        alpha[age] = inverse_curvature[age] * dot<Scalar>(s, direction_);
        add_scaled<Scalar>(-alpha[age], y, direction_);
    }
    const std::span<const Scalar> newest = gradient_change(row_of(0));
    const double scale = 1.0 / (inverse_curvature[0] * dot<Scalar>(newest, newest));
    for (Scalar& component : direction_) component = static_cast<Scalar>(scale * double{component});
    for (std::size_t age = pairs(); age-- > 0;) {
        const std::span<const Scalar> s = theta_change(row_of(age)), y = gradient_change(row_of(age));
        const double beta = inverse_curvature[age] * dot<Scalar>(y, direction_);
        add_scaled<Scalar>(alpha[age] - beta, s, direction_);
    }
}

template <class Scalar>
void Lbfgs<Scalar>::remember_pair(std::span<const Scalar> theta) {
    const auto row = static_cast<std::size_t>(counters_[1]);
    const std::span<Scalar> s = theta_change(row), y = gradient_change(row);
    for (std::size_t j = 0; j < parameters_; ++j) {
        s[j] = theta[j] - start_[j];
        y[j] = slopes_[j] - start_slopes_[j];
    }
    if (!(dot<Scalar>(s, y) > kLeastCurvature<Scalar> * dot<Scalar>(y, y))) return;
    counters_[1] = static_cast<Scalar>((row + 1) % history_);
    counters_[0] = static_cast<Scalar>(std::min(pairs() + 1, history_));
}

template <class Scalar>
bool Lbfgs<Scalar>::search(std::span<Scalar> theta, std::span<Scalar> gradient, double& loss,
                           double first_step, const Objective<Scalar>& objective) {
    const LinePoint start = {0.0, loss + penalty(start_), dot<Scalar>(start_slopes_, direction_)};
    if (!(start.slope < 0.0)) return false;
    double visited = 0.0;
    const auto evaluate = [&](double step) {
        for (std::size_t j = 0; j < parameters_; ++j)
            theta[j] = static_cast<Scalar>(double{start_[j]} + step * double{direction_[j]});
        loss = objective(theta, gradient);
        add_penalty(theta, gradient, slopes_);
        visited = step;
        return LinePoint{step, loss + penalty(theta), dot<Scalar>(slopes_, direction_)};
    };
    const LinePoint accepted = strong_wolfe(start, first_step, evaluate);
    if (accepted.step != visited) evaluate(accepted.step);
    return accepted.step != 0.0;
}

template <class Scalar>
double Lbfgs<Scalar>::minimise(std::span<Scalar> theta, std::span<Scalar> gradient, double loss,
                               double learning_rate, const Objective<Scalar>& objective, bool& progressed) {
    if (theta.size() != parameters_ || gradient.size() != parameters_)
        throw Error(ErrorKind::usage,
                    fmt::format("the optimizer was made for {} parameters: got {} and a gradient of {}",
                                parameters_, theta.size(), gradient.size()));
    std::ranges::copy(theta, start_.begin());
    add_penalty(theta, gradient, start_slopes_);
    quasi_newton_direction();
    const double length = std::sqrt(dot<Scalar>(start_slopes_, start_slopes_));
    // Without pairs nothing is known of the scale of theta: the first trial is one unit long at most.
    const double steepest_step = learning_rate * std::min(1.0, 1.0 / length);
    progressed = search(theta, gradient, loss, pairs() == 0 ? steepest_step : learning_rate, objective);
    if (!progressed && pairs() != 0) {
        counters_[0] = 0;
        quasi_newton_direction();
        progressed = search(theta, gradient, loss, steepest_step, objective);
    }
    if (progressed) remember_pair(theta);
    return loss;
}

template class Lbfgs<float>;
template class Lbfgs<double>;

}  // namespace thalweg
