#pragma once

#include <string>
#include <string_view>

#include "thalweg/model.hpp"

namespace thalweg {

/// The newest number of the format that this version writes and reads. 2 has what stands before layer 1, 3 a
/// piecewise-linear embedding or one of categories there, 4 several networks, the losses gamma, tweedie and
/// mape, several levels of quantiles, and what was fitted to held-out rows, 5 members that share weights,
/// parametric activations, numbers scaled by their quantiles, one-hot inputs of other values than 0 and 1,
/// and targets with bounds, 6 numbers whose values recur, 7 the means of categories and times in training,
/// 8 label smoothing that is undone.
inline constexpr int kModelFormat = 8;

/// The oldest format that has what a model needs, so that older versions read what they can.
int format_of(const Model& model);

/// A model as the bytes of its file (docs: "The model file"). Throws Error{numeric} where a parameter is not
/// finite.
std::string model_bytes(const Model& model);

/// The model in the bytes of a file that messages call `source`. Nothing in them is trusted: every size is
/// checked before it is used, and every byte is covered by the checksum. Throws Error{model}.
Model model_from_bytes(std::string_view bytes, const std::string& source);

}  // namespace thalweg
