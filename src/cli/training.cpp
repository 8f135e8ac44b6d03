#include "cli/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "cli/config.h"
#include "cli/data_options.h"
#include "cli/signals.h"
#include "model/option_table.h"

namespace thalweg::cli {

std::vector<Option> training_options(TrainingArguments& arguments) {
    std::vector<Option> options = bind_options(arguments.train);
    append(options, bind_options(arguments.read));
    return options;
}

Option config_option(TrainingArguments& arguments) {
    return bind_option({.name = kConfigOption,
                        .value = "FILE",
                        .group = option_group::kOutput,
                        .help = "Take flags from a TOML file. The command line wins."},
                       arguments.config);
}

void complete(TrainingArguments& arguments) {
    if (arguments.train.target.empty() && arguments.read.labels) arguments.train.target = {"label"};
    if (arguments.train.target.empty())
        throw Error(ErrorKind::usage,
                    "--target is missing: name the column to predict, as in --target price");
    arguments.read.text_columns = arguments.train.categorical;
}

namespace {

/// As a shell reads it.
std::string quoted(const std::string& word) {
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("_-+./,:=@%").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace

std::string command_line(const TrainingArguments& arguments) {
    TrainingArguments given = arguments, defaults;
    const std::vector<Option> options = training_options(given), initial = training_options(defaults);
    std::string text = "thalweg train";
    for (const std::string& file : arguments.data) text += " " + quoted(file);
    for (std::size_t i = 0; i < options.size(); ++i) {
        const OptionDescription& about = options[i].about;
        const bool is_seed = about.name == "seed";  // said even where it is the default: it is what repeats
        if (about.name == "threads" || (options[i].initial == initial[i].initial && !is_seed)) continue;
        text += " " + options[i].flag();
        if (!options[i].is_switch()) text += " " + quoted(options[i].initial);
    }
    return text;
}

std::optional<Table> read_validation(const TrainingArguments& arguments, Console& console) {
    if (arguments.train.validation_file.empty()) return {};
    ReadOptions options = arguments.read;
    options.labels.reset();
    return read_data({arguments.train.validation_file}, options, console);
}

TrainHooks progress_hooks(Progress& progress) {
    TrainHooks hooks;
    hooks.callbacks.stop = StopOnSignal::flag();
    hooks.callbacks.on_epoch = [&](const EpochReport& report) {
        progress.epoch(report);
        return true;
    };
    if (progress.follows_steps())
        hooks.callbacks.on_step = [&](const StepReport& report) {
            progress.step(report);
            return true;
        };
    hooks.on_network = [&](std::size_t network) { progress.network(network); };
    return hooks;
}

}  // namespace thalweg::cli
