#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

/// Elementary functions in double by additions, multiplications and divisions alone, which IEEE 754 rounds
/// the same on every machine. libm's differ in the last bit from one version and one chip to the next, so
/// nothing that reaches a model or a prediction may call them. Within 2 units in the last place of the exact
/// value. They keep to order of operations as written: this file relies on -ffp-contract=off.
namespace thalweg::elementary {

inline constexpr double kInverseLn2 = 0x1.71547652b82fep+0;
// ln 2 in two parts (Cody and Waite): the first ends in zeros, so that times a binary exponent it is exact.
inline constexpr double kLn2High = 0x1.62e42fefa0000p-1;
inline constexpr double kLn2Low = 0x1.cf79abc9e3b3ap-40;

/// 2^n of a whole number -1022 <= n <= 1023.
inline double power_of_two(std::int64_t n) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

/// e^x: with x = n ln 2 + r, |r| <= ln 2 / 2, it is 2^n e^r, and e^r its Taylor series to r^13 (the rest is
/// below 2^-57 of it). 0 and infinity where it leaves the numbers; no branch, so that loops run in SIMD.
inline double exp(double x) {
    x = x < -1000.0 ? -1000.0 : x;
    x = x > 1000.0 ? 1000.0 : x;
    // Adding this leaves the nearest whole number in the last bits.
    constexpr double kShift = 0x1.8p52;
    const double shifted = x * kInverseLn2 + kShift;
    const double n = shifted - kShift;
    const double high = x - n * kLn2High;
    const double r = high - n * kLn2Low;
    const double lost = (high - r) - n * kLn2Low;

    // Estrin's order: pairs first, so that the operations need not wait for each other.
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double r8 = r4 * r4;
    const double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    const double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    const double end =
        (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800.0));
    const double series = (low + r4 * middle) + r8 * end;
    const double result = 1.0 + (r + (lost + r2 * series));

    // In two halves: neither leaves the exponents of a double before the product does.
    const auto exponent = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(shifted) -
                                                    std::bit_cast<std::uint64_t>(kShift));
    const std::int64_t half = exponent >> 1;
    return result * power_of_two(half) * power_of_two(exponent - half);
}

/// log(2^exponent (1 + f)) for 1 + f between sqrt(1/2) and sqrt(2): with s = f / (2 + f) it is
/// 2 artanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...), to s^21, written as f - (f^2/2 - s (f^2/2 + R)) because
/// 2 s = f - s f, in which f is exact.
inline double log_of_parts(double exponent, double f) {
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double z2 = z * z;
    const double z4 = z2 * z2;
    const double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
    const double middle = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17));
    const double end = 2.0 / 19 + z * (2.0 / 21);
    const double series = z * ((low + z4 * middle) + z4 * z4 * end);
    const double half_square = 0.5 * f * f;
    return exponent * kLn2High + (f - (half_square - (s * (half_square + series) + exponent * kLn2Low)));
}

/// The natural logarithm; -infinity of 0, not a number below.
inline double log(double x) {
    if (!(x > 0.0))
        return x == 0.0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    if (x > std::numeric_limits<double>::max()) return x;
    double exponent = 0.0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1.0p54;
        exponent = -54.0;
    }
    // Counted from sqrt(1/2), the exponent leaves a fraction between sqrt(1/2) and sqrt(2).
    constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(x) - kRootHalf;
    const auto whole = static_cast<std::int64_t>(bits) >> 52;
    const double fraction = std::bit_cast<double>((bits & 0xfffffffffffff) + kRootHalf);
    return log_of_parts(exponent + static_cast<double>(whole), fraction - 1.0);
}

/// log(1 + x) without loss near 0.
inline double log_one_plus(double x) {
    if (x > -0.25 && x <= 1.0) {
        // 1 + x, or half of it, is near enough to 1 for the series, and no rounding of 1 + x comes in.
        const bool halved = x > 0.4;
        return log_of_parts(halved ? 1.0 : 0.0, halved ? 0.5 * (x - 1.0) : x);
    }
    const double u = 1.0 + x;
    if (!(u > 0.0) || u > std::numeric_limits<double>::max()) return log(u);
    // What u lost to rounding is made good by its share of u.
    const double lost = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    return log(u) + lost / u;
}

/// sin r for |r| <= pi/4, Taylor series to r^17.
inline double sine_of_eighth(double r) {
    const double z = r * r;
    const double z2 = z * z;
    const double z4 = z2 * z2;
    const double low = (-1.0 / 6 + z * (1.0 / 120)) + z2 * (-1.0 / 5040 + z * (1.0 / 362880));
    const double end = (-1.0 / 39916800 + z * (1.0 / 6227020800.0)) +
                       z2 * (-1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0));
    return r + r * (z * (low + z4 * end));
}

/// cos r for |r| <= pi/4, Taylor series to r^16; what 1 - r^2/2 loses to rounding is added again.
inline double cosine_of_eighth(double r) {
    const double z = r * r;
    const double z2 = z * z;
    const double z4 = z2 * z2;
    const double low = (1.0 / 24 + z * (-1.0 / 720)) + z2 * (1.0 / 40320 + z * (-1.0 / 3628800));
    const double end = (1.0 / 479001600 + z * (-1.0 / 87178291200.0)) + z2 * (1.0 / 20922789888000.0);
    const double half = 0.5 * z;
    const double top = 1.0 - half;
    return top + (((1.0 - top) - half) + z2 * (low + z4 * end));
}

/// sin(2 pi turns). A turn is reduced without rounding, which an angle is not.
double sine_of_turns(double turns);
/// cos(2 pi turns)
double cosine_of_turns(double turns);

/// base^exponent by squaring.
double power(double base, std::uint64_t exponent);

}  // namespace thalweg::elementary
