#pragma once

#include <cstddef>

namespace thalweg::bench {

/// As the float32 probe, with the bfloat16 instructions of AVX-512: returns the operations done. Call it only
/// where bf16_is_native().
double multiply_add_bf16(std::size_t rounds, float* sink);

}  // namespace thalweg::bench
