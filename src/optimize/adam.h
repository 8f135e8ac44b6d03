#pragma once

#include <cstdint>

#include "core/elementary.h"
#include "optimize/rule.h"
#include "optimize/update_loops.h"

namespace thalweg {

/// Adam (Kingma and Ba 2015, algorithm 1), with epsilon outside the root and after the bias correction:
///     m <- beta1 m + (1-beta1) grad;  v <- beta2 v + (1-beta2) grad^2
///     theta <- theta - eta (m / (1-beta1^t)) / (sqrt(v / (1-beta2^t)) + epsilon)
template <class Scalar>
class Adam : public Rule<Scalar> {
  public:
    Adam(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays),
          beta1_(options.beta1),
          beta2_(options.beta2),
          epsilon_(static_cast<Scalar>(options.epsilon)),
          first_moment_(this->memory(parameters)),
          second_moment_(this->memory(parameters)),
          steps_(this->memory(1)) {}

    std::vector<typename Optimizer<Scalar>::State> state() override {
        return {{"first_moment", first_moment_}, {"second_moment", second_moment_}, {"steps", steps_}};
    }

  protected:
    using typename Rule<Scalar>::Range;

    void begin(double /*learning_rate*/) override {
        steps_[0] += 1;
        const auto t = static_cast<std::uint64_t>(steps_[0]);
        correction_ = 1.0 - elementary::power(beta1_, t);
        step_ = {
            .eta = 0,  // by the group, in update
            .root_correction = static_cast<Scalar>(1.0 / std::sqrt(1.0 - elementary::power(beta2_, t))),
            .beta2 = static_cast<Scalar>(beta2_),
            .new_share1 = static_cast<Scalar>(1.0 - beta1_),
            .new_share2 = static_cast<Scalar>(1.0 - beta2_),
            .epsilon = epsilon_,
        };
    }

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        adam_update(step_at(learning_rate), range.size(), gradient.data() + range.first,
                    first_moment_.data() + range.first, second_moment_.data() + range.first,
                    theta.data() + range.first);
    }

    /// update, of weights that lose the share shrink decays_j of themselves first.
    void update_decayed(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                        double learning_rate, Scalar shrink) {
        adamw_update(step_at(learning_rate), shrink, range.size(), this->decays().data() + range.first,
                     gradient.data() + range.first, first_moment_.data() + range.first,
                     second_moment_.data() + range.first, theta.data() + range.first);
    }

  private:
    AdamStep<Scalar> step_at(double learning_rate) const {
        AdamStep<Scalar> step = step_;
        step.eta = static_cast<Scalar>(learning_rate / correction_);
        return step;
    }

    AdamStep<Scalar> step_{};
    double correction_ = 1.0;  ///< 1 - beta1^t
    double beta1_;
    double beta2_;
    Scalar epsilon_;
    AlignedVector<Scalar> first_moment_;
    AlignedVector<Scalar> second_moment_;
    AlignedVector<Scalar> steps_;  ///< one element; float32 counts to 2^24, long after the corrections are 1
};

}  // namespace thalweg
