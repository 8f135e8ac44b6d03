#pragma once

#include <cstddef>
#include <vector>

#include "insight/examples.h"
#include "thalweg/network.hpp"

namespace thalweg {

/// How a layer fares on some rows.
struct LayerHealth {
    std::size_t layer = 1;
    double gradient = 0.0;   ///< root mean square of grad_{a_i} over rows and neurons
    double dead = 0.0;       ///< share of neurons whose slope is all but 0 for every row, of activations that
                             ///< then give all but 0: relu, silu, gelu, mish, softplus
    double saturated = 0.0;  ///< the same of those that then stand at an end: logistic, tanh, elu, selu
};

/// True where neurons of this activation can be dead, or saturated.
bool can_die(Activation activation);
bool can_saturate(Activation activation);

/// By the fast pass. `rows`: one for each example, of an ensemble too, whose members count as neurons of
/// their own.
std::vector<LayerHealth> layer_health(const Network<float>& network, const PlainExamples& rows,
                                      const LossFunction& loss);
/// The same with the trace at hand.
std::vector<LayerHealth> layer_health(const Network<float>& network, const Trace<float>& trace,
                                      const PlainExamples& rows, const LossFunction& loss);
/// Without the way back: no gradients.
std::vector<LayerHealth> flat_neurons(const Network<float>& network, const Trace<float>& trace);

}  // namespace thalweg
