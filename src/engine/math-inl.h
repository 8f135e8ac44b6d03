// Elementary functions of a vector of floats, by polynomials in fused multiply-adds. Included once a target.
#if defined(THALWEG_ENGINE_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_MATH_INL_H
#undef THALWEG_ENGINE_MATH_INL_H
#else
#define THALWEG_ENGINE_MATH_INL_H
#endif

#include "engine/fused-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

HWY_INLINE Vector constant(float value) {
    return hn::Set(Tag(), value);
}

/// c[0] + x (c[1] + x (c[2] + ...)), Horner's rule.
template <std::size_t kTerms>
HWY_INLINE Vector polynomial(Vector x, const float (&coefficients)[kTerms]) {
    Vector sum = constant(coefficients[kTerms - 1]);
    for (std::size_t i = kTerms - 1; i > 0; --i)
        sum = fused_multiply_add(sum, x, constant(coefficients[i - 1]));
    return sum;
}

/// x = n ln 2 + r with |r| <= ln 2 / 2; e^r - 1 by its Taylor series to r^7 (error below 1e-8 of e^r).
struct ReducedExponential {
    Vector power_of_two;  ///< 2^n
    Vector minus_one;     ///< e^r - 1
};

HWY_INLINE ReducedExponential reduce_exponential(Vector x) {
    const Tag d;
    const hn::RebindToSigned<Tag> integers;
    // Beyond these, e^x leaves the normal floats: it is held there, finite and above zero.
    x = hn::Min(hn::Max(x, constant(-87.0f)), constant(88.0f));
    const Vector n = hn::Round(hn::Mul(x, constant(1.44269504f)));
    // ln 2 in two parts (Cody and Waite): the first has few bits, so n times it is exact.
    Vector r = fused_multiply_add(n, constant(-0.693359375f), x);
    r = fused_multiply_add(n, constant(2.12194440e-4f), r);
    const auto exponent = hn::Add(hn::ConvertTo(integers, n), hn::Set(integers, 127));
    const Vector power = hn::BitCast(d, hn::ShiftLeft<23>(exponent));
    const Vector series =
        polynomial(r, {1.0f, 1.0f / 2, 1.0f / 6, 1.0f / 24, 1.0f / 120, 1.0f / 720, 1.0f / 5040});
    return {power, hn::Mul(r, series)};
}

HWY_INLINE Vector exponential(Vector x) {
    const ReducedExponential reduced = reduce_exponential(x);
    return fused_multiply_add(reduced.power_of_two, reduced.minus_one, reduced.power_of_two);
}

/// e^x - 1 without cancellation near 0.
HWY_INLINE Vector exponential_minus_one(Vector x) {
    const ReducedExponential reduced = reduce_exponential(x);
    return fused_multiply_add(reduced.power_of_two, reduced.minus_one,
                              hn::Sub(reduced.power_of_two, constant(1.0f)));
}

/// 1 / (1 + e^-x)
HWY_INLINE Vector logistic(Vector x) {
    return hn::Div(constant(1.0f), hn::Add(constant(1.0f), exponential(hn::Neg(x))));
}

/// tanh|x| = m / (m + 2) with m = e^{2|x|} - 1, which keeps its accuracy near 0.
HWY_INLINE Vector hyperbolic_tangent(Vector x) {
    const Vector m = exponential_minus_one(hn::Mul(constant(2.0f), hn::Min(hn::Abs(x), constant(10.0f))));
    return hn::CopySign(hn::Div(m, hn::Add(m, constant(2.0f))), x);
}

/// log(1 + u) for 0 <= u <= 1, as 2 artanh(u / (2 + u)): s <= 1/3, so nine terms reach 1e-9.
HWY_INLINE Vector log_one_plus(Vector u) {
    const Vector s = hn::Div(u, hn::Add(u, constant(2.0f)));
    const Vector series = polynomial(hn::Mul(s, s), {1.0f, 1.0f / 3, 1.0f / 5, 1.0f / 7, 1.0f / 9, 1.0f / 11,
                                                     1.0f / 13, 1.0f / 15, 1.0f / 17});
    return hn::Mul(hn::Add(s, s), series);
}

