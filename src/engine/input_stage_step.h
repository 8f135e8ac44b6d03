#pragma once

#include <cstddef>
#include <span>

#include "engine/packed_network.h"
#include "engine/piecewise_embedding.h"
#include "engine/sharing.h"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/precision.hpp"

namespace thalweg {

/// What stands before layer 1 in a step of training: a batch's way there, and from grad_{a_1} the way back.
class InputStageStep {
  public:
    explicit InputStageStep(const NetworkShape& shape) : shape_(shape) {}

    /// For batches of up to `rows` rows of inputs. Throws std::bad_alloc.
    void make_room(std::size_t rows);

    /// Floats that a row of the batch takes here.
    static std::size_t floats_per_row(const NetworkShape& shape);

    /// What layer 1 reads of some rows. They are remembered for the way back.
    void forward(const PackedNetwork& packed, MatrixView<const float> inputs, Range rows);
    /// The same for all rows of the last batch; the inputs themselves where nothing is embedded.
    MatrixView<const float> read_by_layer_1(MatrixView<const float> inputs) const;
    /// grad_z of some rows: all that is embedded, side by side.
    MatrixView<float> grad_z(Range rows) { return grad_z_.view().row_range(rows.first, rows.size()); }
    /// It is (W_1 diag s)^T grad_{a_1}, of its columns for z alone.
    void find_grad_z(const PackedNetwork& packed, std::span<const float> theta, Precision precision,
                     MatrixView<const float> grad_first, Range rows);
    /// From grad_z of some rows on to the angles.
    void backward(std::span<const float> theta, Range rows);
    /// The gradient of the embeddings' parameters, summed over the batch; part `part` of `parts`.
    void gradient(MatrixView<const float> inputs, std::size_t part, std::size_t parts,
                  std::span<float> gradient);
    /// What stands for grad_{W_1} so far is that of W_1 diag(s): grad_s sums it times W_1 over the neurons,
    /// and s makes it grad_{W_1}; for part `part` of `parts` of layer 1's inputs.
    void scale_gradient(std::span<const float> theta, std::size_t part, std::size_t parts,
                        std::span<float> gradient) const;

  private:
    NetworkShape shape_;
    Matrix<float> embedded_;              ///< what layer 1 reads, where something is embedded
    Matrix<float> cosines_, sines_;       ///< of the periodic embedding's angles
    Matrix<float> grad_z_, grad_angles_;  ///< of all embeddings; of the angles
    engine::BinLines grad_lines_;         ///< of the piecewise embedding
};

}  // namespace thalweg
