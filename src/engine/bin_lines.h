#pragma once

#include "thalweg/input_stage.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::engine {

/// The line of each bin, a row for each, those of the first input first:
///     left_t = w b_{t-1} + c + v_1 + ... + v_{t-1}    gain_t = w (b_t - b_{t-1}) + v_t
/// so that z = left_t + e_t(x) gain_t in bin t. Holds the lines, or their gradients.
struct BinLines {
    Matrix<float> left;
    Matrix<float> gain;

    BinLines() = default;
    explicit BinLines(const PiecewiseEmbedding& embedding)
        : left(embedding.bins(), embedding.outputs), gain(embedding.bins(), embedding.outputs) {}
};

}  // namespace thalweg::engine
