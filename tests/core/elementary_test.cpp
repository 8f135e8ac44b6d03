#include "core/elementary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "core/random.h"

namespace thalweg {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Units in the last place; `exact` has more digits than a double.
constexpr double kTolerance = 2.0;

double units_off(double got, long double exact) {
    const auto rounded = static_cast<double>(exact);
    const double unit = std::nextafter(std::abs(rounded), kInfinity) - std::abs(rounded);
    return static_cast<double>(std::abs(static_cast<long double>(got) - exact)) / unit;
}

/// Holds `got` against `exact` at 200000 points that `point` makes of uniform numbers on (0, 1).
template <class Got, class Exact, class Point>
void expect_close(const Got& got, const Exact& exact, const Point& point) {
    const Random random(7, RandomStream::sample);
    double worst = 0.0;
    double worst_at = 0.0;
    for (std::uint64_t i = 0; i < 200000; ++i) {
        const double x = point(random.uniform(i));
        const double off = units_off(got(x), exact(static_cast<long double>(x)));
        if (!(off <= worst)) worst = off, worst_at = x;
    }
    EXPECT_LE(worst, kTolerance) << "at " << worst_at;
}

TEST(Elementary, ExponentialIsWithinTwoUnitsOfTheLongDoubleOne) {
    const auto exact = [](long double x) { return std::exp(x); };
    expect_close(elementary::exp, exact, [](double u) { return 1416.0 * u - 707.0; });
    expect_close(elementary::exp, exact, [](double u) { return 4.0 * u - 2.0; });
    expect_close(elementary::exp, exact, [](double u) { return std::exp(-40.0 * u); });
    expect_close(elementary::exp, exact, [](double u) { return -std::exp(-40.0 * u); });
}

TEST(Elementary, ExponentialEndsInZeroInfinityAndNotANumber) {
    EXPECT_EQ(elementary::exp(0.0), 1.0);
    EXPECT_EQ(elementary::exp(-0.0), 1.0);
    EXPECT_TRUE(std::isfinite(elementary::exp(709.78)));
    EXPECT_EQ(elementary::exp(709.79), kInfinity);
    EXPECT_EQ(elementary::exp(1e300), kInfinity);
    EXPECT_EQ(elementary::exp(kInfinity), kInfinity);
    EXPECT_GT(elementary::exp(-708.0), 0.0);
    EXPECT_EQ(elementary::exp(-746.0), 0.0);
    EXPECT_EQ(elementary::exp(-kInfinity), 0.0);
    EXPECT_TRUE(std::isnan(elementary::exp(std::nan(""))));
}

TEST(Elementary, LogarithmIsWithinTwoUnitsOfTheLongDoubleOne) {
    const auto exact = [](long double x) { return std::log(x); };
    expect_close(elementary::log, exact, [](double u) { return std::exp(1400.0 * u - 700.0); });
    expect_close(elementary::log, exact, [](double u) { return u; });
    expect_close(elementary::log, exact, [](double u) { return 1.0 + (u - 0.5) * 1e-3; });
    expect_close(elementary::log, exact, [](double u) { return 0.5 + u; });
    expect_close(elementary::log, exact, [](double u) { return 0x1.0p-1040 * (1.0 + u); });
}

TEST(Elementary, LogarithmEndsInInfinityAndNotANumber) {
    EXPECT_EQ(elementary::log(1.0), 0.0);
    EXPECT_EQ(elementary::log(0.0), -kInfinity);
    EXPECT_EQ(elementary::log(-0.0), -kInfinity);
    EXPECT_EQ(elementary::log(kInfinity), kInfinity);
    EXPECT_TRUE(std::isnan(elementary::log(-1.0)));
    EXPECT_TRUE(std::isnan(elementary::log(-kInfinity)));
    EXPECT_TRUE(std::isnan(elementary::log(std::nan(""))));
}

TEST(Elementary, LogarithmOfOnePlusIsWithinTwoUnitsOfTheLongDoubleOne) {
    const auto exact = [](long double x) { return std::log1p(x); };
    expect_close(elementary::log_one_plus, exact, [](double u) { return u; });
    expect_close(elementary::log_one_plus, exact, [](double u) { return -u; });
    expect_close(elementary::log_one_plus, exact, [](double u) { return std::exp(-700.0 * u); });
    expect_close(elementary::log_one_plus, exact, [](double u) { return -std::exp(-700.0 * u); });
    expect_close(elementary::log_one_plus, exact, [](double u) { return std::exp(700.0 * u); });
    EXPECT_EQ(elementary::log_one_plus(0.0), 0.0);
    EXPECT_EQ(elementary::log_one_plus(-1.0), -kInfinity);
    EXPECT_EQ(elementary::log_one_plus(kInfinity), kInfinity);
    EXPECT_TRUE(std::isnan(elementary::log_one_plus(-1.5)));
    EXPECT_TRUE(std::isnan(elementary::log_one_plus(std::nan(""))));
}

TEST(Elementary, SineAndCosineOfTurnsAreWithinTwoUnitsOfTheLongDoubleOnes) {
    constexpr long double kTurn = 2.0L * std::numbers::pi_v<long double>;
    // Away from the zeros of the exact function, where the long double angle is rounded itself.
    const auto angle = [](long double t) { return kTurn * (t - std::floor(t + 0.5L)); };
    const auto sine = [&](long double t) { return std::sin(angle(t)); };
    const auto cosine = [&](long double t) { return std::cos(angle(t)); };
    const auto between = [](double low, double high) {
        return [low, high](double u) { return low + (high - low) * u; };
    };
    expect_close(elementary::sine_of_turns, sine, between(-0.49, 0.49));
    expect_close(elementary::sine_of_turns, sine, [](double u) { return std::exp(-300.0 * u) / 8.0; });
    expect_close(elementary::cosine_of_turns, cosine, between(-0.249, 0.249));
    expect_close(elementary::cosine_of_turns, cosine, between(0.251, 0.749));
    expect_close(elementary::cosine_of_turns, cosine, between(1000.251, 1000.749));
}

TEST(Elementary, QuartersOfATurnAreExact) {
    for (const double whole : {-3.0, 0.0, 1.0, 1e9}) {
        EXPECT_EQ(elementary::sine_of_turns(whole), 0.0);
        EXPECT_EQ(elementary::sine_of_turns(whole + 0.25), 1.0);
        EXPECT_EQ(elementary::sine_of_turns(whole + 0.5), 0.0);
        EXPECT_EQ(elementary::sine_of_turns(whole + 0.75), -1.0);
        EXPECT_EQ(elementary::cosine_of_turns(whole), 1.0);
        EXPECT_EQ(elementary::cosine_of_turns(whole + 0.25), 0.0);
        EXPECT_EQ(elementary::cosine_of_turns(whole + 0.5), -1.0);
        EXPECT_EQ(elementary::cosine_of_turns(whole + 0.75), 0.0);
    }
    EXPECT_TRUE(std::isnan(elementary::sine_of_turns(kInfinity)));
    EXPECT_TRUE(std::isnan(elementary::cosine_of_turns(std::nan(""))));
}

TEST(Elementary, PowersAreProducts) {
    EXPECT_EQ(elementary::power(0.0, 0), 1.0);
    EXPECT_EQ(elementary::power(3.0, 13), 1594323.0);
    EXPECT_EQ(elementary::power(0.5, 1000), 0x1.0p-1000);
    EXPECT_EQ(elementary::power(0.5, std::uint64_t{1} << 60), 0.0);
    EXPECT_NEAR(elementary::power(0.999, 100000) / std::pow(0.999, 100000), 1.0, 1e-12);
}

}  // namespace
}  // namespace thalweg
