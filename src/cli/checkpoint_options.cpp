#include "cli/checkpoint_options.h"

#include <optional>

#include "model/option_table.h"
#include "model/quantity.h"

namespace thalweg::cli {
namespace {

constexpr Range kInterval{.least = 0.0, .most = 1e9, .least_belongs = false};
constexpr Range kEpochs{.least = 1.0, .most = 1e9};

}  // namespace

std::vector<Option> checkpoint_options(CheckpointArguments& arguments) {
    return {bind_option({.name = "checkpoint",
                         .value = "FILE",
                         .group = option_group::kRunning,
                         .help = "Note in this file now and then how far training is, so that one that was "
                                 "killed can be resumed."},
                        arguments.file),
            bind_option({.name = "checkpoint-every",
                         .value = "TIME|EPOCHS",
                         .group = option_group::kRunning,
                         .help = "How often: after a time (60s, 5min, 1h), or after so many epochs of a "
                                 "network (1epoch, 20epochs)."},
                        arguments.every),
            bind_option({.name = "resume",
                         .group = option_group::kRunning,
                         .help = "Go on from the checkpoint, to the same model, bit for bit, as if training "
                                 "had not been interrupted. Data and flags must be those that it began "
                                 "with, but for --threads, --time-limit and where things are written. Where "
                                 "there is no checkpoint yet training begins."},
                        arguments.resume)};
}

CheckpointOptions parse_checkpoint(const CheckpointArguments& arguments) {
    CheckpointOptions options{.file = arguments.file, .resume = arguments.resume};
    const std::optional<Quantity> every = split_quantity(arguments.every);
    const auto refuse = [&] {
        throw Error(ErrorKind::usage, about_option("--checkpoint-every",
                                                   "must be a time above 0 or a number of epochs, as in 60s, "
                                                   "5min, 1h or 20epochs, not '" +
                                                       arguments.every + "'"));
    };
    if (!every) refuse();
    if (const std::optional<double> seconds = seconds_of(*every); kInterval.contains(seconds.value_or(0.0))) {
        options.seconds = *seconds;
    } else if ((every->unit == "epochs" || every->unit == "epoch") && kEpochs.contains(every->number) &&
               every->number == static_cast<double>(static_cast<std::size_t>(every->number))) {
        options.epochs = static_cast<std::size_t>(every->number);
    } else {
        refuse();
    }
    return options;
}

}  // namespace thalweg::cli
