#include <memory>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "cli/summary.h"
#include "model/option_table.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {
namespace {

struct EvaluateArguments {
    std::vector<std::string> model;
    std::vector<std::string> data;
    ReadOptions read;
    bool strict = false;
    EvaluateOptions evaluate;
    bool quiet = false;
    bool json = false;
};

int run_evaluate(const EvaluateArguments& arguments) {
    Console console(arguments.quiet);
    const Model model = Model::load(arguments.model.front());
    const Table table = read_for_model(model, arguments.data, arguments.read, console);
    const Evaluation evaluation = model.evaluate(table, arguments.evaluate);
    report_columns(evaluation.report, arguments.strict, console);
    console.result(arguments.json ? evaluation.to_json() : evaluation_text(evaluation));
    return 0;
}

Option calibration_error_option(bool& wanted) {
    return bind_option({.name = "calibration-error",
                        .group = option_group::kOutput,
                        .help = "Classes: add ece, how far probabilities are from the shares in which they "
                                "come true."},
                       wanted);
}

}  // namespace

Command evaluate_command() {
    const auto arguments = std::make_shared<EvaluateArguments>();
    Command command;
    command.name = "evaluate";
    command.summary = "Tell how well a model predicts data whose targets are known";
    command.description = {
        "Prints the metrics of the task. Real values: rmse, mae and r2. Two classes: accuracy, auc, "
        "log_loss, f1 "
        "and brier. Several classes: accuracy, log_loss and macro_f1. Several targets: the same for each. "
        "Losses of amounts and of quantiles add their own: deviance and d2, mape, pinball and the share of "
        "values below each level.",
        "Rows without a target are skipped and counted."};
    command.positionals = {
        {.name = "MODEL", .help = "A model file of 'thalweg train'.", .values = &arguments->model},
        {.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true}};
    append(command.options, {strict_option(arguments->strict)});
    append(command.options, bind_options(arguments->read));
    append(command.options, {interval_option(arguments->evaluate.interval),
                             calibration_error_option(arguments->evaluate.calibration_error),
                             threads_option(arguments->evaluate.threads), json_option(arguments->json),
                             quiet_option(arguments->quiet)});
    command.examples = {
        {"On rows that were kept aside", "thalweg evaluate houses.safetensors houses.test.csv"},
        {"For a script", "thalweg evaluate houses.safetensors houses.test.csv --json"}};
    command.run = [arguments] { return run_evaluate(*arguments); };
    return command;
}

}  // namespace thalweg::cli
