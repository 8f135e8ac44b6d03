#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "data/row_encoder.h"
#include "engine/packed_network.h"
#include "model/predicted_values.h"
#include "thalweg/cell.hpp"
#include "thalweg/model.hpp"

namespace thalweg {

/// A model made ready for prediction: its columns' encoders and its networks' packed weights. Nothing in it
/// changes once it is made, so any number of threads may use it at once.
class RowPredictor {
  public:
    /// Throws Error{io} if memory cannot be had.
    RowPredictor(const Preprocessor& preprocessor, std::span<const ModelNetwork> networks);

    const RowEncoder& encoder() const { return encoder_; }

    /// row: cells or numbers, one for each of encoder().columns(); values: prediction_size(coder). Allocates
    /// only in a thread's first call. Throws Error{data}.
    template <class Value>
    void predict(const TargetCoder& coder, std::span<const Value> row, std::span<double> values) const;
    /// All rows of a dataset. threads: 0 for as many as there are cores. Throws Error{io} if memory cannot be
    /// had.
    PredictedValues predict(const TargetCoder& coder, const Dataset& dataset, int threads) const;

  private:
    struct Packed {
        PackedNetwork network;
        double weight;
    };

    RowEncoder encoder_;
    std::vector<Packed> networks_;
    double total_weight_ = 0.0;
};

extern template void RowPredictor::predict(const TargetCoder&, std::span<const Cell>,
                                           std::span<double>) const;
extern template void RowPredictor::predict(const TargetCoder&, std::span<const double>,
                                           std::span<double>) const;

}  // namespace thalweg
