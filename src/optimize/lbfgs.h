#pragma once

#include <span>
#include <vector>

#include "optimize/line_search.h"
#include "optimize/rule.h"

namespace thalweg {

/// L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with a strong-Wolfe line search: the inverse of
/// the Hessian is known by the last `history` pairs of how theta changed (s) and how the gradient did (y).
/// For full batches. The learning rate is the first trial of each line search; 1 is Newton's step. Weight
/// decay is part of the loss that is searched; the loss returned is without it. Sums are taken in double.
template <class Scalar>
class Lbfgs final : public Optimizer<Scalar> {
  public:
    Lbfgs(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays);

    bool needs_objective() const override { return true; }
    /// Throws Error{usage}: one gradient is not enough for a line search.
    void step(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate) override;
    double minimise(std::span<Scalar> theta, std::span<Scalar> gradient, double loss, double learning_rate,
                    const Objective<Scalar>& objective, bool& progressed) override;
    std::vector<typename Optimizer<Scalar>::State> state() override;

  private:
    std::span<Scalar> theta_change(std::size_t pair);
    std::span<Scalar> gradient_change(std::size_t pair);
    std::size_t pairs() const { return static_cast<std::size_t>(counters_[0]); }
    /// Row of the history for the pair that is `age` pairs old.
    std::size_t row_of(std::size_t age) const;

    double penalty(std::span<const Scalar> theta) const;
    /// grad + weight_decay theta into `result`.
    void add_penalty(std::span<const Scalar> theta, std::span<const Scalar> gradient,
                     std::span<Scalar> result) const;
    void quasi_newton_direction();
    void remember_pair(std::span<const Scalar> theta);
    /// One line search along direction_ from start_; leaves theta, gradient and loss at the accepted point.
    bool search(std::span<Scalar> theta, std::span<Scalar> gradient, double& loss, double first_step,
                const Objective<Scalar>& objective);

    std::size_t parameters_;
    std::size_t history_;
    double weight_decay_;
    AlignedVector<Scalar> decays_;
    AlignedVector<Scalar> start_;         ///< theta before the line search
    AlignedVector<Scalar> slopes_;        ///< the penalised gradient at the point looked at
    AlignedVector<Scalar> start_slopes_;  ///< the penalised gradient at start_
    AlignedVector<Scalar> direction_;
    AlignedVector<Scalar> theta_changes_;  ///< history x parameters, a ring
    AlignedVector<Scalar> gradient_changes_;
    AlignedVector<Scalar> counters_;  ///< pairs kept; the row where the next goes
};

}  // namespace thalweg
