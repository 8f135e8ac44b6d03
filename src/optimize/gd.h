#pragma once

#include <type_traits>

#include "optimize/rule.h"

namespace thalweg {

/// Gradient descent, the plain form of theory.md, section 4:  theta <- theta - eta grad.
/// In float32 the bits that an update loses against a larger theta are kept and added to the next one (Kahan
/// 1965, "Further remarks on reducing truncation errors"): without that, a thousand small updates drift from
/// the double reference by more than 1e-6.
template <class Scalar>
class Gd final : public Rule<Scalar> {
  public:
    Gd(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : Rule<Scalar>(options, parameters, decays) {
        if constexpr (kCompensated) compensation_ = this->memory(parameters);
    }

    std::vector<typename Optimizer<Scalar>::State> state() override {
        if constexpr (kCompensated) return {{"compensation", compensation_}};
        return {};
    }

  protected:
    using typename Rule<Scalar>::Range;

    void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                double learning_rate) override {
        const auto eta = static_cast<Scalar>(learning_rate);
        for (std::size_t j = range.first; j < range.last; ++j) {
            if constexpr (kCompensated) {
                const Scalar change = -eta * gradient[j] - compensation_[j];
                const Scalar moved = theta[j] + change;
                compensation_[j] = (moved - theta[j]) - change;
                theta[j] = moved;
            } else {
                theta[j] -= eta * gradient[j];
            }
        }
    }

  private:
    static constexpr bool kCompensated = std::is_same_v<Scalar, float>;
    AlignedVector<Scalar> compensation_;
};

}  // namespace thalweg
