#pragma once

#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "thalweg/dataset.hpp"
#include "thalweg/network.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// `rows` standard normal rows of `inputs` numbers, no targets yet.
inline Dataset random_inputs(std::size_t rows, std::size_t inputs, std::uint32_t major = 0) {
    Dataset data;
    data.rows = rows;
    data.inputs = inputs;
    data.dense = Matrix<float>(rows, inputs);
    const Random random(11, RandomStream::sample, major);
    std::uint64_t draw = 0;
    for (float& x : data.dense.elements()) x = static_cast<float>(random.normal(draw++));
    return data;
}

/// y = sin(2 x_0) + x_1 x_2 / 2
inline Dataset curve(std::size_t rows, std::uint32_t major = 0) {
    Dataset data = random_inputs(rows, 3, major);
    data.values = Matrix<float>(rows, 1);
    for (std::size_t i = 0; i < rows; ++i) {
        const auto x = data.dense.row(i);
        data.values(i, 0) = std::sin(2.0f * x[0]) + 0.5f * x[1] * x[2];
    }
    return data;
}

/// Three classes: the largest of x_0, x_1 and 0.
inline Dataset sectors(std::size_t rows, std::uint32_t major = 0) {
    Dataset data = random_inputs(rows, 2, major);
    for (std::size_t i = 0; i < rows; ++i) {
        const auto x = data.dense.row(i);
        data.classes.push_back(x[0] > std::max(x[1], 0.0f) ? 0 : x[1] > 0.0f ? 1 : 2);
    }
    return data;
}

inline Network<float> network_of(std::vector<std::size_t> widths, Activation activation, Output output,
                                 std::uint64_t seed = 1) {
    Network<float> network({std::move(widths), activation, output});
    initialise(network, seed);
    return network;
}

/// In batches of 32 rows, on one thread.
inline FitOptions sgd_options(double learning_rate, std::size_t epochs) {
    FitOptions options;
    options.optimizer.kind = OptimizerKind::sgd;
    options.schedule.learning_rate = learning_rate;
    options.batch_size = 32;
    options.epochs = epochs;
    options.threads = 1;
    return options;
}

/// For `curve`: one hidden layer.
inline Network<float> shallow_network() {
    return network_of({3, 16, 1}, Activation::tanh, Output::linear);
}

/// The mean loss by the plain pass: the oracle of what `fit` says it reached.
inline double plain_loss(const Network<float>& network, const Dataset& data, const LossFunction& loss) {
    std::vector<std::uint32_t> all(data.rows);
    std::iota(all.begin(), all.end(), 0u);
    Matrix<float> inputs(data.rows, data.inputs);
    data.gather_inputs(all, inputs.view());
    Targets<float> targets{data.values.view(), data.classes, data.weights};
    return mean_loss<float>(network.shape().output, loss,
                            forward_propagation<float>(network, inputs.view()).logits().view(), targets);
}

}  // namespace thalweg
