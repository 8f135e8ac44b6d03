#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "insight/examples.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// How a layer fares on some rows.
struct LayerHealth {
    std::size_t layer = 1;
    double gradient = 0.0;   ///< root mean square of grad_{a_i} over rows and neurons
    double dead = 0.0;       ///< share of neurons that give 0 for every row (relu); 0 in the output layer
    double saturated = 0.0;  ///< share of neurons whose g' is all but 0 for every row (logistic, tanh)
};

/// By the plain pass. Rows of one network, which is no ensemble of members.
std::vector<LayerHealth> layer_health(const Network<double>& network, const PlainExamples& examples,
                                      const LossFunction& loss);

/// What a person should know of how training went, each a sentence with what to do: gradients that vanish or
/// explode and in which layer, neurons that are dead or saturated, a loss that does not fall, that rises, or
/// falls on the training rows alone. Nothing where training is well. `examples`: some rows of its data.
std::vector<std::string> diagnose(const std::vector<EpochReport>& history, const Network<double>& network,
                                  const PlainExamples& examples, const LossFunction& loss);

/// The same of a training's first network.
std::vector<std::string> diagnose(const Training& training, const Table& rows);

/// Some rows of a table at even distances, copied: what is left of it to look at once it is encoded.
Table sample_rows(const Table& table, std::size_t rows);

}  // namespace thalweg
