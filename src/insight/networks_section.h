#pragma once

#include <string>
#include <vector>

#include "insight/layers_section.h"

namespace thalweg {

/// The layers of all networks of a model: of one what layers_html has; of several how their layers fare
/// together, the median and the network that is furthest off, and each for itself, folded up but the first,
/// as many as the page has room for. networks: in the order of the model, all of one shape.
std::string networks_html(const std::vector<DrawnNetwork>& networks, const PlainExamples& examples,
                          const LossFunction& loss, Charts& charts);

}  // namespace thalweg
