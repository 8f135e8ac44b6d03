#include "engine/standardise.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "engine/simd_target.h"
#include "engine/simd_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/standardise.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Doubles = hn::ScalableTag<double>;
using DoubleVector = hn::Vec<Doubles>;

HWY_INLINE DoubleVector number(double x) {
    return hn::Set(Doubles(), x);
}

/// Bounds z by 3 on both sides; its derivative at 0 is 1.
HWY_INLINE DoubleVector smoothly_clipped(DoubleVector z) {
    const DoubleVector third = hn::Div(z, number(3.0));
    return hn::Div(z, hn::Sqrt(hn::Add(number(1.0), hn::Mul(third, third))));
}

HWY_INLINE DoubleVector standardised(const engine::Scaling& scaling, std::size_t j, DoubleVector values,
                                     hn::Mask<Doubles> there) {
    const DoubleVector fill = hn::MaskedLoad(there, Doubles(), scaling.fill + j);
    const DoubleVector centre = hn::MaskedLoad(there, Doubles(), scaling.centre + j);
    const DoubleVector scale = hn::MaskedLoad(there, Doubles(), scaling.scale + j);
    // No comparison holds for NaN.
    const auto finite = hn::Le(hn::Abs(values), number(std::numeric_limits<double>::max()));
    const DoubleVector known = hn::IfThenElse(finite, values, fill);
    const DoubleVector z = hn::Div(hn::Sub(known, centre), scale);
    const DoubleVector near = hn::Max(number(-scaling.far), hn::Min(number(scaling.far), z));
    return scaling.smooth_clip ? smoothly_clipped(near) : near;
}

void standardise_columns(const engine::Scaling& scaling, const double* values, float* inputs,
                         std::size_t count) {
    constexpr std::size_t kLanes = hn::MaxLanes(Doubles());
    const hn::Rebind<float, Doubles> floats;
    for (std::size_t j = 0; j < count; j += kLanes) {
        const std::size_t left = std::min(kLanes, count - j);
        const auto there = hn::FirstN(Doubles(), left);
        const DoubleVector of_row = hn::MaskedLoad(there, Doubles(), values + j);
        const auto result = hn::DemoteTo(floats, standardised(scaling, j, of_row, there));
        if (left == kLanes) {
            hn::StoreU(result, floats, inputs + j);
        } else {
            float rest[kLanes];
            hn::StoreU(result, floats, rest);
            std::copy_n(rest, left, inputs + j);
        }
    }
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace thalweg::engine {

HWY_EXPORT(standardise_columns);

void standardise(const Scaling& scaling, const double* values, float* inputs, std::size_t count) {
    choose_simd_target();
    HWY_DYNAMIC_DISPATCH(standardise_columns)(scaling, values, inputs, count);
}

}  // namespace thalweg::engine
#endif
