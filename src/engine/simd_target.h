#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// Highway's names of the targets that this machine runs, the best first; the last is the scalar one.
std::vector<std::string> simd_targets();

/// Makes the kernels of the whole process run with a target of that name, in upper or lower case, or with the
/// `scalar` one. Throws Error{usage} where this machine cannot run it.
void use_simd_target(std::string_view name);

/// Uses the target that the environment variable THALWEG_SIMD names, where it is set; else the kernels run
/// with the best of this machine. Read once a process, so call it before the first kernel; later calls cost
/// nothing. Throws Error{usage}, at every call, where this machine cannot run that target.
void choose_simd_target();

/// Whether the kernels run with AVX-512 now.
bool runs_avx512();

}  // namespace thalweg
