#include "cli/training.h"

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
