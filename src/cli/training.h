#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/progress.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {

/// What every command that trains is told: DATA and how to learn from it.
struct TrainingArguments {
    std::vector<std::string> data;
    TrainOptions train;
    ReadOptions read;
    std::filesystem::path config;
    bool quiet = false;
    bool json = false;
};

/// Its options, in the order of help.
std::vector<Option> training_options(TrainingArguments& arguments);
Option config_option(TrainingArguments& arguments);

/// The label of images is their target, and categories are read as text. Throws Error{usage} where there is
/// no target.
void complete(TrainingArguments& arguments);

/// The command that trains the same again: DATA, and every flag that is not at its default.
std::string command_line(const TrainingArguments& arguments);

/// The rows of --validation FILE, if that is what was said.
std::optional<Table> read_validation(const TrainingArguments& arguments, Console& console);

/// Hooks that draw the progress and listen to Ctrl-C; what is to be done with the plan is left open.
TrainHooks progress_hooks(Progress& progress);

}  // namespace thalweg::cli
