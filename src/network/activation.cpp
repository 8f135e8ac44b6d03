#include "thalweg/activation.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

// One small struct for each activation: value(a) is g(a) and derivative(a) is g'(a). The forms are those that
// neither overflow nor cancel for large |a|; comparisons are written so that NaN comes through as NaN and
// a run that diverges is seen to do so.
// The functions are libm's: this is the reference of the fast pass, and no model is made with it.

template <class Scalar>
struct Logistic {
    static Scalar value(Scalar a) {
        const Scalar e = std::exp(-std::abs(a));
        return (a < 0 ? e : Scalar{1}) / (1 + e);
    }
    /// g (1-g), without the cancellation in 1-g.
    static Scalar derivative(Scalar a) {
        const Scalar e = std::exp(-std::abs(a));
        return e / ((1 + e) * (1 + e));
    }
};

template <class Scalar>
struct Tanh {
    static Scalar value(Scalar a) { return std::tanh(a); }
    /// 1 - g^2, which is 4 g(1-g) of the logistic function at 2a.
    static Scalar derivative(Scalar a) { return 4 * Logistic<Scalar>::derivative(2 * a); }
};

template <class Scalar>
struct Linear {
    static Scalar value(Scalar a) { return a; }
    static Scalar derivative(Scalar) { return 1; }
};

template <class Scalar>
struct Relu {
    static Scalar value(Scalar a) { return a <= 0 ? Scalar{0} : a; }
    static Scalar derivative(Scalar a) { return a <= 0 ? Scalar{0} : Scalar{1}; }
};

template <class Scalar>
struct LeakyRelu {
    static constexpr Scalar kSlope = static_cast<Scalar>(0.01);
    static Scalar value(Scalar a) { return a <= 0 ? kSlope * a : a; }
    static Scalar derivative(Scalar a) { return a <= 0 ? kSlope : Scalar{1}; }
};

template <class Scalar>
struct Elu {
    static Scalar value(Scalar a) { return a <= 0 ? std::expm1(a) : a; }
    static Scalar derivative(Scalar a) { return a <= 0 ? std::exp(a) : Scalar{1}; }
};

/// Klambauer et al. 2017, "Self-normalizing neural networks": the two constants keep mean 0 and variance 1.
template <class Scalar>
struct Selu {
    static constexpr Scalar kScale = static_cast<Scalar>(1.0507009873554804934193349852946);
    static constexpr Scalar kScaleAlpha =
        static_cast<Scalar>(1.0507009873554804934193349852946 * 1.6732632423543772848170429916717);
    static Scalar value(Scalar a) { return a <= 0 ? kScaleAlpha * std::expm1(a) : kScale * a; }
    static Scalar derivative(Scalar a) { return a <= 0 ? kScaleAlpha * std::exp(a) : kScale; }
};

template <class Scalar>
struct Silu {
    static Scalar value(Scalar a) { return a * Logistic<Scalar>::value(a); }
    static Scalar derivative(Scalar a) {
        return Logistic<Scalar>::value(a) * (1 + a * Logistic<Scalar>::value(-a));
    }
};

/// a Phi(a), the exact form (Hendrycks and Gimpel 2016), not the tanh approximation.
template <class Scalar>
struct Gelu {
    static constexpr Scalar kRootHalf = std::numbers::sqrt2_v<Scalar> / 2;
    static constexpr Scalar kInverseRootTwoPi = std::numbers::inv_sqrtpi_v<Scalar> * kRootHalf;
    /// Phi(a) by erfc, whose relative error stays small far to the left.
    static Scalar normal_distribution(Scalar a) { return std::erfc(-a * kRootHalf) / 2; }
    static Scalar normal_density(Scalar a) { return kInverseRootTwoPi * std::exp(-a * a / 2); }
    static Scalar value(Scalar a) { return a * normal_distribution(a); }
    static Scalar derivative(Scalar a) { return normal_distribution(a) + a * normal_density(a); }
};

