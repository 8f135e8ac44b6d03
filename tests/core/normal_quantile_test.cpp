#include "core/normal_quantile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"

namespace thalweg {
namespace {

/// How far `x` is from where the normal distribution, by the error function in long double, reaches `p`.
double distance(double x, double p) {
    const long double reached = 0.5L * std::erfc(static_cast<long double>(-x) / std::sqrt(2.0L));
    const long double density = std::exp(-0.5L * x * x) / std::sqrt(2.0L * std::numbers::pi_v<long double>);
    return static_cast<double>(std::abs(reached - static_cast<long double>(p)) / density);
}

TEST(NormalQuantile, IsWhereTheDistributionReachesTheProbability) {
    constexpr double kTolerance = 2e-15;
    const Random random(3, RandomStream::sample);
    for (std::uint64_t i = 0; i < 20000; ++i) {
        const double uniform = random.uniform(2 * i);
        const double p = i % 2 == 0 ? uniform : std::exp(-40.0 * uniform);
        if (p == 0.0) continue;
        const double x = normal_quantile(p);
        ASSERT_LE(distance(x, p), kTolerance * std::max(1.0, std::abs(x))) << "p = " << p;
    }
    EXPECT_EQ(normal_quantile(0.5), 0.0);
}

TEST(NormalQuantile, IsOddAboutOneHalf) {
    for (const double p : {0.0009765625, 0.0625, 0.25, 0.4375})
        EXPECT_EQ(normal_quantile(p), -normal_quantile(1.0 - p)) << p;
}

}  // namespace
}  // namespace thalweg
