#pragma once

// The targets that there are no kernels for. Without fused multiply-add a target would give other bits, so
// chips that lack it take the scalar fallback, which has std::fma. SVE's vectors have no size that the
// compiler knows, which the kernels need; chips with SVE have NEON too. Included before Highway by every file
// that holds kernels.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE_256 | HWY_SVE2 | HWY_SVE2_128)
// The scalar target too where the compiler may take vectors for granted (on aarch64, say): it can be asked
// for.
#define HWY_COMPILE_ALL_ATTAINABLE
// Of Highway's two scalar targets the one that every compiler gets: the other, vectors emulated in loops,
// reads beyond the end of what a masked load is given (Highway 1.0.3).
#define HWY_BROKEN_EMU128 1
