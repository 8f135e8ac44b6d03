#pragma once

// Without fused multiply-add a target would give other bits, so chips that lack it take the scalar fallback,
// which has std::fma. Included before Highway by every file that holds kernels.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4)
