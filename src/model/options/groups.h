#pragma once

#include <string_view>

#include "model/option.h"

namespace thalweg {

/// Headings of the options, in the order in which they are shown.
namespace option_group {
inline constexpr std::string_view kTask = "What to learn";
inline constexpr std::string_view kNetwork = "The network";
inline constexpr std::string_view kLearning = "Learning";
inline constexpr std::string_view kOverfitting = "Against overfitting";
inline constexpr std::string_view kNetworks = "Several networks";
inline constexpr std::string_view kRunning = "Running";
inline constexpr std::string_view kReading = "Reading the data";
inline constexpr std::string_view kOutput = "Output";
}  // namespace option_group

}  // namespace thalweg
