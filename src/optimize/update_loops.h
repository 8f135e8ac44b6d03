#pragma once

#include <cstddef>

namespace thalweg {

// The loops of the rules that nearly every training takes, in the widest vectors that the machine has. All
// are elementwise and without fused multiply-adds, so the vectors do not change a bit.

/// What Adam's step t multiplies by (adam.h).
template <class Scalar>
struct AdamStep {
    Scalar eta;              ///< the learning rate over 1 - beta1^t
    Scalar root_correction;  ///< 1 / sqrt(1 - beta2^t)
    Scalar beta2;
    Scalar new_share1;  ///< 1 - beta1
    Scalar new_share2;  ///< 1 - beta2
    Scalar epsilon;
};

void adam_update(const AdamStep<float>& step, std::size_t size, const float* gradient, float* first_moment,
                 float* second_moment, float* theta);
void adam_update(const AdamStep<double>& step, std::size_t size, const double* gradient, double* first_moment,
                 double* second_moment, double* theta);

/// theta_j *= 1 - shrink decays_j
void decay_weights(float shrink, std::size_t size, const float* decays, float* theta);
void decay_weights(double shrink, std::size_t size, const double* decays, double* theta);

/// theta_j -= eta gradient_j
void descend(float eta, std::size_t size, const float* gradient, float* theta);
void descend(double eta, std::size_t size, const double* gradient, double* theta);

}  // namespace thalweg
