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

template <class Scalar>
THALWEG_INLINE void adam(const AdamStep<Scalar>& given, std::size_t size, const Scalar* __restrict gradient,
                         Scalar* __restrict first_moment, Scalar* __restrict second_moment,
                         Scalar* __restrict theta) {
    const AdamStep<Scalar> step = given;
    for (std::size_t j = 0; j < size; ++j) {
        first_moment[j] += step.new_share1 * (gradient[j] - first_moment[j]);
        second_moment[j] = step.beta2 * second_moment[j] + step.new_share2 * gradient[j] * gradient[j];
        theta[j] -=
            step.eta * first_moment[j] / (std::sqrt(second_moment[j]) * step.root_correction + step.epsilon);
    }
}

template <class Scalar>
THALWEG_INLINE void decay(Scalar shrink, std::size_t size, const Scalar* __restrict decays,
                          Scalar* __restrict theta) {
    for (std::size_t j = 0; j < size; ++j) theta[j] *= 1 - shrink * decays[j];
}

template <class Scalar>
THALWEG_INLINE void go_down(Scalar eta, std::size_t size, const Scalar* __restrict gradient,
                            Scalar* __restrict theta) {
    for (std::size_t j = 0; j < size; ++j) theta[j] -= eta * gradient[j];
}

}  // namespace

THALWEG_VECTORISED void adam_update(const AdamStep<float>& step, std::size_t size, const float* gradient,
                                    float* first_moment, float* second_moment, float* theta) {
    adam(step, size, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void adam_update(const AdamStep<double>& step, std::size_t size, const double* gradient,
                                    double* first_moment, double* second_moment, double* theta) {
    adam(step, size, gradient, first_moment, second_moment, theta);
}

THALWEG_VECTORISED void decay_weights(float shrink, std::size_t size, const float* decays, float* theta) {
    decay(shrink, size, decays, theta);
}

THALWEG_VECTORISED void decay_weights(double shrink, std::size_t size, const double* decays, double* theta) {
    decay(shrink, size, decays, theta);
}

THALWEG_VECTORISED void descend(float eta, std::size_t size, const float* gradient, float* theta) {
    go_down(eta, size, gradient, theta);
}

THALWEG_VECTORISED void descend(double eta, std::size_t size, const double* gradient, double* theta) {
    go_down(eta, size, gradient, theta);
}

}  // namespace thalweg
