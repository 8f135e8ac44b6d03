#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/memory.h"
#include "thalweg/matrix.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg {

/// What every update rule of one pass over theta has in common: the penalties, and memory of theta's size.
/// Loops are elementwise, so the compiler may take vectors of any width and the bits stay the same.
template <class Scalar>
class Rule : public Optimizer<Scalar> {
  public:
    Rule(const OptimizerOptions& options, std::size_t parameters, std::span<const Scalar> decays)
        : weight_decay_(static_cast<Scalar>(options.weight_decay)),
          l1_(static_cast<Scalar>(options.l1)),
          parameters_(parameters) {
        if (weight_decay_ == 0 && l1_ == 0) return;
        decays_ = memory(parameters, Scalar{1});
        std::ranges::copy(decays, decays_.begin());
    }

    void step(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate) final {
        step_shared(theta, gradient, learning_rate,
                    [](std::size_t size, const auto& part) { part(std::size_t{0}, size); });
    }

    void step_shared(std::span<Scalar> theta, std::span<Scalar> gradient, double learning_rate,
                     const typename Optimizer<Scalar>::Share& share) final {
        if (theta.size() != parameters_ || gradient.size() != parameters_)
            throw Error(ErrorKind::usage,
                        fmt::format("the optimizer was made for {} parameters: got {} and a gradient of {}",
                                    parameters_, theta.size(), gradient.size()));
        begin(learning_rate);
        const auto part = [&](std::size_t first, std::size_t last) {
            const Range range{first, last};
            if (weight_decay_ != 0 || l1_ != 0) add_penalties(range, theta, gradient);
            update_groups(range, theta, gradient, learning_rate);
        };
        share(theta.size(), std::cref(part));  // a reference is small enough to be handed over without memory
    }

    void scale_weight_decay(double factor) override { decay_factor_ = static_cast<Scalar>(factor); }
    void set_groups(std::span<const ParameterGroup> groups) final {
        groups_.assign(groups.begin(), groups.end());
    }

  protected:
    /// Some of the parameters, which a thread updates by itself.
    struct Range {
        std::size_t first;
        std::size_t last;

        std::size_t size() const { return last - first; }
    };

    /// What happens once in a step, before the first range.
    virtual void begin(double /*learning_rate*/) {}
    virtual void update(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                        double learning_rate) = 0;

    /// For a rule that decays the weights in its own way: the penalties leave them alone.
    Scalar take_weight_decay() {
        const Scalar taken = weight_decay_;
        weight_decay_ = 0;
        return taken;
    }
    /// 1 where the penalties act and 0 where not; empty where there is no penalty.
    std::span<const Scalar> decays() const { return decays_; }

    static AlignedVector<Scalar> memory(std::size_t count, Scalar value = 0) {
        return with_memory(fmt::format("the optimizer's memory of {} parameters", count),
                           static_cast<double>(count) * sizeof(Scalar),
                           [&] { return AlignedVector<Scalar>(count, value); });
    }

  private:
    /// gradient += weight_decay theta + l1 sign(theta), where they act.
    void add_penalties(Range range, std::span<const Scalar> theta, std::span<Scalar> gradient) const {
        for (std::size_t j = range.first; j < range.last; ++j) {
            const Scalar sign = static_cast<Scalar>(theta[j] > 0) - static_cast<Scalar>(theta[j] < 0);
            gradient[j] += decays_[j] * (decay_factor_ * weight_decay_ * theta[j] + l1_ * sign);
        }
    }

    /// Each group at its own rate, and what lies between at rate 1.
    void update_groups(Range range, std::span<Scalar> theta, std::span<const Scalar> gradient,
                       double learning_rate) {
        std::size_t done = range.first;
        const auto up_to = [&](std::size_t end, double rate) {
            const Range part{done, std::min(end, range.last)};
            if (part.first >= part.last) return;
            update(part, theta, gradient, rate * learning_rate);
            done = part.last;
        };
        for (const ParameterGroup& group : groups_) {
            up_to(group.first, 1.0);
            up_to(group.last, group.rate);
        }
        up_to(range.last, 1.0);
    }

    Scalar weight_decay_;
    Scalar decay_factor_ = 1;
    Scalar l1_;
    std::size_t parameters_;
    AlignedVector<Scalar> decays_;
    std::vector<ParameterGroup> groups_;
};

}  // namespace thalweg
