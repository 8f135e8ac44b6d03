#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "cli/data_report.h"
#include "insight/check_subject.h"
#include "insight/gradient_check.h"
#include "model/option_table.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {
namespace {

/// As exit_status gives it to what is wrong with numbers.
constexpr int kWrong = 5;

/// What matters of training to a network before its first step.
constexpr std::string_view kTrainingOptions[] = {
    "target", "task",        "ignore",   "categorical",   "hidden",        "activation",    "output",
    "loss",   "huber-delta", "quantile", "tweedie-power", "embedding",     "bins",          "label-smoothing",
    "seed",   "parametric",  "members",  "adapters",      "one-hot-up-to", "category-width"};

struct CheckArguments {
    std::vector<std::string> files;
    TrainOptions train;
    ReadOptions read;
    std::size_t inputs = 3;
    std::size_t outputs = 2;
    std::size_t rows = 8;
    std::size_t network = 1;
    double tolerance = 1e-6;
    bool full = false;
    bool quiet = false;
    bool json = false;
};

/// Throws Error{usage} where an option would do nothing: a model has its layers, a network to come no number.
void check_arguments(const CheckArguments& arguments, bool has_model) {
    const CheckArguments untouched;
    const bool has_data = !has_model && !arguments.files.empty();
    if (!arguments.files.empty() &&
        (arguments.inputs != untouched.inputs || arguments.outputs != untouched.outputs))
        throw Error(ErrorKind::usage,
                    fmt::format("--inputs and --outputs are for a network without {}, which "
                                "has its own; leave them out",
                                has_data ? "data" : "a model"));
    if (!has_model && arguments.network != untouched.network)
        throw Error(ErrorKind::usage, "--network chooses among a model's networks: name a model");
    for (const auto& [name, value] : changed_options(arguments.train))
        if (has_model && name != "seed")
            throw Error(ErrorKind::usage,
                        fmt::format("--{} is for a network before training, and the model {} has its own; "
                                    "leave it out",
                                    name, arguments.files.front()));
}

CheckSubject subject_of_model(const CheckArguments& arguments, Console& console) {
    const Model model = Model::load(arguments.files.front());
    const std::vector<std::string> data(arguments.files.begin() + 1, arguments.files.end());
    if (data.empty()) return subject_of(model, arguments.network, arguments.rows, arguments.train.seed);
    const Table table = read_for_model(model, data, arguments.read, console);
    for (const TargetPlan& target : model.target_coder().targets()) table.column(target.name);
    return subject_of(model, table, arguments.network, arguments.rows);
}

CheckSubject subject_of_data(const CheckArguments& arguments, Console& console) {
    TrainOptions options = arguments.train;
    if (options.target.empty() && arguments.read.labels) options.target = {"label"};
    if (options.target.empty())
        throw Error(ErrorKind::usage,
                    "--target is missing: a network before training needs to know the column to predict");
    ReadOptions reading = arguments.read;
    reading.text_columns = options.categorical;
    return untrained(read_data(arguments.files, reading, console), options, arguments.rows);
}

CheckSubject subject(const CheckArguments& arguments, Console& console) {
    const bool has_model = !arguments.files.empty() && looks_like_model(arguments.files.front());
    check_arguments(arguments, has_model);
    if (arguments.files.empty()) {
        if (!arguments.train.hidden)
            throw Error(ErrorKind::usage,
                        "nothing to check: name a model, data with --target, or the layers of a network "
                        "with --hidden");
        return untrained(arguments.inputs, arguments.outputs, arguments.train, arguments.rows);
    }
    return has_model ? subject_of_model(arguments, console) : subject_of_data(arguments, console);
}

int run_check(const CheckArguments& arguments) {
    Console console(arguments.quiet);
    const CheckSubject of = subject(arguments, console);
    GradientCheckOptions options;
    options.tolerance = arguments.tolerance;
    if (arguments.full) options.most_work = std::numeric_limits<double>::infinity();
    const GradientCheck check = check_gradient(of.network, of.examples, of.loss, options);
    console.result(arguments.json ? check_json(check) : of.title + "\n\n" + check_text(check));
    return check.passed() ? 0 : kWrong;
}

/// Of the options of training those that a network has before it.
std::vector<Option> training_options_of(TrainOptions& train) {
    std::vector<Option> options = bind_options(train);
    std::erase_if(options, [](const Option& option) {
        return std::ranges::find(kTrainingOptions, option.about.name) == std::end(kTrainingOptions);
    });
    return options;
}

std::vector<Option> own_options(CheckArguments& arguments) {
    constexpr std::string_view kWhat = "What to check";
    return {bind_option({.name = "rows",
                         .value = "N",
                         .group = kWhat,
                         .help = "Rows to take the loss over: the first of DATA that have a target.",
                         .range = {.least = 1.0, .most = 10'000.0}},
                        arguments.rows),
            bind_option({.name = "network",
                         .value = "N",
                         .group = kWhat,
                         .help = "Which of the model's networks, counted from 1.",
                         .range = kOneOrMore},
                        arguments.network),
            bind_option({.name = "inputs",
                         .value = "N",
                         .group = kWhat,
                         .help = "Without MODEL and DATA: the inputs of the network.",
                         .range = {.least = 1.0, .most = 10'000.0}},
                        arguments.inputs),
            bind_option({.name = "outputs",
                         .value = "N",
                         .group = kWhat,
                         .help = "Without MODEL and DATA: its outputs.",
                         .range = {.least = 1.0, .most = 10'000.0}},
                        arguments.outputs),
            bind_option({.name = "tolerance",
                         .value = "E",
                         .group = kWhat,
                         .help = "How far a gradient may be from the central difference, relative to the "
                                 "largest gradient of its block.",
                         .range = kAboveZero},
                        arguments.tolerance),
            bind_option({.name = "full",
                         .group = kWhat,
                         .help = "Compare every parameter however long it takes; else of a large network a "
                                 "sample of each block, some seconds' worth."},
                        arguments.full)};
}

}  // namespace

Command check_command() {
    const auto arguments = std::make_shared<CheckArguments>();
    Command command;
    command.name = "check";
    command.summary = "Hold the gradients of a network to finite differences";
    command.description = {
        "Compares the gradient of every parameter, as back-propagation computes it, with the central "
        "difference of the loss, (loss(w + h) - loss(w - h)) / 2h, both in double; and the fast pass that "
        "trains, in float32, with the plain one. Prints each block of parameters with its worst error, and "
        "exits 0 where all are right, 5 where one is not.",
        "Of a trained model, on rows of DATA or without it on random ones; of a network as 'thalweg train' "
        "would begin with, where DATA and --target are given; or of any network, by --hidden and what else "
        "it should be, on random rows."};
    command.positionals = {{.name = "FILE",
                            .help = "A model file of 'thalweg train' and then DATA, or DATA alone, or "
                                    "nothing. DATA: " +
                                    std::string(kDataHelp),
                            .values = &arguments->files,
                            .many = true,
                            .required = false}};
    append(command.options, own_options(*arguments));
    append(command.options, training_options_of(arguments->train));
    append(command.options, bind_options(arguments->read));
    append(command.options, {json_option(arguments->json), quiet_option(arguments->quiet)});
    command.notes = {
        "At a kink (relu at 0, an absolute error where the prediction is right) there is no derivative to "
        "compare with: a difference over one is taken again with a shorter step, and what stands on a kink "
        "is counted and left out. Errors of the fast pass are relative to the largest gradient of the block "
        "on a single row, at most 0.0001."};
    command.examples = {
        {"A model on the data that it learnt from", "thalweg check houses.safetensors houses.csv"},
        {"Any pair of output and loss",
         "thalweg check --hidden 8,8 --activation tanh --output softmax --loss cross_entropy"},
        {"A network before training", "thalweg check houses.csv --target price --hidden 32,32"}};
    command.run = [arguments] { return run_check(*arguments); };
    return command;
}

}  // namespace thalweg::cli
