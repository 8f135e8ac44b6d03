#pragma once

#include <string>

namespace thalweg {

/// "0.1.0"
std::string version();
/// The SIMD instructions that this machine runs the network with: "AVX3_ZEN4", "AVX2", ...
std::string simd_target();

}  // namespace thalweg
