#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/checkpoint_options.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/training.h"
#include "cli/training_records.h"
#include "core/file.h"
#include "model/checkpointer.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {
namespace {

struct TrainArguments : TrainingArguments {
    std::filesystem::path output = "model.safetensors";
    TrainingRecords records;
    CheckpointArguments checkpoint;
};

/// Everything that can be known to fail is known before the data is read: nobody should wait an hour for it.
void check_output(const TrainArguments& arguments) {
    if (arguments.output == "-")
        throw Error(ErrorKind::usage, "-o -: a model is not text for standard output; name a file");
    std::vector<std::string> inputs = arguments.data;
    if (!arguments.train.validation_file.empty()) inputs.push_back(arguments.train.validation_file);
    check_records(arguments.records, inputs,
                  {{"-o", arguments.output}, {"--checkpoint", arguments.checkpoint.file}});
    check_checkpoint(parse_checkpoint(arguments.checkpoint));
}

/// `stop` begins to listen when there is something to keep: with the first step, not while data is read.
Training train_with_progress(const TrainArguments& arguments, RecordWriter& records, Console& console,
                             std::optional<StopOnSignal>& stop) {
    const auto begun = std::chrono::steady_clock::now();
    Table table = read_data(arguments.data, arguments.read, console);
    const std::optional<Table> validation = read_validation(arguments, console);
    records.keep_rows(table, validation ? &*validation : nullptr, arguments.train.target);
    Progress progress(console);
    TrainHooks hooks = progress_hooks(progress);
    hooks.on_plan = [&](const TrainingPlan& plan) {
        for (const std::string& note : plan.notes) console.warn(note);
        for (const std::string* text : {&plan.resumed, &plan.shortened})
            if (!text->empty()) console.say(*text);
        progress.plan(plan);
        stop.emplace();
    };
    hooks.on_warning = [&](const std::string& text) {
        progress.clear();
        console.warn(text);
    };
    hooks.checkpoint = parse_checkpoint(arguments.checkpoint);
    hooks.begun = begun;
    records.listen(hooks);
    return train(std::move(table), arguments.train, hooks, validation ? &*validation : nullptr);
}

int finish(const Training& training, const TrainArguments& arguments, const Console& console) {
    const std::string path = arguments.output.string();
    if (training.stop_reason == StopReason::diverged)
        throw Error(ErrorKind::numeric, fmt::format("{}; the best parameters before it are in {}",
                                                    training.networks.front().fit.divergence, path));
    if (arguments.json)
        console.result(summary_json(training, path));
    else if (!console.quiet())
        console.result(summary_text(training, path));
    return training.stop_reason == StopReason::stopped ? kInterrupted : 0;
}

int run_train(TrainArguments& arguments) {
    complete(arguments);
    check_output(arguments);
    Console console(arguments.quiet);
    std::optional<StopOnSignal> stop;
    RecordWriter records(arguments.records);
    const Training training = train_with_progress(arguments, records, console, stop);
    training.model.save(arguments.output);  // first of all: what follows only tells of it
    std::vector<std::string> warnings = training.notes;
    for (std::string& note : records.diagnose(training)) warnings.push_back(std::move(note));
    for (const std::string& note : warnings) console.warn(note);
    records.finish(training, warnings, command_line(arguments));
    return finish(training, arguments, console);
}

}  // namespace

Command train_command() {
    const auto arguments = std::make_shared<TrainArguments>();
    Command command;
    command.name = "train";
    command.summary = "Learn to predict a column of a table from the others";
    command.description = {
        "Reads the data, recognises the kind of the target, prepares every column, trains a network and "
        "saves "
        "all of it as one model file, which 'thalweg predict' and 'thalweg evaluate' take.",
        "The defaults fit ordinary tables. Every flag below can also stand in a TOML file (--config), under "
        "its "
        "name without the dashes in front: epochs = 50, target = [\"price\"]."};
    command.positionals = {{.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true}};
    append(command.options, training_options(*arguments));
    append(command.options,
           {output_option(arguments->output, "The model file to write."), config_option(*arguments),
            quiet_option(arguments->quiet), json_option(arguments->json)});
    append(command.options, record_options(arguments->records));
    append(command.options, checkpoint_options(arguments->checkpoint));
    command.notes = {
        "Ctrl-C stops after the batch and saves the best network so far (exit 130). Exit codes: 2 for a "
        "wrong "
        "flag, 3 for the data, 4 for a checkpoint that cannot be read, 5 for a training that diverged, 1 for "
        "anything else.",
        "With --checkpoint FILE --resume the same command can be given again and again, by a loop or a "
        "scheduler that ends programs, until the model is there. Ctrl-C and --time-limit leave a last "
        "checkpoint; the limit is for the time of all runs together, and where it ends a training is not "
        "reproducible. The checkpoint of a training that has come to its end makes the model again without "
        "training; --log, --tensorboard and --report tell of the steps since the training was resumed. A "
        "checkpoint that cannot be written is a warning: training goes on."};
    command.examples = {
        {"Predict a price", "thalweg train houses.csv --target price -o houses.safetensors"},
        {"Two targets at once", "thalweg train films.parquet --target critics,audience"},
        {"Images of digits", "thalweg train images-idx3-ubyte.gz --labels labels-idx1-ubyte.gz"},
        {"The mean of ten networks: two for each of five folds",
         "thalweg train houses.csv --target price --folds 5 --ensemble 2"},
        {"One that may be killed at any moment and is resumed by the same command",
         "thalweg train houses.csv --target price --checkpoint houses.checkpoint --resume"},
        {"A wider network, trained for at most a minute",
         "thalweg train houses.csv --target price --hidden 512,512 --time-limit 60"}};
    command.run = [arguments] { return run_train(*arguments); };
    return command;
}

}  // namespace thalweg::cli
