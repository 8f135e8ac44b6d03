#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/signals.h"
#include "cli/training.h"
#include "model/option_table.h"
#include "model/text_table.h"
#include "thalweg/cross_validation.hpp"

namespace thalweg::cli {
namespace {

struct CvArguments : TrainingArguments {
    std::size_t folds = 5;
};

std::string number_text_of(double value) {
    return fmt::format("{:.6g}", value);
}

/// A line for each metric; each fold's value where they are few.
std::string metrics_table(const std::vector<MetricSpread>& metrics) {
    constexpr std::size_t kShown = 10;
    const std::size_t folds = metrics.front().folds.size();
    std::vector<std::string> headings = {"metric", ">mean", ">deviation"};
    for (std::size_t fold = 1; fold <= folds && folds <= kShown; ++fold)
        headings.push_back(fmt::format(">fold {}", fold));
    TextTable table(headings);
    for (const MetricSpread& metric : metrics) {
        std::vector<std::string> cells = {metric.name, number_text_of(metric.mean),
                                          number_text_of(metric.deviation)};
        for (std::size_t fold = 0; fold < folds && folds <= kShown; ++fold)
            cells.push_back(number_text_of(metric.folds[fold]));
        table.add(cells);
    }
    return table.text();
}

std::string result_text(const CrossValidation& result) {
    std::string text = fmt::format("{:<8}{}: {}\n{:<8}{} in {} folds, trained in {}\n\n", "task",
                                   name_of(result.task), result.task_reason, "rows", result.rows,
                                   result.planned_folds, duration_text(result.seconds));
    text += metrics_table(result.metrics());
    for (const auto& [target, metrics] : result.targets())
        text += fmt::format("\n{}\n{}", target, metrics_table(metrics));
    text.pop_back();
    return text;
}

CrossValidation cross_validate_with_progress(const CvArguments& arguments, Console& console) {
    const Table table = read_data(arguments.data, arguments.read, console);
    const std::optional<Table> validation = read_validation(arguments, console);
    Progress progress(console);
    std::optional<StopOnSignal> stop;
    TrainHooks hooks = progress_hooks(progress);
    hooks.on_plan = [&](const TrainingPlan& plan) {
        if (!plan.shortened.empty()) console.say("one fold, each is planned for itself: " + plan.shortened);
        progress.plan(plan);
        stop.emplace();
    };
    return cross_validate(table, arguments.folds, arguments.train, hooks,
                          validation ? &*validation : nullptr);
}

int run_cv(CvArguments& arguments) {
    complete(arguments);
    Console console(arguments.quiet);
    const CrossValidation result = cross_validate_with_progress(arguments, console);
    for (const std::string& note : result.notes) console.warn(note);
    const bool interrupted = result.folds.size() < result.planned_folds;
    if (interrupted)
        console.warn(fmt::format("interrupted: {} of {} folds were trained to their end", result.folds.size(),
                                 result.planned_folds));
    if (!result.folds.empty()) console.result(arguments.json ? result.to_json() : result_text(result));
    return interrupted ? kInterrupted : 0;
}

/// The flags of train, but for the folds of a model: here they are those of the validation.
std::vector<Option> options_of(CvArguments& arguments) {
    std::vector<Option> options = training_options(arguments);
    for (Option& option : options)
        if (option.about.name == "folds")
            option = bind_option({.name = "folds",
                                  .value = "K",
                                  .group = option_group::kTask,
                                  .help = "Parts to cut the rows into; each is predicted by a model that "
                                          "learnt from the others.",
                                  .range = {.least = 2.0, .most = kNetworkCount.most}},
                                 arguments.folds);
    for (Option& option : options) {
        if (option.about.name == "ensemble") option.about.chosen = "1";
        if (option.about.name == "select") option.about.chosen = "";
    }
    append(options, {config_option(arguments), json_option(arguments.json), quiet_option(arguments.quiet)});
    return options;
}

}  // namespace

Command cv_command() {
    const auto arguments = std::make_shared<CvArguments>();
    Command command;
    command.name = "cv";
    command.summary = "Tell how well training on a table would do, by cross-validation";
    command.description = {
        "Cuts the rows into folds, with the same mix of classes in each. For every fold a model is trained "
        "on all others, from the preparation of the columns on, and is judged on the fold, which it never "
        "saw: one network, as 'thalweg train --folds 1 --ensemble 1' with the same flags would train it, or "
        "as many as --ensemble says. Prints the mean of each metric over the folds and their standard "
        "deviation. No model is kept.",
        "Folds are trained side by side where there are at least as many as threads. The scores are the same "
        "for any number of threads."};
    command.positionals = {{.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true}};
    command.options = options_of(*arguments);
    command.notes = {
        "--time-limit is that of each fold's training. Ctrl-C ends it and prints what the folds gave that "
        "were trained to their end (exit 130)."};
    command.examples = {{"How well a price can be predicted", "thalweg cv houses.csv --target price"},
                        {"Two settings compared, on the same folds",
                         "thalweg cv houses.csv --target price --folds 10 --dropout 0.3 --json"}};
    command.run = [arguments] { return run_cv(*arguments); };
    return command;
}

}  // namespace thalweg::cli
