#pragma once

#include <string>

#include "insight/explanation.h"

namespace thalweg {

/// A page of its own: a drawing of the network, which tells w, a, h and gradients of what is pointed at, and
/// both passes step by step, formulas typeset. Of wide layers the drawing shows the neurons that matter most
/// for the loss. Below 1 MB whatever the network.
std::string explanation_page(const Explanation& explanation);

}  // namespace thalweg
