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

#if HWY_TARGET != HWY_SCALAR
/// The first `count` lanes of v, 1 to all of them.
template <class D>
HWY_INLINE void store_lanes(D d, std::size_t count, hn::Vec<D> v, float* to) {
    constexpr std::size_t kAll = hn::MaxLanes(D());
    if constexpr (kAll == 1) {
        hn::StoreU(v, d, to);
    } else {
        const hn::Half<D> half;
        if (count < kAll / 2) return store_lanes(half, count, hn::LowerHalf(half, v), to);
        hn::StoreU(hn::LowerHalf(half, v), half, to);
        if (count > kAll / 2) store_lanes(half, count - kAll / 2, hn::UpperHalf(half, v), to + kAll / 2);
    }
}
#endif

/// The first `count` lanes of v, 1 to all but one. AVX2's masked store is some forty micro-operations on
/// AMD's chips: there, and where there is none, halves, quarters and so on are stored.
HWY_INLINE void store_first(std::size_t count, Vector v, float* to) {
    const Tag d;
#if HWY_TARGET <= HWY_AVX3 || HWY_TARGET == HWY_SCALAR
    hn::BlendedStore(v, hn::FirstN(d, count), d, to);
#else
    store_lanes(d, count, v, to);
#endif
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
