#pragma once

#include "optimize/rule.h"

namespace thalweg {

/// RMSprop (Tieleman and Hinton 2012, lecture 6.5), with epsilon outside the root:
///     v <- rho v + (1-rho) grad^2;  u <- momentum u + grad / (sqrt(v) + epsilon);  theta <- theta - eta u
template <class Scalar>
class RmsProp final : public Rule<Scalar> {
  public:
    RmsProp(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays),
          rho_(options.rho),
          momentum_(static_cast<Scalar>(options.momentum)),
          epsilon_(static_cast<Scalar>(options.epsilon)),
          mean_square_(this->memory(parameters)),
          velocity_(this->memory(momentum_ == 0 ? 0 : parameters)) {}

    std::vector<typename Optimizer<Scalar>::State> state() override {
        return {{"mean_square", mean_square_}, {"velocity", velocity_}};
    }

  protected:
    using typename Rule<Scalar>::Range;

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        const auto eta = static_cast<Scalar>(learning_rate);
        const auto rho = static_cast<Scalar>(rho_);
        const auto new_share = static_cast<Scalar>(1.0 - rho_);
        for (std::size_t j = range.first; j < range.last; ++j)
            mean_square_[j] = rho * mean_square_[j] + new_share * gradient[j] * gradient[j];
        if (momentum_ == 0) {
            for (std::size_t j = range.first; j < range.last; ++j)
                theta[j] -= eta * gradient[j] / (std::sqrt(mean_square_[j]) + epsilon_);
            return;
        }
        for (std::size_t j = range.first; j < range.last; ++j) {
            velocity_[j] = momentum_ * velocity_[j] + gradient[j] / (std::sqrt(mean_square_[j]) + epsilon_);
            theta[j] -= eta * velocity_[j];
        }
    }

  private:
    double rho_;
    Scalar momentum_;
    Scalar epsilon_;
    AlignedVector<Scalar> mean_square_;
    AlignedVector<Scalar> velocity_;
};

}  // namespace thalweg
