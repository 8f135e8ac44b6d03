#pragma once

#include <cstddef>
#include <span>

#include "data/row_encoder.h"
#include "engine/packed_network.h"
#include "thalweg/cell.hpp"
#include "thalweg/preprocessor.hpp"

namespace thalweg {

/// A model made ready for prediction: its columns' encoders and its packed weights. Nothing in it changes
/// once it is made, so any number of threads may use it at once.
class RowPredictor {
  public:
    /// Throws Error{io} if memory cannot be had.
    RowPredictor(const Preprocessor& preprocessor, const Network<float>& network);

    const RowEncoder& encoder() const { return encoder_; }
    const PackedNetwork& network() const { return network_; }

    /// row: cells or numbers, one for each of encoder().columns(); values: prediction_size(coder). Allocates
    /// only in a thread's first call. Throws Error{data}.
    template <class Value>
    void predict(const TargetCoder& coder, std::span<const Value> row, std::span<double> values) const;

  private:
    RowEncoder encoder_;
    PackedNetwork network_;
};

extern template void RowPredictor::predict(const TargetCoder&, std::span<const Cell>,
                                           std::span<double>) const;
extern template void RowPredictor::predict(const TargetCoder&, std::span<const double>,
                                           std::span<double>) const;

}  // namespace thalweg
