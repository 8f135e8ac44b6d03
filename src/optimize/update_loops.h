#pragma once

#include <cstddef>

namespace thalweg {

// The loops over theta and its gradient that nearly every step takes, in the widest vectors that the machine
// has. They are elementwise, or add up in a fixed number of lanes, and have no fused multiply-adds, so the
// vectors do not change a bit.

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

/// theta_j *= 1 - shrink decays_j, then Adam's update of it.
void adamw_update(const AdamStep<float>& step, float shrink, std::size_t size, const float* decays,
                  const float* gradient, float* first_moment, float* second_moment, float* theta);
void adamw_update(const AdamStep<double>& step, double shrink, std::size_t size, const double* decays,
                  const double* gradient, double* first_moment, double* second_moment, double* theta);

/// theta_j -= eta gradient_j
void descend(float eta, std::size_t size, const float* gradient, float* theta);
void descend(double eta, std::size_t size, const double* gradient, double* theta);

/// Sums that run side by side: one alone would wait for each addition.
constexpr std::size_t kSquareLanes = 16;

/// sums[j mod kSquareLanes] += vector_j^2 for j below `size`, a multiple of kSquareLanes.
void add_squares(std::size_t size, const float* vector, double* sums);

}  // namespace thalweg
