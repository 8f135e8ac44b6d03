#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "thalweg/choice.hpp"

namespace thalweg {

enum class OptimizerKind { gd, sgd, adam, adamw, rmsprop, adagrad, rprop, lbfgs };

template <>
struct ChoiceTable<OptimizerKind> {
    static constexpr std::string_view noun = "optimizer";
    static constexpr std::pair<OptimizerKind, std::string_view> entries[] = {
        {OptimizerKind::gd, "gd"},           {OptimizerKind::sgd, "sgd"},
        {OptimizerKind::adam, "adam"},       {OptimizerKind::adamw, "adamw"},
        {OptimizerKind::rmsprop, "rmsprop"}, {OptimizerKind::adagrad, "adagrad"},
        {OptimizerKind::rprop, "rprop"},     {OptimizerKind::lbfgs, "lbfgs"},
    };
};

/// An update rule and its constants; a rule reads those that are its own.
struct OptimizerOptions {
    OptimizerKind kind = OptimizerKind::adamw;
    double momentum = 0.0;  ///< sgd, rmsprop
    bool nesterov = false;  ///< sgd
    double beta1 = 0.9;     ///< adam, adamw
    double beta2 = 0.999;   ///< adam, adamw
    double rho = 0.99;      ///< rmsprop: how slowly the mean square forgets
    double epsilon = 1e-8;  ///< adam, adamw, rmsprop (outside the root); adagrad takes 1e-10 where this is 0
    double weight_decay = 0.0;  ///< adamw: decoupled; every other rule: added to the gradient
    double l1 = 0.0;            ///< added to the gradient as l1 * sign(theta); not with lbfgs
    double eta_minus = 0.5;     ///< rprop
    double eta_plus = 1.2;      ///< rprop
    double step_min = 1e-6;     ///< rprop; its first steps are the learning rate of the first update
    double step_max = 50.0;     ///< rprop
    std::size_t history = 10;   ///< lbfgs: pairs kept
};

/// Parameters first .. last-1 of theta, whose learning rate is `rate` times that of the others. lbfgs, whose
/// steps fit themselves to each direction, and rprop after its first step, take no notice.
struct ParameterGroup {
    std::size_t first = 0;
    std::size_t last = 0;
    double rate = 1.0;
};

/// The mean loss at theta; writes its gradient. lbfgs calls it along its line search.
template <class Scalar>
using Objective = std::function<double(std::span<const Scalar> theta, std::span<Scalar> gradient)>;

/// An update rule: theta_{t+1} from theta_t and its gradient. In float32, gd keeps the bits that its updates
/// lose (compensated sums), so that it follows the double reference over thousands of steps.
template <class Scalar>
class Optimizer {
  public:
    virtual ~Optimizer() = default;

    /// One update in place. `gradient` is that of the mean loss at theta and may be overwritten;
    /// `decays[j]` (empty: all 1) is 1 where weight decay and L1 act on theta_j and 0 where not (biases).
    virtual void step(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate) = 0;

    /// Calls part(first, last) for ranges that cover 0 .. size once, side by side as it likes.
    using Share = std::function<void(std::size_t size,
                                     const std::function<void(std::size_t first, std::size_t last)>& part)>;
    /// The same update, bit for bit, shared among threads where the rule goes parameter by parameter.
    virtual void step_shared(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate,
                             const Share& share);

    /// True for rules that evaluate the objective themselves (lbfgs): call minimise instead of step.
    virtual bool needs_objective() const { return false; }
    /// One outer iteration. `loss` and `gradient` are those at theta and hold those at the new theta
    /// afterwards. Returns the new loss, weight decay not included; false in `progressed` where no step
    /// lowers the loss (a minimum to this precision). `learning_rate` is the first trial of the line search:
    /// 1 is Newton's step. Rules other than lbfgs make one step and evaluate once.
    virtual double minimise(std::span<Scalar> theta, std::span<Scalar> gradient, double loss,
                            double learning_rate, const Objective<Scalar>& objective, bool& progressed);

    /// Weight decay is `factor` times that of the options from here on: for a decay that has a schedule.
    virtual void scale_weight_decay(double /*factor*/) {}
    /// See make_optimizer, which calls it.
    virtual void set_groups(std::span<const ParameterGroup> /*groups*/) {}

    /// What must be kept to go on later, by name ("first_moment", ...).
    struct State {
        std::string name;
        std::span<Scalar> values;
    };
    virtual std::vector<State> state() { return {}; }
};

/// Throws Error{usage} for a constant out of range, naming the flag. `decays`: parameters, or empty;
/// `groups`: ascending, none over another; parameters in none of them have the rate 1.
template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> make_optimizer(const OptimizerOptions& options, std::size_t parameters,
                                                  std::span<const Scalar> decays = {},
                                                  std::span<const ParameterGroup> groups = {});

}  // namespace thalweg
