#pragma once

#include "optimize/rule.h"

namespace thalweg {

/// AdaGrad (Duchi et al. 2011, the diagonal form), with epsilon outside the root:
///     v <- v + grad^2;  theta <- theta - eta grad / (sqrt(v) + epsilon)
template <class Scalar>
class AdaGrad final : public Rule<Scalar> {
  public:
    /// Where none is given: the sum only grows, so it needs less of a floor than a mean that forgets.
    static constexpr double kDefaultEpsilon = 1e-10;

    AdaGrad(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays),
          epsilon_(static_cast<Scalar>(options.epsilon == 0.0 ? kDefaultEpsilon : options.epsilon)),
          sum_of_squares_(this->memory(parameters)) {}

    std::vector<typename Optimizer<Scalar>::State> state() override {
        return {{"sum_of_squares", sum_of_squares_}};
    }

  protected:
    using typename Rule<Scalar>::Range;

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        const auto eta = static_cast<Scalar>(learning_rate);
        for (std::size_t j = range.first; j < range.last; ++j) {
            sum_of_squares_[j] += gradient[j] * gradient[j];
            theta[j] -= eta * gradient[j] / (std::sqrt(sum_of_squares_[j]) + epsilon_);
        }
    }

  private:
    Scalar epsilon_;
    AlignedVector<Scalar> sum_of_squares_;
};

}  // namespace thalweg
