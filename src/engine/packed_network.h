#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/team.h"
#include "engine/packed_input_stage.h"
#include "engine/product.h"
#include "thalweg/matrix.hpp"
#include "thalweg/network.hpp"
#include "thalweg/precision.hpp"

namespace thalweg {

/// Layers whose weights are laid out as the product reads them. Once packed, any number of threads may
/// predict with it at once: nothing in it changes, and each thread has scratch memory of its own.
class PackedNetwork {
  public:
    /// Throws std::bad_alloc, Error{usage} (widths that cannot be).
    explicit PackedNetwork(const NetworkShape& shape, Precision precision = Precision::float32);
    explicit PackedNetwork(const Network<float>& network);

    /// Lays out part `part` of `parts` of every layer of theta: threads may share the work.
    void pack(std::span<const float> theta, std::size_t part = 0, std::size_t parts = 1);

    const NetworkShape& shape() const { return shape_; }
    /// The shape's offset(i), 1 <= i <= L + 1, without counting the layers below anew.
    std::size_t offset(std::size_t i) const { return offsets_[i - 1]; }
    /// a_i = b_i + W_i h_{i-1}, i = 1 .. L, without the rows. Layer 1's weights are multiplied by the scale
    /// of their inputs: W_1 (s . e) = (W_1 diag s) e, and so no row is ever scaled. Of an ensemble's output
    /// layer, that of `member`; where outputs are adapted, u_i = W_i z_i.
    Product layer(std::size_t i, std::size_t member = 0) const;
    const PackedInputStage& input_stage() const { return input_stage_; }
    /// W_1 diag(s), n_1 x fan_in(1); W_1 where there is no scale. theta: the one packed last.
    const float* first_weights(std::span<const float> theta) const;

    /// logits (N x n_L): the last pre-activation of inputs (N x n_0), on the calling thread; of an ensemble,
    /// the logits of its members' mean y_hat. A row's bits do not depend on the rows beside it. Allocates
    /// only in a thread's first call, and where a later one needs more scratch memory.
    void logits(MatrixView<const float> inputs, MatrixView<float> logits) const;
    /// The same by those threads of the team that are worth their while.
    void share_logits(Team& team, MatrixView<const float> inputs, MatrixView<float> logits) const;

  private:
    /// b_i, r_i and s_i, a row for each member that has its own; and the bends.
    struct MemberVectors {
        MatrixView<const float> bias, input_adapter, output_adapter;
        std::span<const float> bend;
    };

    MemberVectors member_vectors(std::size_t i) const;
    void scale_first_weights(std::span<const float> theta, std::size_t first_neuron, std::size_t last_neuron);
    std::size_t embedding_floats() const;
    std::size_t layer_floats() const;
    std::size_t rows_at_once(std::size_t rows) const;
    /// In floats.
    std::size_t scratch_size(std::size_t rows) const;
    MatrixView<const float> embed(MatrixView<const float> inputs, std::span<float> scratch) const;
    void run_tiles(MatrixView<const float> inputs, MatrixView<float> logits, std::span<float> scratch) const;
    void run_tile(MatrixView<const float> inputs, MatrixView<float> logits, std::span<float> scratch) const;
    void finish_layer(std::size_t i, MatrixView<float> layer) const;

    NetworkShape shape_;
    Precision precision_;
    PackedInputStage input_stage_;
    std::vector<std::size_t> offsets_;           ///< [i-1]: of layer i
    std::vector<std::size_t> fan_ins_;           ///< [i-1]: of layer i
    std::size_t scratch_of_row_ = 0;             ///< in floats
    std::size_t most_rows_ = 0;                  ///< that are taken through the layers at once
    std::vector<AlignedVector<float>> weights_;  ///< [i-1]: W_i^T, of each member where it has its own
    std::vector<AlignedVector<float>> vectors_;  ///< [i-1]: b_i, r_i, s_i and bends, as in theta
    AlignedVector<float> first_weights_;         ///< W_1 diag(s), where there is a scale
};

/// Multiply-adds of an example on its way to the logits, those of all members.
double multiply_adds(const NetworkShape& shape);

/// Rows of a batch that go through all layers before the next ones do: as many as fit into the second level
/// of the cache with what is kept of each, in floats; up to `most` where the weights would not stay there
/// anyway.
std::size_t rows_of_tile(const NetworkShape& shape, std::size_t floats_per_row, std::size_t most);

}  // namespace thalweg
