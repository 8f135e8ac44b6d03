#include "thalweg/optimizer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "optimize/adagrad.h"
#include "optimize/adam.h"
#include "optimize/adamw.h"
#include "optimize/gd.h"
#include "optimize/lbfgs.h"
#include "optimize/rmsprop.h"
#include "optimize/rprop.h"
#include "optimize/sgd.h"

namespace thalweg {
namespace {

template <class Rule, class Scalar>
std::unique_ptr<Optimizer<Scalar>> make(const OptimizerOptions& options, std::size_t parameters,
                                        std::span<const Scalar> decays) {
    return std::make_unique<Rule>(options, parameters, decays);
}

/// The rules: a new one is its header and a row here.
template <class Scalar>
struct RuleEntry {
    OptimizerKind kind;
    std::unique_ptr<Optimizer<Scalar>> (*make)(const OptimizerOptions&, std::size_t, std::span<const Scalar>);
};
template <class Scalar>
constexpr RuleEntry<Scalar> kRules[] = {
    {OptimizerKind::gd, make<Gd<Scalar>, Scalar>},
    {OptimizerKind::sgd, make<Sgd<Scalar>, Scalar>},
    {OptimizerKind::adam, make<Adam<Scalar>, Scalar>},
    {OptimizerKind::adamw, make<AdamW<Scalar>, Scalar>},
    {OptimizerKind::rmsprop, make<RmsProp<Scalar>, Scalar>},
    {OptimizerKind::adagrad, make<AdaGrad<Scalar>, Scalar>},
    {OptimizerKind::rprop, make<Rprop<Scalar>, Scalar>},
    {OptimizerKind::lbfgs, make<Lbfgs<Scalar>, Scalar>},
};

/// `fits` is false for NaN as well.
void require(bool fits, const char* name, const char* range, double got) {
    if (!fits) throw Error(ErrorKind::usage, fmt::format("{} must be {}: got {}", name, range, got));
}

void require_share(double value, const char* name) {
    require(value >= 0.0 && value < 1.0, name, "at least 0 and below 1", value);
}

void require_penalty(double value, const char* name) {
    require(value >= 0.0 && std::isfinite(value), name, "0 or more", value);
}

void check_epsilon(const OptimizerOptions& options) {
    const bool divides = options.kind == OptimizerKind::adam || options.kind == OptimizerKind::adamw ||
                         options.kind == OptimizerKind::rmsprop;
    // Where a gradient has been 0 so far, epsilon alone keeps 0/0 away.
    if (divides) require(options.epsilon > 0.0, "--epsilon", "above 0", options.epsilon);
    require_penalty(options.epsilon, "--epsilon");
}

void check_rprop(const OptimizerOptions& options) {
    require(options.eta_minus > 0.0 && options.eta_minus < 1.0, "eta_minus", "between 0 and 1",
            options.eta_minus);
    require(options.eta_plus > 1.0 && std::isfinite(options.eta_plus), "eta_plus", "above 1",
            options.eta_plus);
    require(options.step_min > 0.0, "step_min", "above 0", options.step_min);
    require(options.step_max >= options.step_min, "step_max", "at least step_min", options.step_max);
}

void check_constants(const OptimizerOptions& options) {
    require_share(options.momentum, "--momentum");
    require_share(options.beta1, "--beta1");
    require_share(options.beta2, "--beta2");
    require_share(options.rho, "rho");
    check_epsilon(options);
    require_penalty(options.weight_decay, "--weight-decay");
    require_penalty(options.l1, "--l1");
    check_rprop(options);
    if (options.nesterov && options.kind == OptimizerKind::sgd && options.momentum == 0.0)
        throw Error(ErrorKind::usage, "--nesterov looks ahead along the momentum: give --momentum above 0");
    if (options.kind != OptimizerKind::lbfgs) return;
    require(options.history > 0, "history", "above 0", static_cast<double>(options.history));
    if (options.l1 > 0.0)
        throw Error(
            ErrorKind::usage,
            "--l1 has a kink at 0, which the line search of lbfgs cannot cross: take another optimizer");
}

void check_groups(std::span<const ParameterGroup> groups, std::size_t parameters) {
    std::size_t end = 0;
    for (const ParameterGroup& group : groups) {
        if (group.first < end || group.last < group.first || group.last > parameters)
            throw Error(ErrorKind::usage,
                        fmt::format("parameters {} to {} of {} are no group after those up to {}",
                                    group.first, group.last, parameters, end));
        require(group.rate >= 0.0 && std::isfinite(group.rate), "a group's rate", "0 or more", group.rate);
        end = group.last;
    }
}

}  // namespace

template <class Scalar>
void Optimizer<Scalar>::step_shared(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate,
                                    const Share&) {
    step(theta, gradient, learning_rate);
}

template <class Scalar>
double Optimizer<Scalar>::minimise(std::span<Scalar> theta, std::span<Scalar> gradient, double,
                                   double learning_rate, const Objective<Scalar>& objective,
                                   bool& progressed) {
    step(theta, gradient, learning_rate);
    progressed = true;
    return objective(theta, gradient);
}

template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> make_optimizer(const OptimizerOptions& options, std::size_t parameters,
                                                  std::span<const Scalar> decays,
                                                  std::span<const ParameterGroup> groups) {
    check_constants(options);
    check_groups(groups, parameters);
    if (!decays.empty() && decays.size() != parameters)
        throw Error(ErrorKind::usage, fmt::format("the optimizer has {} parameters, but {} decay factors",
                                                  parameters, decays.size()));
    for (const RuleEntry<Scalar>& rule : kRules<Scalar>)
        if (rule.kind == options.kind) {
            std::unique_ptr<Optimizer<Scalar>> made = rule.make(options, parameters, decays);
            made->set_groups(groups);
            return made;
        }
    throw Error(ErrorKind::usage, "an optimizer that is none of the known ones");
}

template class Optimizer<float>;
template class Optimizer<double>;
template std::unique_ptr<Optimizer<float>> make_optimizer(const OptimizerOptions&, std::size_t,
                                                          std::span<const float>,
                                                          std::span<const ParameterGroup>);
template std::unique_ptr<Optimizer<double>> make_optimizer(const OptimizerOptions&, std::size_t,
                                                           std::span<const double>,
                                                           std::span<const ParameterGroup>);

}  // namespace thalweg
