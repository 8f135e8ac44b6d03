#pragma once

#include <string>
#include <vector>

#include "insight/examples.h"
#include "insight/report_charts.h"
#include "insight/training_history.h"
#include "thalweg/model.hpp"

namespace thalweg {

/// A network as its layers are drawn.
struct DrawnNetwork {
    const Network<float>& network;  ///< as it is in the model
    const NetworkTraining& training;
    const std::vector<KeptStep>& steps;
    const std::vector<Snapshot>& snapshots;  ///< may be empty
    const PlainExamples& examples;           ///< labelled rows, as many as one may look at
    const LossFunction& loss;
};

/// The gradient norm of every layer over time, the shares of dead and saturated neurons, weights and
/// activations at the start and the end.
std::string layers_html(const DrawnNetwork& drawn, Charts& charts);

}  // namespace thalweg
