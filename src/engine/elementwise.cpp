#include "engine/elementwise.h"

#include <algorithm>
#include <cstddef>

#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/elementwise.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "engine/math-inl.h"
#include "engine/span-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

HWY_INLINE Vector one() {
    return constant(1.0f);
}
HWY_INLINE Vector zero() {
    return hn::Zero(Tag());
}
/// positive where a > 0, else negative
HWY_INLINE Vector by_sign(Vector a, Vector positive, Vector negative) {
    return hn::IfThenElse(hn::Gt(a, zero()), positive, negative);
}

// A derivative is that of h where derivative_from_activation, else that of a.

struct Logistic {
    static Vector value(Vector a) { return logistic(a); }
    static Vector derivative(Vector h) { return hn::Mul(h, hn::Sub(one(), h)); }
};

struct Tanh {
    static Vector value(Vector a) { return hyperbolic_tangent(a); }
    static Vector derivative(Vector h) { return fused_multiply_add(hn::Neg(h), h, one()); }
};

struct Linear {
    static Vector value(Vector a) { return a; }
    static Vector derivative(Vector) { return one(); }
};

struct Relu {
    static Vector value(Vector a) { return by_sign(a, a, zero()); }
    static Vector derivative(Vector a) { return by_sign(a, one(), zero()); }
};

struct LeakyRelu {
    static constexpr float kSlope = 0.01f;
    static Vector value(Vector a) { return by_sign(a, a, hn::Mul(a, constant(kSlope))); }
    static Vector derivative(Vector a) { return by_sign(a, one(), constant(kSlope)); }
};

struct Elu {
    static Vector value(Vector a) { return by_sign(a, a, exponential_minus_one(a)); }
    static Vector derivative(Vector a) { return by_sign(a, one(), exponential(a)); }
};

struct Selu {
    static constexpr float kScale = 1.0507009873554805f;
    static constexpr float kAlpha = 1.6732632423543772f;
    static Vector value(Vector a) {
        return by_sign(a, hn::Mul(constant(kScale), a),
                       hn::Mul(constant(kScale * kAlpha), exponential_minus_one(a)));
    }
    static Vector derivative(Vector a) {
        return by_sign(a, constant(kScale), hn::Mul(constant(kScale * kAlpha), exponential(a)));
    }
};

struct Silu {
    static Vector value(Vector a) { return hn::Mul(a, logistic(a)); }
    /// s + a s (1 - s), with 1 - s = e^-a s, which cancels nothing
    static Vector derivative(Vector a) {
        const Vector e = exponential(hn::Neg(a));
        const Vector s = hn::Div(one(), hn::Add(one(), e));
        return fused_multiply_add(hn::Mul(a, s), hn::Mul(e, s), s);
    }
};

struct Gelu {
    static Vector value(Vector a) { return hn::Mul(a, normal_distribution(a)); }
    /// Phi(a) + a phi(a)
    static Vector derivative(Vector a) {
        const Vector density =
            hn::Mul(constant(0.398942280f), exponential(hn::Mul(constant(-0.5f), hn::Mul(a, a))));
        return fused_multiply_add(a, density, normal_distribution(a));
    }
};

struct Mish {
    /// m = e^a (e^a + 2), so that tanh(log(1 + e^a)) = m / (m + 2); from a = 20 on that is 1 in float32.
    static Vector m(Vector a) {
        const Vector e = exponential(hn::Min(a, constant(20.0f)));
        return fused_multiply_add(e, e, hn::Add(e, e));
    }
    static Vector value(Vector a) {
        const Vector ma = m(a);
        return hn::Mul(a, hn::Div(ma, hn::Add(ma, constant(2.0f))));
    }
    /// w + a (1 - w^2) s with w = m / (m + 2), s the logistic; 1 - w = 2 / (m + 2) keeps 1 - w^2 exact.
    static Vector derivative(Vector a) {
        const Vector ma = m(a);
        const Vector inverse = hn::Div(one(), hn::Add(ma, constant(2.0f)));
        const Vector w = hn::Mul(ma, inverse);
        const Vector slope = hn::Mul(hn::Mul(constant(2.0f), inverse), hn::Add(one(), w));
        return fused_multiply_add(hn::Mul(a, slope), logistic(a), w);
    }
};