/// a tanh(softplus(a)) (Misra 2019). With e = e^-|a|, tanh(log(1+e^a)) is the fraction top / (top + rest) of
/// polynomials in e that are at most 5, so nothing overflows.
template <class Scalar>
struct Mish {
    struct Fraction {
        Scalar e, top, whole;
    };
    static Fraction fraction(Scalar a) {
        const Scalar e = std::exp(-std::abs(a));
        const Scalar top = a < 0 ? e * e + 2 * e : 1 + 2 * e;
        return {e, top, top + (a < 0 ? Scalar{2} : 2 * e * e)};
    }
    static Scalar value(Scalar a) {
        const Fraction f = fraction(a);
        return a * (f.top / f.whole);
    }
    /// t + a (1 - t^2) logistic(a), t = tanh(softplus(a)); the last two factors are 4 e (1+e) / whole^2 to
    /// the left of 0 and e times that to the right.
    static Scalar derivative(Scalar a) {
        const Fraction f = fraction(a);
        const Scalar decay = 4 * f.e * (1 + f.e) / (f.whole * f.whole);
        return f.top / f.whole + a * (a < 0 ? decay : decay * f.e);
    }
};

template <class Scalar>
struct Softplus {
    static Scalar value(Scalar a) { return (a <= 0 ? Scalar{0} : a) + std::log1p(std::exp(-std::abs(a))); }
    static Scalar derivative(Scalar a) { return Logistic<Scalar>::value(a); }
};

template <class Scalar>
struct Sine {
    static Scalar value(Scalar a) { return std::sin(a); }
    static Scalar derivative(Scalar a) { return std::cos(a); }
};

/// use(function) for the struct of `activation`, so that a loop over many elements chooses once.
template <class Scalar, class Use>
auto with_function(Activation activation, const Use& use) {
    switch (activation) {
        case Activation::logistic:
            return use(Logistic<Scalar>{});
        case Activation::tanh:
            return use(Tanh<Scalar>{});
        case Activation::linear:
            return use(Linear<Scalar>{});
        case Activation::relu:
            return use(Relu<Scalar>{});
        case Activation::leaky_relu:
            return use(LeakyRelu<Scalar>{});
        case Activation::elu:
            return use(Elu<Scalar>{});
        case Activation::selu:
            return use(Selu<Scalar>{});
        case Activation::silu:
            return use(Silu<Scalar>{});
        case Activation::gelu:
            return use(Gelu<Scalar>{});
        case Activation::mish:
            return use(Mish<Scalar>{});
        case Activation::softplus:
            return use(Softplus<Scalar>{});
        case Activation::sine:
            return use(Sine<Scalar>{});
    }
    throw Error(ErrorKind::usage, "an activation that is none of the known ones");
}

}  // namespace

template <class Scalar>
Scalar activate(Activation activation, Scalar pre_activation) {
    return with_function<Scalar>(activation, [&](auto g) { return g.value(pre_activation); });
}

template <class Scalar>
Scalar activation_derivative(Activation activation, Scalar pre_activation) {
    return with_function<Scalar>(activation, [&](auto g) { return g.derivative(pre_activation); });
}

template <class Scalar>
void activate(Activation activation, std::span<const Scalar> pre_activations, std::span<Scalar> activations) {
    with_function<Scalar>(activation, [&](auto g) {
        for (std::size_t j = 0; j < activations.size(); ++j) activations[j] = g.value(pre_activations[j]);
    });
}

template <class Scalar>
void multiply_by_derivative(Activation activation, std::span<const Scalar> pre_activations,
                            std::span<Scalar> gradient) {
    with_function<Scalar>(activation, [&](auto g) {
        for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] *= g.derivative(pre_activations[j]);
    });
}

#define THALWEG_INSTANTIATE(Scalar)                                                 \
    template Scalar activate(Activation, Scalar);                                   \
    template Scalar activation_derivative(Activation, Scalar);                      \
    template void activate(Activation, std::span<const Scalar>, std::span<Scalar>); \
    template void multiply_by_derivative(Activation, std::span<const Scalar>, std::span<Scalar>);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)
#undef THALWEG_INSTANTIATE

}  // namespace thalweg
