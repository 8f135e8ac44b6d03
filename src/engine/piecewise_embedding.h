#pragma once

#include "engine/bin_lines.h"
#include "engine/sharing.h"
#include "thalweg/input_stage.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::engine {

// The piecewise-linear embedding (input_stage.hpp) in float32, and the way back. Of e(x) all bins below that
// of x are 1 and all above are 0, so inside a bin z is a line: its point at the left edge and what it gains
// across the bin are all that a row needs, whatever the number of bins. Functions work on the calling thread.

/// The lines of the embedded inputs `numbers` (positions in embedding.inputs).
void find_lines(const PiecewiseEmbedding& embedding, const InputStage<const float>& stage, Range numbers,
                BinLines& lines);

/// z: N x embedding.width(). inputs: N x n_0.
void embed_piecewise(const PiecewiseEmbedding& embedding, const BinLines& lines,
                     MatrixView<const float> inputs, MatrixView<float> z);

/// Adds dz/dx . grad_z to grad_x, N x n_0: the slope of the line that x lies on.
void piecewise_input_gradient(const PiecewiseEmbedding& embedding, const BinLines& lines,
                              MatrixView<const float> inputs, MatrixView<const float> grad_z,
                              MatrixView<float> grad_x);

/// The gradient of the parameters of the embedded inputs `numbers`, by way of that of their lines (memory
/// that the caller has), which is summed over the examples in their order. grad_z: N x embedding.width().
void piecewise_gradient(const PiecewiseEmbedding& embedding, MatrixView<const float> inputs,
                        MatrixView<const float> grad_z, Range numbers, BinLines& grad_lines,
                        const InputStage<float>& gradient);

}  // namespace thalweg::engine
