#pragma once

#include "optimize/rule.h"
#include "optimize/update_loops.h"

namespace thalweg {

/// Gradient descent with momentum (Polyak 1964):  v <- momentum v + grad;  theta <- theta - eta v.
/// Nesterov's form looks one step ahead:  theta <- theta - eta (grad + momentum v).
/// The learning rate multiplies v rather than entering it (Sutskever et al. 2013 do the latter), so a
/// schedule acts at once.
template <class Scalar>
class Sgd final : public Rule<Scalar> {
  public:
    Sgd(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays),
          momentum_(static_cast<Scalar>(options.momentum)),
          nesterov_(options.nesterov),
          velocity_(this->memory(momentum_ == 0 ? 0 : parameters)) {}

    std::vector<typename Optimizer<Scalar>::State> state() override { return {{"velocity", velocity_}}; }

  protected:
    using typename Rule<Scalar>::Range;

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        const auto eta = static_cast<Scalar>(learning_rate);
        if (momentum_ == 0)
            return descend(eta, range.size(), gradient.data() + range.first, theta.data() + range.first);
        const Scalar gradient_share = nesterov_ ? Scalar{1} : Scalar{0};
        const Scalar velocity_share = nesterov_ ? momentum_ : Scalar{1};
        for (std::size_t j = range.first; j < range.last; ++j) {
            velocity_[j] = momentum_ * velocity_[j] + gradient[j];
            theta[j] -= eta * (gradient_share * gradient[j] + velocity_share * velocity_[j]);
        }
    }

  private:
    Scalar momentum_;
    bool nesterov_;
    AlignedVector<Scalar> velocity_;
};

}  // namespace thalweg
