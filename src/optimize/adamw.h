#pragma once

#include "optimize/adam.h"

namespace thalweg {

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019, algorithm 2, their lambda
/// times the learning rate):  theta <- theta - eta weight_decay theta, then Adam's update.
template <class Scalar>
class AdamW final : public Adam<Scalar> {
  public:
    AdamW(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Adam<Scalar>(options, parameters, decays), weight_decay_(this->take_weight_decay()) {}

    void scale_weight_decay(double factor) override { decay_factor_ = factor; }

  protected:
    using typename Rule<Scalar>::Range;

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        const auto shrink = static_cast<Scalar>(learning_rate * decay_factor_ * weight_decay_);
        if (shrink != 0)
            this->update_decayed(range, theta, gradient, learning_rate, shrink);
        else
            Adam<Scalar>::update(range, theta, gradient, learning_rate);
    }

  private:
    Scalar weight_decay_;
    double decay_factor_ = 1.0;
};

}  // namespace thalweg
