#pragma once

#include "engine/sharing.h"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"

namespace thalweg::engine {

// The periodic embedding (network.hpp) in float32: what layer 1 reads beside x, and the way back. All
// functions work on the calling thread, and an element's bits depend on its row alone.

/// What the way back needs of the way there, a row for each example.
struct EmbeddingTrace {
    MatrixView<float> cosines;  ///< of the angles 2 pi f_j x_j + p_j, for all j side by side
    MatrixView<float> sines;
};

/// Writes [x; z], as wide as fan_in(1). inputs: N x n_0.
void embed(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
           MatrixView<const float> inputs, const EmbeddingTrace& trace, MatrixView<float> embedded);

/// grad_angles = -sin . V^T grad_z, for every example. grad_z: N x embedding.width().
void embedding_backward(const PeriodicEmbedding& embedding, const InputStage<const float>& stage,
                        MatrixView<const float> grad_z, MatrixView<const float> sines,
                        MatrixView<float> grad_angles);

/// The gradient of the parameters of the embedded inputs `numbers` (positions in embedding.inputs), summed
/// over the examples in their order.
void embedding_gradient(const PeriodicEmbedding& embedding, MatrixView<const float> inputs,
                        MatrixView<const float> cosines, MatrixView<const float> grad_z,
                        MatrixView<const float> grad_angles, Range numbers,
                        const InputStage<float>& gradient);

}  // namespace thalweg::engine
