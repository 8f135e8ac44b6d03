#pragma once

#include "optimize/rule.h"

namespace thalweg {

/// Resilient back-propagation (Riedmiller and Braun 1993) in the form that forgets the gradient after a
/// change of sign instead of taking the update back (iRprop-; Igel and Huesken 2000). Every parameter has its
/// own step, which grows by eta_plus while the gradient keeps its sign and shrinks by eta_minus when it does
/// not:
///     theta <- theta - sign(grad) step
/// For full batches. Reads the learning rate at the first update only, as the first size of every step.
template <class Scalar>
class Rprop final : public Rule<Scalar> {
  public:
    Rprop(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays),
          eta_minus_(static_cast<Scalar>(options.eta_minus)),
          eta_plus_(static_cast<Scalar>(options.eta_plus)),
          step_min_(static_cast<Scalar>(options.step_min)),
          step_max_(static_cast<Scalar>(options.step_max)),
          step_sizes_(this->memory(parameters)),
          last_gradient_(this->memory(parameters)),
          started_(this->memory(1)) {}

    std::vector<typename Optimizer<Scalar>::State> state() override {
        return {{"step_sizes", step_sizes_}, {"last_gradient", last_gradient_}, {"started", started_}};
    }

  protected:
    using typename Rule<Scalar>::Range;

    void begin(double learning_rate) override {
        if (started_[0] == 0) std::ranges::fill(step_sizes_, static_cast<Scalar>(learning_rate));
        started_[0] = 1;
    }

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double /*learning_rate*/) override {
        for (std::size_t j = range.first; j < range.last; ++j) {
            const Scalar agreement = gradient[j] * last_gradient_[j];
            const Scalar factor = agreement > 0 ? eta_plus_ : agreement < 0 ? eta_minus_ : Scalar{1};
            step_sizes_[j] = std::min(std::max(step_sizes_[j] * factor, step_min_), step_max_);
            const Scalar kept = agreement < 0 ? Scalar{0} : gradient[j];
            theta[j] -= (static_cast<Scalar>(kept > 0) - static_cast<Scalar>(kept < 0)) * step_sizes_[j];
            last_gradient_[j] = kept;
        }
    }

  private:
    Scalar eta_minus_;
    Scalar eta_plus_;
    Scalar step_min_;
    Scalar step_max_;
    AlignedVector<Scalar> step_sizes_;
    AlignedVector<Scalar> last_gradient_;
    AlignedVector<Scalar> started_;  ///< one element: 1 once the step sizes are set
};

}  // namespace thalweg
