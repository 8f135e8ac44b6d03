#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "thalweg/model.hpp"

namespace thalweg {

// The parts of a model as JSON: what the model file stores and `inspect --json` shows. Doubles are written in
// the shortest form that reads back as the same double.

nlohmann::json to_json(const NetworkShape& shape);
nlohmann::json to_json(const LossFunction& loss);
nlohmann::json to_json(const ColumnPlan& column);
nlohmann::json to_json(const TargetPlan& target);
nlohmann::json to_json(const Preprocessor& preprocessor);
nlohmann::json to_json(const TargetCoder& coder);
nlohmann::json to_json(const Calibration& calibration);
/// Of each how often it counts, how it was trained, and its shape where that is not the first one's; its
/// parameters stand elsewhere.
nlohmann::json to_json(const std::vector<ModelNetwork>& networks);

// And back. Throw Error{model} ("what: ...") where a member is missing, of another type or out of range.

NetworkShape network_shape_from(const std::string& text, const std::string& what);
LossFunction loss_from(const std::string& text, const std::string& what);
Preprocessor preprocessor_from(const std::string& text, const std::string& what);
/// The shape of each network of such a list; `usual` where it says none.
std::vector<NetworkShape> network_shapes_from(const std::string& text, const NetworkShape& usual,
                                              const std::string& what);
std::vector<ModelNetwork> networks_from(const std::string& text, const std::string& what);
TargetCoder target_coder_from(const std::string& text, const std::string& what);
/// maps: how many the task needs.
Calibration calibration_from(const std::string& text, std::size_t targets, std::size_t maps,
                             const std::string& what);
std::map<std::string, std::string> texts_from(const std::string& text, const std::string& what);

}  // namespace thalweg
