#include "bench/peak_bf16.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include <hwy/base.h>

// The compiler's own header reads a vector that it means to leave undefined.
HWY_DIAGNOSTICS(push)
#if HWY_COMPILER_GCC_ACTUAL
HWY_DIAGNOSTICS_OFF(disable : 4700, ignored "-Wmaybe-uninitialized")
HWY_DIAGNOSTICS_OFF(disable : 4700, ignored "-Wuninitialized")
#endif
HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace thalweg::bench {

double multiply_add_bf16(std::size_t rounds, float* sink) {
    constexpr std::size_t kChains = 24, kOperations = 4 * 16;
    const auto start = static_cast<std::int32_t>(*sink * 16.0f);
    const auto factor = (__m512bh)_mm512_set1_epi32(start);
    const auto other = (__m512bh)_mm512_set1_epi32(start + 1);
    __m512 sums[kChains];
    // Chains that start alike would be one chain to the compiler.
    HWY_UNROLL(24) for (std::size_t i = 0; i < kChains; ++i) sums[i] = _mm512_set1_ps(*sink + i);
    for (std::size_t round = 0; round < rounds; ++round) {
        HWY_UNROLL(24)
        for (std::size_t i = 0; i < kChains; ++i) sums[i] = _mm512_dpbf16_ps(sums[i], factor, other);
    }
    for (std::size_t i = 1; i < kChains; ++i) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    *sink = _mm512_reduce_add_ps(sums[0]);
    return static_cast<double>(rounds * kChains * kOperations);
}

}  // namespace thalweg::bench
HWY_POP_ATTRIBUTES
HWY_DIAGNOSTICS(pop)

#else

namespace thalweg::bench {

double multiply_add_bf16(std::size_t, float*) {
    return 0.0;
}

}  // namespace thalweg::bench

#endif
