#include "model/row_predictor.h"

#include <fmt/format.h>

#include "core/memory.h"
#include "model/predicted_values.h"

namespace thalweg {
namespace {

PackedNetwork packed(const Network<float>& network) {
    const double bytes = sizeof(float) * static_cast<double>(network.shape().parameters());
    return with_memory("the network", bytes, [&] { return PackedNetwork(network); });
}

/// The calling thread's memory for one row's inputs and logits; what stands in it is anything.
std::span<float> row_of_thread(std::size_t size) {
    thread_local AlignedVector<float> row;
    if (row.size() < size) row.resize(size);
    return {row.data(), size};
}

}  // namespace

RowPredictor::RowPredictor(const Preprocessor& preprocessor, const Network<float>& network)
    : encoder_(preprocessor), network_(packed(network)) {}

template <class Value>
void RowPredictor::predict(const TargetCoder& coder, std::span<const Value> row,
                           std::span<double> values) const {
    const NetworkShape& shape = network_.shape();
    if (values.size() != prediction_size(coder))
        throw Error(ErrorKind::data,
                    fmt::format("room for {} values was given, but a prediction of this model has {}",
                                values.size(), prediction_size(coder)));
    const std::span<float> memory = row_of_thread(shape.inputs() + shape.outputs());
    const std::span<float> inputs = memory.first(shape.inputs());
    const std::span<float> logits = memory.last(shape.outputs());
    encoder_.encode(row, inputs);
    network_.logits({inputs.data(), 1, inputs.size()}, {logits.data(), 1, logits.size()});
    predict_values(coder, shape.output, logits, values);
}

template void RowPredictor::predict(const TargetCoder&, std::span<const Cell>, std::span<double>) const;
template void RowPredictor::predict(const TargetCoder&, std::span<const double>, std::span<double>) const;

}  // namespace thalweg