/// log(1 + u) for any u >= 0: above 1 the rounding of 1 + u costs nothing, and with 1 + u = 2^e f it is
/// e ln 2 + log f.
HWY_INLINE Vector log_one_plus_any(Vector u) {
    const Tag d;
    const hn::RebindToSigned<Tag> integers;
    const Vector above = hn::Add(u, constant(1.0f));
    const auto bits = hn::BitCast(integers, above);
    const auto exponent = hn::Sub(hn::ShiftRight<23>(bits), hn::Set(integers, 127));
    const auto fraction = hn::Or(hn::And(bits, hn::Set(integers, 0x7fffff)), hn::Set(integers, 0x3f800000));
    const Vector of_fraction = log_one_plus(hn::Sub(hn::BitCast(d, fraction), constant(1.0f)));
    const Vector large = fused_multiply_add(hn::ConvertTo(d, exponent), constant(0.693147181f), of_fraction);
    return hn::IfThenElse(hn::Gt(u, constant(1.0f)), large, log_one_plus(u));
}

/// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
HWY_INLINE Vector log_one_plus_exponential(Vector x) {
    return hn::Add(hn::Max(x, hn::Zero(Tag())), log_one_plus(exponential(hn::Neg(hn::Abs(x)))));
}

/// The standard normal's distribution function, by the complementary error function of Press et al.
/// (Numerical Recipes, 6.2: a Chebyshev fit of log(erfc) in t = 2/(2+z), relative error below 1.2e-7).
HWY_INLINE Vector normal_distribution(Vector x) {
    const Vector z = hn::Abs(hn::Mul(x, constant(0.70710678f)));
    const Vector t = hn::Div(constant(2.0f), hn::Add(z, constant(2.0f)));
    const Vector series = polynomial(t, {-1.26551223f, 1.00002368f, 0.37409196f, 0.09678418f, -0.18628806f,
                                         0.27886807f, -1.13520398f, 1.48851587f, -0.82215223f, 0.17087277f});
    const Vector tail = hn::Mul(t, exponential(fused_multiply_add(hn::Neg(z), z, series)));
    const Vector half = hn::Mul(constant(0.5f), tail);
    return hn::IfThenElse(hn::Lt(x, hn::Zero(Tag())), half, hn::Sub(constant(1.0f), half));
}

/// r = x - n pi with |r| <= pi / 2, pi in three parts (Cody and Waite), good for |x| up to some 1e5.
struct ReducedAngle {
    Vector r;
    Vector sign;  ///< 1 where n is even, -1 where it is odd
};

HWY_INLINE ReducedAngle reduce_angle(Vector x, Vector n) {
    Vector r = fused_multiply_add(n, constant(-3.140625f), x);
    r = fused_multiply_add(n, constant(-9.67502593994140625e-4f), r);
    r = fused_multiply_add(n, constant(-1.509957990978376432e-7f), r);
    const Vector half = hn::Mul(n, constant(0.5f));
    const Vector odd = hn::Mul(constant(2.0f), hn::Abs(hn::Sub(half, hn::Floor(half))));
    return {r, fused_multiply_add(odd, constant(-2.0f), constant(1.0f))};
}

/// Taylor series to r^13: error below 1e-9 for |r| <= pi/2.
HWY_INLINE Vector sine_of_reduced(ReducedAngle angle) {
    const Vector series = polynomial(
        hn::Mul(angle.r, angle.r),
        {1.0f, -1.0f / 6, 1.0f / 120, -1.0f / 5040, 1.0f / 362880, -1.0f / 39916800, 1.0f / 6227020800.0f});
    return hn::Mul(angle.sign, hn::Mul(angle.r, series));
}

HWY_INLINE Vector sine(Vector x) {
    return sine_of_reduced(reduce_angle(x, hn::Round(hn::Mul(x, constant(0.318309886f)))));
}

/// cos x = sin(x + pi/2): reduced by the half-odd multiple of pi next to x, so that nothing is lost near its
/// zeros.
HWY_INLINE Vector cosine(Vector x) {
    const Vector half = constant(0.5f);
    const Vector n = hn::Sub(hn::Round(fused_multiply_add(x, constant(0.318309886f), half)), half);
    const ReducedAngle angle = reduce_angle(x, n);
    // With n = m - 1/2, cos x = sin(r + m pi) = (-1)^m sin r.
    const ReducedAngle by_whole = reduce_angle(x, hn::Add(n, half));
    return sine_of_reduced({angle.r, by_whole.sign});
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