struct Softplus {
    static Vector value(Vector a) { return log_one_plus_exponential(a); }
    static Vector derivative(Vector a) { return logistic(a); }
};

struct Sine {
    static Vector value(Vector a) { return sine(a); }
    static Vector derivative(Vector a) { return cosine(a); }
};

/// g(a). Comparisons and clamps swallow what is no number; it must show, or nobody notices that training
/// diverged.
template <class Function>
HWY_INLINE Vector value_of(Vector a) {
    return hn::IfThenElse(hn::IsNaN(a), a, Function::value(a));
}

template <class Function>
void activate_all(const float* pre_activations, float* activations, std::size_t size) {
    for_vectors(size, [&](std::size_t j, std::size_t count) {
        const Vector a = load(pre_activations + j, count);
        store(value_of<Function>(a), activations + j, count);
    });
}

template <class Function>
void multiply_all(const float* kept, float* gradient, std::size_t size) {
    for_vectors(size, [&](std::size_t j, std::size_t count) {
        const Vector slope = Function::derivative(load(kept + j, count));
        store(hn::Mul(load(gradient + j, count), slope), gradient + j, count);
    });
}

template <class Function>
void bend_all(MatrixView<const float> pre_activations, const float* bend, MatrixView<float> activations) {
    for (std::size_t n = 0; n < pre_activations.rows; ++n) {
        const float* from = pre_activations.row(n).data();
        float* to = activations.row(n).data();
        for_vectors(pre_activations.cols, [&](std::size_t j, std::size_t count) {
            const Vector a = load(from + j, count);
            store(fused_multiply_add(load(bend + j, count), hn::Sub(value_of<Function>(a), a), a), to + j,
                  count);
        });
    }
}

template <class Function>
void bend_back_all(MatrixView<const float> pre_activations, const float* bend, bool from_activation,
                   MatrixView<float> gradient, float* grad_bend) {
    for (std::size_t n = 0; n < gradient.rows; ++n) {
        const float* kept = pre_activations.row(n).data();
        float* grad = gradient.row(n).data();
        for_vectors(gradient.cols, [&](std::size_t j, std::size_t count) {
            const Vector a = load(kept + j, count), grad_h = load(grad + j, count);
            const Vector h = value_of<Function>(a);
            store(fused_multiply_add(grad_h, hn::Sub(h, a), load(grad_bend + j, count)), grad_bend + j,
                  count);
            const Vector derivative = Function::derivative(from_activation ? h : a);
            const Vector slope = fused_multiply_add(load(bend + j, count), hn::Sub(derivative, one()), one());
            store(hn::Mul(grad_h, slope), grad + j, count);
        });
    }
}

/// Calls work with the Function of `activation`.
template <class Work>
HWY_INLINE void with_function(Activation activation, const Work& work) {
    switch (activation) {
        case Activation::logistic:
            return work(Logistic());
        case Activation::tanh:
            return work(Tanh());
        case Activation::linear:
            return work(Linear());
        case Activation::relu:
            return work(Relu());
        case Activation::leaky_relu:
            return work(LeakyRelu());
        case Activation::elu:
            return work(Elu());
        case Activation::selu:
            return work(Selu());
        case Activation::silu:
            return work(Silu());
        case Activation::gelu:
            return work(Gelu());
        case Activation::mish:
            return work(Mish());
        case Activation::softplus:
            return work(Softplus());
        case Activation::sine:
            return work(Sine());
    }
}

void activate_span(Activation activation, const float* pre_activations, float* activations,
                   std::size_t size) {
    with_function(activation, [&](auto function) {
        activate_all<decltype(function)>(pre_activations, activations, size);
    });
}

void multiply_span(Activation activation, const float* kept, float* gradient, std::size_t size) {
    with_function(activation, [&](auto function) { multiply_all<decltype(function)>(kept, gradient, size); });
}

void bend_rows(Activation activation, MatrixView<const float> pre_activations, const float* bend,
               MatrixView<float> activations) {
    with_function(activation,
                  [&](auto function) { bend_all<decltype(function)>(pre_activations, bend, activations); });
}

