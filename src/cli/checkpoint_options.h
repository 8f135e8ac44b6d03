#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "thalweg/checkpoint.hpp"

namespace thalweg::cli {

struct CheckpointArguments {
    std::filesystem::path file;
    std::string every = "60s";
    bool resume = false;
};

std::vector<Option> checkpoint_options(CheckpointArguments& arguments);

/// Throws Error{usage}.
CheckpointOptions parse_checkpoint(const CheckpointArguments& arguments);

}  // namespace thalweg::cli
