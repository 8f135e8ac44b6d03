#pragma once

#include <string>
#include <vector>

#include "thalweg/train.hpp"

namespace thalweg {

/// `rates` with those that the items "bias=0.1", "scale=6" of --rates name set anew. Throws Error{usage}: a
/// name that is none (offers the nearest), a factor that is none.
RateFactors with_rates(RateFactors rates, const std::vector<std::string>& items);

}  // namespace thalweg
