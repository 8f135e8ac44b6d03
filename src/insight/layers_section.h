#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
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
};

/// Multiplications that a section may make of all its networks together: a second or so.
inline constexpr double kMostWorkOfLayers = 1e9;
/// Points of all curves of a chart, of all networks together.
inline constexpr std::size_t kPointsOfLayers = 6000;

/// Gradient norms of all layers ([i-1] is layer i) after epochs, or where those are few after steps.
struct NormsOverTime {
    bool by_epoch = true;
    std::vector<std::pair<std::size_t, std::span<const double>>> norms;
};
NormsOverTime norms_over_time(const DrawnNetwork& drawn);

/// Of `layers` layers those that have a curve: of a deep network some at even distances, the first and the
/// last among them.
std::vector<std::size_t> layers_with_a_curve(std::size_t layers);
/// "layer 2", "layer 3, the output"
std::string layer_name(std::size_t layer, std::size_t layers);
/// The first of these rows: as many as `work` multiplications (forward and back) can look at, a few at least.
PlainExamples affordable_rows(const PlainExamples& examples, const NetworkShape& shape, double work);

/// The gradient norm of every layer over time, the shares of dead and saturated neurons, weights and
/// activations at the start and the end. examples: labelled rows, as many as one may look at; among: networks
/// that share the page's points and the time to look; `of`: what titles say of the network, ", network 2".
std::string layers_html(const DrawnNetwork& drawn, const PlainExamples& examples, const LossFunction& loss,
                        std::size_t among, const std::string& of, Charts& charts);

}  // namespace thalweg
