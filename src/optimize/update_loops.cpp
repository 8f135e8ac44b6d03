#include "optimize/update_loops.h"

#include <cmath>

// The dynamic linker chooses among clones of a function before a sanitizer has started.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define THALWEG_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define THALWEG_VECTORISED
#endif
#define THALWEG_INLINE [[gnu::always_inline]] inline

namespace thalweg {
namespace {

/// decays: none where weights do not decay.
template <bool kDecays, class Scalar>
THALWEG_INLINE void adam(const AdamStep<Scalar>& given, Scalar shrink, std::size_t size,
                         const Scalar* __restrict decays, const Scalar* __restrict gradient,
                         Scalar* __restrict first_moment, Scalar* __restrict second_moment,
                         Scalar* __restrict theta) {
    const AdamStep<Scalar> step = given;
    for (std::size_t j = 0; j < size; ++j) {
        if constexpr (kDecays) theta[j] *= 1 - shrink * decays[j];
        first_moment[j] += step.new_share1 * (gradient[j] - first_moment[j]);
        second_moment[j] = step.beta2 * second_moment[j] + step.new_share2 * gradient[j] * gradient[j];
        theta[j] -=
            step.eta * first_moment[j] / (std::sqrt(second_moment[j]) * step.root_correction + step.epsilon);
    }
}

template <class Scalar>
THALWEG_INLINE void go_down(Scalar eta, std::size_t size, const Scalar* __restrict gradient,
                            Scalar* __restrict theta) {
    for (std::size_t j = 0; j < size; ++j) theta[j] -= eta * gradient[j];
}

}  // namespace

THALWEG_VECTORISED void adam_update(const AdamStep<float>& step, std::size_t size, const float* gradient,
                                    float* first_moment, float* second_moment, float* theta) {
    adam<false, float>(step, 0.0f, size, nullptr, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void adam_update(const AdamStep<double>& step, std::size_t size, const double* gradient,
                                    double* first_moment, double* second_moment, double* theta) {
    adam<false, double>(step, 0.0, size, nullptr, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void adamw_update(const AdamStep<float>& step, float shrink, std::size_t size,
                                     const float* decays, const float* gradient, float* first_moment,
                                     float* second_moment, float* theta) {
    adam<true>(step, shrink, size, decays, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void adamw_update(const AdamStep<double>& step, double shrink, std::size_t size,
                                     const double* decays, const double* gradient, double* first_moment,
                                     double* second_moment, double* theta) {
    adam<true>(step, shrink, size, decays, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void descend(float eta, std::size_t size, const float* gradient, float* theta) {
    go_down(eta, size, gradient, theta);
}

THALWEG_VECTORISED void descend(double eta, std::size_t size, const double* gradient, double* theta) {
    go_down(eta, size, gradient, theta);
}

THALWEG_VECTORISED void add_squares(std::size_t size, const float* vector, double* sums) {
    double lanes[kSquareLanes];
    for (std::size_t lane = 0; lane < kSquareLanes; ++lane) lanes[lane] = sums[lane];
    for (std::size_t first = 0; first < size; first += kSquareLanes)
        for (std::size_t lane = 0; lane < kSquareLanes; ++lane) {
            const double value = vector[first + lane];
            lanes[lane] += value * value;
        }
    for (std::size_t lane = 0; lane < kSquareLanes; ++lane) sums[lane] = lanes[lane];
}

}  // namespace thalweg