void bend_back_rows(Activation activation, MatrixView<const float> pre_activations, const float* bend,
                    bool from_activation, MatrixView<float> gradient, float* grad_bend) {
    with_function(activation, [&](auto function) {
        bend_back_all<decltype(function)>(pre_activations, bend, from_activation, gradient, grad_bend);
    });
}

void sum_rows_of(MatrixView<const float> values, float* sums) {
    constexpr std::size_t kVectors = 4;
    std::size_t j = 0;
    for (; j + kVectors * kLanes <= values.cols; j += kVectors * kLanes) {
        Vector sum[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) sum[v] = zero();
        for (std::size_t row = 0; row < values.rows; ++row)
            for (std::size_t v = 0; v < kVectors; ++v)
                sum[v] = hn::Add(sum[v], hn::LoadU(Tag(), &values(row, j + v * kLanes)));
        for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[v], Tag(), sums + j + v * kLanes);
    }
    for (; j < values.cols; j += kLanes) {
        const std::size_t count = std::min(kLanes, values.cols - j);
        const auto there = hn::FirstN(Tag(), count);
        Vector sum = zero();
        for (std::size_t row = 0; row < values.rows; ++row)
            sum = hn::Add(sum, hn::MaskedLoad(there, Tag(), &values(row, j)));
        store(sum, sums + j, count);
    }
}

/// An angle in turns loses its whole ones without rounding: only the rest is made an angle.
void cosines_and_sines_of(MatrixView<const float> x, const float* frequencies, const float* phases,
                          MatrixView<float> cosines, MatrixView<float> sines) {
    const Vector per_turn = constant(0.159154943f), turn = constant(6.28318531f);
    for_vectors(cosines.cols, [&](std::size_t k, std::size_t count) {
        const Vector frequency = load(frequencies + k, count);
        const Vector phase = hn::Mul(load(phases + k, count), per_turn);
        for (std::size_t row = 0; row < x.rows; ++row) {
            const Vector turns = fused_multiply_add(frequency, constant(x(row, 0)), phase);
            const Vector angle = hn::Mul(hn::Sub(turns, hn::Round(turns)), turn);
            store(cosine(angle), &cosines(row, k), count);
            store(sine(angle), &sines(row, k), count);
        }
    });
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {

HWY_EXPORT(activate_span);
HWY_EXPORT(multiply_span);
HWY_EXPORT(bend_rows);
HWY_EXPORT(bend_back_rows);
HWY_EXPORT(sum_rows_of);
HWY_EXPORT(cosines_and_sines_of);

void activate(Activation activation, std::span<const float> pre_activations, std::span<float> activations) {
    HWY_DYNAMIC_DISPATCH(activate_span)
    (activation, pre_activations.data(), activations.data(), activations.size());
}

bool derivative_from_activation(Activation activation) {
    switch (activation) {
        case Activation::logistic:
        case Activation::tanh:
        case Activation::linear:
        case Activation::relu:
        case Activation::leaky_relu:
            return true;
        default:
            return false;
    }
}

void multiply_by_derivative(Activation activation, std::span<const float> kept, std::span<float> gradient) {
    HWY_DYNAMIC_DISPATCH(multiply_span)(activation, kept.data(), gradient.data(), gradient.size());
}

void bend(Activation activation, MatrixView<const float> pre_activations, std::span<const float> bend,
          MatrixView<float> activations) {
    HWY_DYNAMIC_DISPATCH(bend_rows)(activation, pre_activations, bend.data(), activations);
}

void bend_backward(Activation activation, MatrixView<const float> pre_activations,
                   std::span<const float> bend, MatrixView<float> gradient, std::span<float> grad_bend) {
    HWY_DYNAMIC_DISPATCH(bend_back_rows)
    (activation, pre_activations, bend.data(), derivative_from_activation(activation), gradient,
     grad_bend.data());
}

void sum_rows(MatrixView<const float> values, std::span<float> sums) {
    HWY_DYNAMIC_DISPATCH(sum_rows_of)(values, sums.data());
}

void cosines_and_sines(MatrixView<const float> x, std::span<const float> frequencies,
                       std::span<const float> phases, MatrixView<float> cosines, MatrixView<float> sines) {
    HWY_DYNAMIC_DISPATCH(cosines_and_sines_of)(x, frequencies.data(), phases.data(), cosines, sines);
}

}  // namespace thalweg::engine
#endif
