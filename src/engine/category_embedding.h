#pragma once

#include "engine/sharing.h"
#include "thalweg/input_stage.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::engine {

// The embedding of categories (input_stage.hpp) in float32: a row copies the vectors of its codes, and no
// one-hot input is ever made or multiplied. Functions work on the calling thread.

/// z: N x embedding.width(). vectors: a row for each code, those of the first input first; inputs: N x n_0.
void embed_categories(const CategoryEmbedding& embedding, MatrixView<const float> vectors,
                      MatrixView<const float> inputs, MatrixView<float> z);

/// The gradient of the vectors of the embedded inputs `categories` (positions in embedding.inputs), summed
/// over the examples in their order. grad_z: N x embedding.width().
void category_gradient(const CategoryEmbedding& embedding, MatrixView<const float> inputs,
                       MatrixView<const float> grad_z, Range categories, MatrixView<float> gradient);

}  // namespace thalweg::engine
