#include <memory>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "core/file.h"
#include "model/option_table.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {
namespace {

struct PredictArguments {
    std::vector<std::string> model;
    std::vector<std::string> data;
    ReadOptions read;
    std::filesystem::path output = "-";
    bool strict = false;
    PredictOptions predict;
    bool quiet = false;
};

void check_output(const PredictArguments& arguments) {
    if (arguments.output == "-") return;
    std::vector<std::string> inputs = arguments.data;
    inputs.push_back(arguments.model.front());
    refuse_overwriting(arguments.output, inputs);
    check_writable(arguments.output);
}

int run_predict(const PredictArguments& arguments) {
    check_output(arguments);
    Console console(arguments.quiet);
    const Model model = Model::load(arguments.model.front());
    const Table table = read_for_model(model, arguments.data, arguments.read, console);
    const Predictions predictions = model.predict(table, arguments.predict);
    report_columns(predictions.report, arguments.strict, console);
    write_table(predictions.to_table(), arguments.output);
    return 0;
}

}  // namespace

Command predict_command() {
    const auto arguments = std::make_shared<PredictArguments>();
    Command command;
    command.name = "predict";
    command.summary = "Predict with a model: one row of output for each row of input, in order";
    command.description = {
        "The columns that the model learnt from are found by their names, in any order; others are ignored. "
        "Missing cells and unseen categories are treated as in training, and each column that has more of "
        "them "
        "than training had is named in a warning.",
        "With --interval there are two more columns for each target, 'lower' and 'upper' (of several targets "
        "lower_NAME and upper_NAME), between which so large a share of the true values will lie, if the rows "
        "are like those of training.",
        "For real targets the output is one column 'prediction' (or one for each of several targets, by its "
        "name; for several levels of quantiles one column 'q_LEVEL' each); for classes 'prediction' and one "
        "column 'p_CLASS' with the probability of each class."};
    command.positionals = {
        {.name = "MODEL", .help = "A model file of 'thalweg train'.", .values = &arguments->model},
        {.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true}};
    append(command.options, {strict_option(arguments->strict)});
    append(command.options, bind_options(arguments->read));
    append(command.options,
           {interval_option(arguments->predict.interval), threads_option(arguments->predict.threads),
            output_option(arguments->output,
                          "The file to write, as its name ends: .parquet, .arrow or .feather, .tsv, else "
                          "CSV; packed where .gz or .zst follows; - is CSV on standard output."),
            quiet_option(arguments->quiet)});
    command.examples = {
        {"Predictions as CSV", "thalweg predict houses.safetensors new_houses.csv -o predictions.csv"},
        {"In a pipe", "cat new_houses.csv | thalweg predict houses.safetensors - | head"}};
    command.run = [arguments] { return run_predict(*arguments); };
    return command;
}

}  // namespace thalweg::cli
