#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/elementary.h"
#include "core/floating_point.h"
#include "core/random.h"
#include "engine/engine.h"
#include "thalweg/train.hpp"
#include "train/batch.h"
#include "train/check.h"
#include "train/gradient.h"

namespace thalweg {
namespace {

/// Enough to know a deviation to one percent.
constexpr std::size_t kMostRows = 10'000;
/// Rows whose average a bias places its neuron at.
constexpr std::size_t kRowsOfBias = 5;

/// All rows, or as many as are looked at of many.
std::vector<std::uint32_t> start_rows(const Examples& examples, std::uint64_t seed) {
    std::vector<std::uint32_t> chosen(examples.size());
    examples.copy_rows(0, chosen);
    if (chosen.size() <= kMostRows) return chosen;
    shuffle(chosen, Random(seed, RandomStream::start_rows));
    chosen.resize(kMostRows);
    std::ranges::sort(chosen);
    return chosen;
}

/// What stands below layer `layer` and the layer itself, as a network whose logits are a_i: its parameters
/// are the first ones of the whole network.
Network<float> up_to_layer(const Network<float>& network, std::size_t layer) {
    NetworkShape shape = network.shape();
    shape.widths.resize(layer + 1);
    shape.output = Output::linear;
    Network<float> lower(std::move(shape));
    std::ranges::copy(network.theta().first(lower.theta().size()), lower.theta().begin());
    return lower;
}

/// a_i of the given rows.
Matrix<float> pre_activations(const Network<float>& lower, const Dataset& data,
                              std::span<const std::uint32_t> rows, int threads) {
    const std::size_t chunk = std::min(rows.size(), chunk_rows(data, lower.shape()));
    Engine engine(lower.shape(), {}, chunk, threads);
    Batch batch(data, chunk);
    Matrix<float> result(rows.size(), lower.shape().outputs());
    engine.load(lower.theta());
    for (std::size_t first = 0; first < rows.size(); first += chunk) {
        const std::size_t count = std::min(chunk, rows.size() - first);
        batch.fill(rows.subspan(first, count));
        engine.logits(batch.inputs(), result.view().row_range(first, count));
    }
    return result;
}

/// The population standard deviation of column `p`; in two passes, so that a large mean costs no digits.
double deviation(const Matrix<float>& values, std::size_t p) {
    const auto count = static_cast<double>(values.rows());
    double sum = 0.0;
    for (std::size_t n = 0; n < values.rows(); ++n) sum += values(n, p);
    const double mean = sum / count;
    double squares = 0.0;
    for (std::size_t n = 0; n < values.rows(); ++n) {
        const double difference = values(n, p) - mean;
        squares += difference * difference;
    }
    return std::sqrt(squares / count);
}

/// A random average of column `p` over a few random rows. `first_draw`: the first of 2 kRowsOfBias.
double random_average(const Matrix<float>& values, std::size_t p, const Random& random,
                      std::uint64_t first_draw) {
    double sum = 0.0, weights = 0.0;
    for (std::size_t e = 0; e < kRowsOfBias; ++e) {
        const std::uint64_t row = random.below(first_draw + 2 * e, values.rows());
        const double weight = -elementary::log(1.0 - random.uniform(first_draw + 2 * e + 1));
        sum += weight * values(row, p);
        weights += weight;
    }
    return weights > 0.0 ? sum / weights : 0.0;
}

Random layer_draws(std::uint64_t seed, std::size_t layer) {
    return Random(seed, RandomStream::initialise, static_cast<std::uint32_t>(layer));
}

void start_layer(Network<float>& network, std::size_t layer, const Dataset& data,
                 std::span<const std::uint32_t> rows, const Random& random, int threads) {
    const MatrixView<float> weights = network.weights(layer);
    const std::size_t size = weights.rows * weights.cols;
    // Drawn for the size that they will have, so that no sum comes near the limits of a float on the way.
    const double scale = 1.0 / std::sqrt(static_cast<double>(weights.cols));
    for (std::size_t j = 0; j < size; ++j) weights.data[j] = static_cast<float>(scale * random.normal(j));
    const std::span<float> bias = network.bias(layer);
    std::ranges::fill(bias, 0.0f);

    const Matrix<float> a = pre_activations(up_to_layer(network, layer), data, rows, threads);
    for (std::size_t p = 0; p < weights.rows; ++p) {
        const double spread = deviation(a, p);
        // A neuron that is the same for all rows (a constant input alone, say) stays as it was drawn.
        const double factor = spread > 0.0 ? 1.0 / spread : 1.0;
        for (float& weight : weights.row(p)) weight = static_cast<float>(factor * weight);
        bias[p] = static_cast<float>(-factor * random_average(a, p, random, size + p * 2 * kRowsOfBias));
    }
}

/// A logit z of two classes is the difference z_2 - z_1 of two, whose neurons are drawn like all others.
void start_as_difference(Network<float>& network, const Dataset& data, std::span<const std::uint32_t> rows,
                         std::uint64_t seed, int threads) {
    const std::size_t layer = network.layers();
    const std::span<float> of_layer = network.theta().subspan(network.shape().offset(layer));
    const Random of_no_other_layer = layer_draws(seed, layer + 1);
    start_layer(network, layer, data, rows, of_no_other_layer, threads);
    const std::vector<float> less(of_layer.begin(), of_layer.end());
    start_layer(network, layer, data, rows, layer_draws(seed, layer), threads);
    for (std::size_t j = 0; j < of_layer.size(); ++j) of_layer[j] -= less[j];
}

}  // namespace

void initialise_from_data(Network<float>& network, const Examples& data, std::uint64_t seed,
                          double frequency_scale, int threads) {
    const NetworkShape& shape = network.shape();
    if (shape.is_ensemble())
        throw Error(ErrorKind::usage,
                    "an ensemble that shares its weights starts as its recipe says: call initialise");
    check_inputs(data.dataset(), shape, "training");
    const FlushSubnormals mode;
    initialise(network, seed, frequency_scale);
    const std::vector<std::uint32_t> rows = start_rows(data, seed);
    for (std::size_t i = 1; i <= network.layers(); ++i)
        if (i == network.layers() && shape.output == Output::logistic)
            start_as_difference(network, data.dataset(), rows, seed, threads);
        else
            start_layer(network, i, data.dataset(), rows, layer_draws(seed, i), threads);
}

}  // namespace thalweg
