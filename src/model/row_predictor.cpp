#include "model/row_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/memory.h"
#include "model/forward.h"

namespace thalweg {
namespace {

PackedNetwork pack(const Network<float>& network) {
    const double bytes = sizeof(float) * static_cast<double>(network.shape().parameters());
    return with_memory("the network", bytes, [&] { return PackedNetwork(network); });
}

/// Memory for a row: what stands in it is anything.
template <class Element>
class RowMemory {
  public:
    std::span<Element> of_size(std::size_t size) {
        if (elements_.size() < size) elements_.resize(size);
        return {elements_.data(), size};
    }

  private:
    AlignedVector<Element> elements_;
};

/// The calling thread's, for a row's inputs and logits, and for what one of several networks predicts.
thread_local RowMemory<float> inputs_and_logits;
thread_local RowMemory<double> of_one_network;

}  // namespace

RowPredictor::RowPredictor(const Preprocessor& preprocessor, std::span<const ModelNetwork> networks)
    : encoder_(preprocessor) {
    for (const ModelNetwork& trained : networks) {
        networks_.push_back({pack(trained.network), static_cast<double>(trained.weight)});
        total_weight_ += networks_.back().weight;
    }
}

template <class Value>
void RowPredictor::predict(const TargetCoder& coder, std::span<const Value> row,
                           std::span<double> values) const {
    const NetworkShape& shape = networks_.front().network.shape();
    if (values.size() != prediction_size(coder))
        throw Error(ErrorKind::data,
                    fmt::format("room for {} values was given, but a prediction of this model has {}",
                                values.size(), prediction_size(coder)));
    const std::span<float> memory = inputs_and_logits.of_size(shape.inputs() + shape.outputs());
    const std::span<double> scratch = of_one_network.of_size(values.size());
    const std::span<float> inputs = memory.first(shape.inputs());
    const std::span<float> logits = memory.last(shape.outputs());
    encoder_.encode(row, inputs);
    std::ranges::fill(values, 0.0);
    for (const Packed& packed : networks_) {
        packed.network.logits({inputs.data(), 1, inputs.size()}, {logits.data(), 1, logits.size()});
        add_prediction(coder, shape.output, logits, packed.weight, scratch, values);
    }
    for (double& value : values) value /= total_weight_;
}

PredictedValues RowPredictor::predict(const TargetCoder& coder, const Dataset& dataset, int threads) const {
    MeanPrediction mean(coder, networks_.front().network.shape().output, dataset.rows);
    for (const Packed& packed : networks_)
        mean.add(dataset_logits(packed.network, dataset, threads), packed.weight);
    return mean.mean();
}

template void RowPredictor::predict(const TargetCoder&, std::span<const Cell>, std::span<double>) const;
template void RowPredictor::predict(const TargetCoder&, std::span<const double>, std::span<double>) const;

}  // namespace thalweg
