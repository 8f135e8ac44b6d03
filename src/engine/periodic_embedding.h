#pragma once

#include "engine/sharing.h"
#include "thalweg/input_stage.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::engine {

// The periodic embedding (input_stage.hpp) in float32, and the way back. All functions work on the calling
// thread, and an element's bits depend on its row alone.

/// What the way back needs of the way there, a row for each example.
struct PeriodicTrace {
    MatrixView<float> cosines;  ///< of the angles 2 pi f_j x_j + p_j, for all j side by side
    MatrixView<float> sines;
};

/// z: N x embedding.width(). inputs: N x n_0.
void embed_periodic(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                    MatrixView<const float> inputs, const PeriodicTrace& trace, MatrixView<float> z);

/// grad_angles = -sin . V^T grad_z, for every example. grad_z: N x embedding.width().
void periodic_backward(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                       MatrixView<const float> grad_z, MatrixView<const float> sines,
                       MatrixView<float> grad_angles);

/// cos and sin of the angles alone.
void find_angles(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                 MatrixView<const float> inputs, const PeriodicTrace& trace);

/// Adds what comes by way of the angles to grad_x, N x n_0: 2 pi f . grad_angles.
void periodic_input_gradient(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                             MatrixView<const float> grad_angles, MatrixView<float> grad_x);

/// The gradient of the parameters of the embedded inputs `numbers` (positions in embedding.inputs), summed
/// over the examples in their order.
void periodic_gradient(const PeriodicEmbedding& embedding, MatrixView<const float> inputs,
                       MatrixView<const float> cosines, MatrixView<const float> grad_z,
                       MatrixView<const float> grad_angles, Range numbers, const InputStage<float>& gradient);

}  // namespace thalweg::engine
