#pragma once

namespace thalweg {

/// Makes the kernels run with the SIMD target that the environment variable THALWEG_SIMD names, where it is
/// set: a name of Highway's (AVX2, AVX3, NEON, ...) or `scalar`, in upper or lower case. Else the best target
/// of this machine. Read once a process, so call it before the first kernel; later calls cost nothing.
/// Throws Error{usage}, at every call, where this machine cannot run that target.
void choose_simd_target();

}  // namespace thalweg
