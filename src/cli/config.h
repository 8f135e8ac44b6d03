#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/option.h"

namespace thalweg::cli {

/// The option that names the file of the others.
inline constexpr std::string_view kConfigOption = "config";

/// Sets options from a TOML file whose keys are the names of the flags; a dash may be written as an
/// underscore. Throws Error{usage} with file and line: no TOML, an unknown key (the nearest is offered), a
/// value of the wrong type or out of range; Error{io} if the file cannot be read.
void read_config(const std::string& path, const std::vector<Option>& options);

}  // namespace thalweg::cli
