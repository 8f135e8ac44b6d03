#pragma once

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "thalweg/error.hpp"
#include "thalweg/train_options.hpp"

/// What the recipes of presets are written with.
namespace thalweg {

/// Leaves to the recipe what was not said.
template <class Field, class Value>
void leave(std::optional<Field>& field, const Value& value) {
    if (!field) field = value;
}

/// Throws Error{usage} where an option contradicts the preset.
inline void refuse_where(bool contradicts, const TrainOptions& options, std::string_view flag,
                         std::string_view reason) {
    if (contradicts)
        throw Error(ErrorKind::usage,
                    fmt::format("--preset {} and {} contradict each other: {}; leave one of them out",
                                name_of(options.preset), flag, reason));
}

}  // namespace thalweg
