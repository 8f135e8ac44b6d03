#include "core/floating_point.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>

namespace thalweg {
namespace {

constexpr float kLeastNormal = std::numeric_limits<float>::min();

// Through volatile, so that the processor computes and not the compiler.
float product(float a, float b) {
    const volatile float x = a;
    const volatile float y = b;
    return x * y;
}

TEST(FlushSubnormals, WhatComesOutAndWhatGoesInCountsAsZero) {
    const float subnormal = kLeastNormal / 4.0f;
    ASSERT_GT(product(kLeastNormal, 0.25f), 0.0f);
    {
        const FlushSubnormals mode;
        EXPECT_EQ(product(kLeastNormal, 0.25f), 0.0f);
        EXPECT_EQ(product(subnormal, 1024.0f), 0.0f);
        EXPECT_EQ(product(kLeastNormal, 2.0f), 2.0f * kLeastNormal);
    }
    EXPECT_GT(product(kLeastNormal, 0.25f), 0.0f);
    EXPECT_GT(product(subnormal, 1024.0f), 0.0f);
}

TEST(FlushSubnormals, Nests) {
    const FlushSubnormals outer;
    { const FlushSubnormals inner; }
    EXPECT_EQ(product(kLeastNormal, 0.25f), 0.0f);
}

TEST(FlushSubnormals, TheCallersRoundingDoesNotReachInsideAndComesBack) {
    // Its square is 1 + 2 epsilon and a little: the modes differ.
    constexpr float kFactor = 1.0f + std::numeric_limits<float>::epsilon();
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    const float upward = product(kFactor, kFactor);
    float inside = 0.0f;
    {
        const FlushSubnormals mode;
        inside = product(kFactor, kFactor);
    }
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
    EXPECT_EQ(product(kFactor, kFactor), upward);
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(product(kFactor, kFactor), inside);
    EXPECT_NE(inside, upward);
}

}  // namespace
}  // namespace thalweg
