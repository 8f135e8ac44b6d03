#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "cli/signals.h"
#include "cli/summary.h"
#include "cli/training.h"
#include "cli/training_records.h"
#include "cli/tune_progress.h"
#include "core/file.h"
#include "model/option_table.h"
#include "tune/search.h"
#include "tune/study_view.h"

namespace thalweg::cli {
namespace {

using nlohmann::ordered_json;

/// What is tried where neither --trials nor --time-limit says how much.
constexpr std::size_t kTrials = 30;

constexpr std::string_view kSearch = "The search";

struct TuneArguments : TrainingArguments {
    TuneOptions tune;
    std::filesystem::path output = "model.safetensors";
    std::filesystem::path show;
    std::filesystem::path html;
};

/// Notes which options are said, as those are not searched.
Option noting(Option option, std::set<std::string>& given) {
    const std::string name(option.about.name);
    option.set = [set = std::move(option.set), &given, name](std::string_view text) {
        set(text);
        given.insert(name);
    };
    if (option.set_items)
        option.set_items = [set = std::move(option.set_items), &given,
                            name](const std::vector<std::string>& items) {
            set(items);
            given.insert(name);
        };
    return option;
}

std::vector<Option> search_options(TuneArguments& arguments) {
    TuneOptions& tune = arguments.tune;
    return {
        bind_option({.name = "study",
                     .value = "FILE",
                     .group = kSearch,
                     .help = "The SQLite file in which every trial is kept as it ends.",
                     .chosen = "the model's name, ending in .sqlite"},
                    tune.study),
        bind_option({.name = "resume",
                     .group = kSearch,
                     .help = "Go on with the study, doing no finished training twice. Data and flags must be "
                             "those that it began with, but for --threads, --trials, --time-limit and where "
                             "the model is written. Where there is no study yet the search begins."},
                    tune.resume),
        bind_option({.name = "trials",
                     .value = "N",
                     .group = kSearch,
                     .help = "Choices of hyper-parameters to try, the preset's own among them.",
                     .chosen = "30; as many as there is time for with --time-limit",
                     .range = {.least = 1.0, .most = 1e6}},
                    tune.trials),
        bind_option(
            {.name = "time-limit",
             .value = "TIME",
             .group = kSearch,
             .help = "End the search after this time: 90s, 5min, 1h, or a number of seconds. 0: no limit.",
             .range = kZeroOrMore},
            Duration{tune.time_limit}),
        bind_option({.name = "ensemble",
                     .value = "N",
                     .group = kSearch,
                     .help = "The best N trainings may have a part in the model, each as often as it makes "
                             "their mean best on rows held out. 1: the best one alone.",
                     .range = {.least = 1.0, .most = 1000.0}},
                    tune.ensemble),
        bind_option({.name = "test",
                     .value = "SHARE",
                     .group = kSearch,
                     .help = "Keep this share of the rows from the search, and judge the model on them: what "
                             "it scores on the rows that the search chose by is a little too good.",
                     .range = kBelowOne},
                    tune.test)};
}

/// Those of train, but for what says how long and how many: here the search says it.
std::vector<Option> options_of(TuneArguments& arguments) {
    std::vector<Option> options = search_options(arguments);
    for (Option& option : training_options(arguments)) {
        const std::string_view name = option.about.name;
        if (name == "time-limit" || name == "ensemble" || name == "select") continue;
        if (name == "folds")
            option.about.chosen =
                "5 from 50 to 50000 rows with --preset auto, unless --validation is given; "
                "else 1";
        if (name == "validation") option.about.chosen = "0.15 without folds; 0.2 with the other presets";
        const bool is_read = option.about.group == option_group::kReading;
        options.push_back(is_read ? std::move(option) : noting(std::move(option), arguments.tune.given));
    }
    append(options,
           {output_option(arguments.output, "The model file to write."),
            bind_option({.name = "show",
                         .value = "STUDY",
                         .group = option_group::kOutput,
                         .help = "Print the trials of a study, the best first, and a picture of the search; "
                                 "DATA is not needed."},
                        arguments.show),
            bind_option({.name = "html",
                         .value = "FILE",
                         .group = option_group::kOutput,
                         .help = "Write the same as a page for the browser."},
                        arguments.html),
            config_option(arguments), quiet_option(arguments.quiet), json_option(arguments.json)});
    return options;
}

void show_study(const StudyView& view, const TuneArguments& arguments, const Console& console) {
    if (!arguments.html.empty()) write_file_atomically(arguments.html, study_page(view));
    if (arguments.json)
        console.result(study_json(view).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    else if (arguments.html.empty())
        console.result(study_text(view, terminal_width(STDOUT_FILENO, 80)));
}

int run_show(const TuneArguments& arguments) {
    if (!arguments.data.empty() || !arguments.train.target.empty())
        throw Error(ErrorKind::usage,
                    "--show prints a study and trains nothing: leave DATA and --target out");
    if (!arguments.html.empty()) {
        refuse_overwriting(arguments.html, {arguments.show.string()}, "--html");
        check_writable(arguments.html);
    }
    show_study(view_of(Study::open(arguments.show)), arguments, Console(arguments.quiet));
    return 0;
}

void complete_search(TuneArguments& arguments) {
    if (arguments.data.empty())
        throw Error(ErrorKind::usage,
                    "DATA is missing: thalweg tune DATA --target COL, or --show STUDY, which needs none");
    complete(arguments);
    TuneOptions& tune = arguments.tune;
    if (tune.study.empty()) tune.study = std::filesystem::path(arguments.output).replace_extension(".sqlite");
    if (tune.trials == 0 && tune.time_limit == 0.0) tune.trials = kTrials;
    tune.train = arguments.train;
}

/// Everything that can be known to fail is known before the data is read.
void check_output(const TuneArguments& arguments) {
    if (arguments.output == "-")
        throw Error(ErrorKind::usage, "-o -: a model is not text for standard output; name a file");
    std::vector<std::string> inputs = arguments.data;
    if (!arguments.train.validation_file.empty()) inputs.push_back(arguments.train.validation_file);
    check_records({}, inputs,
                  {{"-o", arguments.output}, {"--study", arguments.tune.study}, {"--html", arguments.html}});
    check_study(arguments.tune);
}

Tuning search(const TuneArguments& arguments, Console& console, std::optional<StopOnSignal>& stop) {
    const Table table = read_data(arguments.data, arguments.read, console);
    const std::optional<Table> validation = read_validation(arguments, console);
    TuneProgress progress(console, arguments.tune.time_limit);
    TuneHooks hooks;
    hooks.stop = StopOnSignal::flag();
    hooks.on_plan = [&](const TunePlan& plan) {
        for (const std::string& note : plan.notes) console.warn(note);
        if (!plan.resumed.empty()) console.say(plan.resumed);
        progress.plan(plan);
        stop.emplace();
    };
    hooks.on_begin = [&](const TrialRun& run) { progress.begin(run); };
    hooks.on_epoch = [&] { progress.tick(); };
    hooks.on_end = [&](const TrialRun& run) { progress.end(run); };
    hooks.on_warning = [&](const std::string& text) {
        progress.clear();
        console.warn(text);
    };
    return tune(table, arguments.tune, hooks, validation ? &*validation : nullptr);
}

std::string_view held_out_name(const Training& training) {
    return training.folds > 1 ? "out of fold" : "validation";
}

std::string summary(const Tuning& tuning, const TuneArguments& arguments) {
    const Training& training = tuning.training;
    const auto line = [](std::string_view label, std::string_view text) {
        return fmt::format("{:<12}{}\n", label, text);
    };
    std::string text = line(
        "task", fmt::format("{}: {}", name_of(training.model.target_coder().task()), training.task_reason));
    std::string rows = fmt::format("{} to learn from", training.training_rows);
    if (training.validation_rows > 0) rows += fmt::format(", {} to choose by", training.validation_rows);
    if (training.folds > 1) rows += fmt::format(", in {} folds", training.folds);
    if (tuning.test) rows += fmt::format(", {} kept apart", tuning.test->rows);
    text += line("rows", rows);
    std::size_t trials = 0, trained = 0;
    for (const TrialRun& run : tuning.runs) {
        trials = std::max(trials, run.trial + 1);
        trained += run.trained();
    }
    text +=
        line("search", fmt::format("{} trials, {} trainings in {}{}", trials, trained,
                                   duration_text(tuning.seconds), tuning.interrupted ? "; interrupted" : ""));
    std::vector<std::string> shares;
    for (const ModelShare& share : tuning.shares)
        shares.push_back(fmt::format("trial {}{}", share.trial,
                                     share.weight > 1 ? fmt::format(" x{}", share.weight) : ""));
    text += line("chosen", fmt::format("{}", fmt::join(shares, ", ")));
    if (training.validation)
        text += line(held_out_name(training), fmt::format("{} (a little too good: the search chose by these "
                                                          "rows{})",
                                                          metrics_line(training.validation->metrics),
                                                          tuning.test ? "" : "; --test keeps others apart"));
    if (tuning.test)
        text += line("test", fmt::format("{} on {} rows that the search never saw",
                                         metrics_line(tuning.test->metrics), tuning.test->rows));
    text += line("study", fmt::format("thalweg tune --show {}", arguments.tune.study.string()));
    return text + fmt::format("{:<12}{}: {} networks", "model", arguments.output.string(),
                              training.model.networks().size());
}

std::string summary_json(const Tuning& tuning, const TuneArguments& arguments) {
    const Training& training = tuning.training;
    ordered_json json = {{"task", name_of(training.model.target_coder().task())},
                         {"training_rows", training.training_rows},
                         {"validation_rows", training.validation_rows},
                         {"folds", training.folds},
                         {"model", arguments.output.string()},
                         {"networks", training.model.networks().size()},
                         {"study", arguments.tune.study.string()},
                         {"metric", tuning.metric},
                         {"chosen", ordered_json::array()}};
    for (const ModelShare& share : tuning.shares)
        json["chosen"].push_back({{"trial", share.trial}, {"rung", share.rung}, {"weight", share.weight}});
    if (training.validation) json["held_out"] = ordered_json::parse(training.validation->to_json());
    if (tuning.test) json["test"] = ordered_json::parse(tuning.test->to_json());
    json["interrupted"] = tuning.interrupted;
    json["seconds"] = tuning.seconds;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int run_tune(TuneArguments& arguments) {
    if (!arguments.show.empty()) return run_show(arguments);
    complete_search(arguments);
    check_output(arguments);
    Console console(arguments.quiet);
    std::optional<StopOnSignal> stop;
    const Tuning tuning = search(arguments, console, stop);
    tuning.training.model.save(arguments.output);  // first of all: what follows only tells of it
    for (const std::string& note : tuning.training.notes) console.warn(note);
    if (!arguments.html.empty())
        write_file_atomically(arguments.html, study_page(view_of(Study::open(arguments.tune.study))));
    if (arguments.json)
        console.result(summary_json(tuning, arguments));
    else if (!console.quiet())
        console.result(summary(tuning, arguments));
    return tuning.interrupted ? kInterrupted : 0;
}

}  // namespace

Command tune_command() {
    const auto arguments = std::make_shared<TuneArguments>();
    Command command;
    command.name = "tune";
    command.summary = "Search for the hyper-parameters that fit a table best";
    command.description = {
        "Tries choices of hyper-parameters from the space of the preset (docs/tuning.md lists them), trains "
        "those that promise most for longer, and makes one model of the trainings that do best together, "
        "which 'thalweg predict', 'evaluate' and 'explain' take as any other. The preset's own defaults are "
        "trained first and in full.",
        "Options that are given are fixed; all others of the space are searched. Every trial is kept in an "
        "SQLite file as it ends, so that a search that was killed goes on with --resume."};
    command.positionals = {
        {.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true, .required = false}};
    command.options = options_of(*arguments);
    command.notes = {
        "Without --time-limit the same data, flags and --trials give the same trials and the same model, bit "
        "for bit, on any machine, with any number of threads, and in one run or several. With it the search "
        "depends on the clock; the limit is for the time of all runs together, from the moment that the data "
        "has been read, and a longer one lets a study go on.",
        "Ctrl-C ends the search and makes the model of what there is (exit 130). Exit codes are those of "
        "train, with 4 for a study that cannot be read. A study of other data or flags is refused, and "
        "stays as it is."};
    command.examples = {{"Search for five minutes",
                         "thalweg tune houses.csv --target price --time-limit 5min -o best.safetensors"},
                        {"What was tried, the best first", "thalweg tune --show best.sqlite"},
                        {"A search that may be killed at any moment and is resumed by the same command",
                         "thalweg tune houses.csv --target price --trials 50 --resume"},
                        {"The space of TabM, with the width fixed",
                         "thalweg tune houses.csv --target price --preset tabm --hidden 256,256"},
                        {"A score to believe: a tenth of the rows is kept apart",
                         "thalweg tune houses.csv --target price --test 0.1"}};
    command.run = [arguments] { return run_tune(*arguments); };
    return command;
}

}  // namespace thalweg::cli
