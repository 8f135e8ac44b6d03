// Rows of floats, vector by vector. Included once a target by the files that hold elementwise kernels.
#if defined(THALWEG_ENGINE_SPAN_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THALWEG_ENGINE_SPAN_INL_H
#undef THALWEG_ENGINE_SPAN_INL_H
#else
#define THALWEG_ENGINE_SPAN_INL_H
#endif

#include "engine/fused-inl.h"

HWY_BEFORE_NAMESPACE();
namespace thalweg::HWY_NAMESPACE {

/// Calls function(first, count) for whole vectors and once for the rest, which is padded: an element's bits
/// do not depend on where it stands.
template <class Function>
HWY_INLINE void for_vectors(std::size_t size, const Function& function) {
    std::size_t j = 0;
    for (; j + kLanes <= size; j += kLanes) function(j, kLanes);
    if (j < size) function(j, size - j);
}

HWY_INLINE Vector load(const float* from, std::size_t count) {
    if (count == kLanes) return hn::LoadU(Tag(), from);
    return hn::MaskedLoad(hn::FirstN(Tag(), count), Tag(), from);
}

HWY_INLINE void store(Vector v, float* to, std::size_t count) {
    if (count == kLanes) return hn::StoreU(v, Tag(), to);
    store_first(count, v, to);
}

}  // namespace thalweg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
