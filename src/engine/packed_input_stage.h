#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/bin_lines.h"
#include "thalweg/network.hpp"

namespace thalweg::engine {

struct PeriodicTrace;

}  // namespace thalweg::engine

namespace thalweg {

/// What stands before layer 1, laid out as a row's way there reads it. Once packed, nothing in it changes.
class PackedInputStage {
  public:
    /// The shape was checked. Throws std::bad_alloc.
    explicit PackedInputStage(const NetworkShape& shape);

    /// Lays out part `part` of `parts` of theta's: threads may share the work.
    void pack(std::span<const float> theta, std::size_t part, std::size_t parts);

    /// e, what layer 1 reads before its scale. inputs: N x n_0; embedded: N x fan_in(1).
    void embed(MatrixView<const float> inputs, const engine::PeriodicTrace& trace,
               MatrixView<float> embedded) const;

  private:
    NetworkShape shape_;
    std::vector<std::size_t> kept_;
    AlignedVector<float> parameters_;  ///< as in theta
    engine::BinLines lines_;
};

}  // namespace thalweg
