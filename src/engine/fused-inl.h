// One vector type and its fused multiply-add, for every SIMD target. Included once a target by the files that
// hold kernels.
#if defined(THALWEG_ENGINE_FUSED_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_FUSED_INL_H
#undef THALWEG_ENGINE_FUSED_INL_H
#else
#define THALWEG_ENGINE_FUSED_INL_H
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t kLanes = hn::MaxLanes(Tag());

/// a b + c, rounded once on every target: the scalar one goes through std::fma.
HWY_INLINE Vector fused_multiply_add(Vector a, Vector b, Vector c) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    const Tag d;
    HWY_ALIGN float x[kLanes], y[kLanes], z[kLanes];
    hn::Store(a, d, x);
    hn::Store(b, d, y);
    hn::Store(c, d, z);
    for (std::size_t lane = 0; lane < kLanes; ++lane) z[lane] = std::fma(x[lane], y[lane], z[lane]);
    return hn::Load(d, z);
#else
    return hn::MulAdd(a, b, c);
#endif
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
