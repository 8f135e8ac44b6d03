#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "core/file.h"
#include "insight/explanation_json.h"
#include "insight/explanation_page.h"
#include "insight/explanation_text.h"
#include "model/option_table.h"
#include "thalweg/model.hpp"
#include "thalweg/table.hpp"

namespace thalweg::cli {
namespace {

struct ExplainArguments {
    std::vector<std::string> model;
    std::vector<std::string> data;
    ReadOptions read;
    std::optional<std::size_t> row;
    std::optional<std::size_t> network;
    std::string weight;
    std::filesystem::path html;
    std::filesystem::path attributions;
    int threads = 0;
    bool attribute = false;
    bool demo = false;
    bool full = false;
    bool quiet = false;
    bool json = false;
};

void check_arguments(const ExplainArguments& arguments) {
    const bool given = !arguments.model.empty();
    if (arguments.demo && given)
        throw Error(ErrorKind::usage, "--demo explains a network of its own: leave MODEL and DATA out");
    if (!arguments.demo && (!given || arguments.data.empty()))
        throw Error(ErrorKind::usage,
                    "MODEL and DATA are missing: thalweg explain MODEL DATA --row 1; or --demo, which needs "
                    "neither");
    if (arguments.demo && (arguments.attribute || !arguments.attributions.empty()))
        throw Error(ErrorKind::usage,
                    "--demo has no columns to attribute its prediction to: name MODEL and DATA");
    if (arguments.demo && (arguments.row || arguments.network))
        throw Error(
            ErrorKind::usage,
            "--demo has one network and one row: leave --row and --network out, or name MODEL and DATA");
    if (arguments.html == "-" && (arguments.json || !arguments.weight.empty()))
        throw Error(
            ErrorKind::usage,
            "--html - writes the page to standard output, where --json and --weight print: name a file");
}

void check_files(const ExplainArguments& arguments) {
    std::vector<std::string> inputs = arguments.data;
    inputs.insert(inputs.end(), arguments.model.begin(), arguments.model.end());
    const auto check = [&](const std::filesystem::path& file, std::string_view flag) {
        if (file.empty()) return;
        refuse_overwriting(file, inputs, flag);
        check_writable(file);
    };
    if (arguments.html != "-") check(arguments.html, "--html");
    if (arguments.attributions != "-") check(arguments.attributions, "--attributions");
}

/// Of every row instead of one.
int write_attributions(const ExplainArguments& arguments, Console& console) {
    const Model model = Model::load(arguments.model.front());
    const Table table = read_for_model(model, arguments.data, arguments.read, console);
    write_table(attribution_table(model, table, arguments.threads), arguments.attributions);
    return 0;
}

Explanation explanation_of(const ExplainArguments& arguments, Console& console) {
    if (arguments.demo) return explain_theory();
    const Model model = Model::load(arguments.model.front());
    const Table table = read_for_model(model, arguments.data, arguments.read, console);
    const std::size_t row = arguments.row.value_or(1) - 1;
    Explanation explanation = explain(model, table, row, arguments.network.value_or(1));
    explanation.model = arguments.model.front();
    if (arguments.attribute) attribute(explanation, model, table, row, arguments.threads);
    return explanation;
}

int run_explain(const ExplainArguments& arguments) {
    check_arguments(arguments);
    const std::optional<WeightPlace> place =
        arguments.weight.empty() ? std::nullopt : std::optional(parse_weight_place(arguments.weight));
    check_files(arguments);
    Console console(arguments.quiet);
    if (!arguments.attributions.empty()) return write_attributions(arguments, console);
    const Explanation explanation = explanation_of(arguments, console);
    const std::optional<WeightStory> story =
        place ? std::optional(tell_weight(explanation, *place)) : std::nullopt;
    if (!explanation.gradient)
        console.warn("the row has no target: its way forward is shown, and no loss or gradient");
    if (!arguments.html.empty())
        write_file_or_output(arguments.html, [&](OutputFile& file, const std::string&) {
            file.write(explanation_page(explanation));
        });
    if (arguments.json) {
        nlohmann::ordered_json json = to_json(explanation);
        if (story) json["weight"] = to_json(*story);
        console.result(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else if (story) {
        console.result(weight_text(explanation, *story));
    } else if (arguments.html.empty()) {
        console.result(explanation_text(explanation, arguments.full));
    }
    return 0;
}

std::vector<Option> options_of(ExplainArguments& arguments) {
    constexpr std::string_view kWhat = "What to explain";
    return {
        bind_option({.name = "row",
                     .value = "N",
                     .group = kWhat,
                     .help = "The row of DATA, counted from 1.",
                     .chosen = "1",
                     .range = kOneOrMore},
                    arguments.row),
        bind_option({.name = "network",
                     .value = "N",
                     .group = kWhat,
                     .help = "Which of the model's networks, counted from 1; 'thalweg inspect' lists them. "
                             "Each member of an ensemble that shares weights counts as one.",
                     .chosen = "1",
                     .range = kOneOrMore},
                    arguments.network),
        bind_option({.name = "weight",
                     .value = "L,P,Q",
                     .group = kWhat,
                     .help = "Tell the story of one weight instead: that from neuron Q of layer L-1 to "
                             "neuron P of layer L, counted from 1; Q = 0 is the bias."},
                    arguments.weight),
        bind_option({.name = "attribute",
                     .group = kWhat,
                     .help = "Add what each column contributed to the row's prediction: integrated gradients "
                             "from the mean row, summed over the inputs of a column; together they are the "
                             "prediction's difference from that of the mean row."},
                    arguments.attribute),
        bind_option({.name = "attributions",
                     .value = "FILE",
                     .group = kWhat,
                     .help = "Write those of every row of DATA as a table instead: .csv, .parquet or .arrow; "
                             "- is CSV on standard output."},
                    arguments.attributions),
        bind_option({.name = "demo",
                     .group = kWhat,
                     .help = "Explain the 3-3-3-2 network of the theory, without MODEL and DATA."},
                    arguments.demo),
        bind_option({.name = "html",
                     .value = "FILE",
                     .group = option_group::kOutput,
                     .help = "Write a page that needs nothing beside it: the network drawn, its numbers "
                             "where the pointer is, both passes step by step; - is standard output."},
                    arguments.html),
        bind_option({.name = "full",
                     .group = option_group::kOutput,
                     .help = "Print every number, of layers with many neurons too."},
                    arguments.full)};
}

}  // namespace

Command explain_command() {
    const auto arguments = std::make_shared<ExplainArguments>();
    Command command;
    command.name = "explain";
    command.summary = "Walk one row through a network, forward and back, with every number";
    command.description = {
        "Shows how a network comes to its prediction of a row and how it would learn from it: the inputs "
        "after preprocessing, pre-activations a_i and activations h_i of every layer, the logits, y_hat and "
        "the loss; then the gradient at the output, at every layer, weight and bias, and at the inputs, each "
        "beside its formula. docs/theory.md tells what they mean.",
        "Where the row has no target there is no loss and no way back. A model of several networks predicts "
        "their mean; one of them is explained, see --network. The numbers are those of the plain pass in "
        "double.",
        "The mean row of --attribute is that of the training rows: numbers' means, and of categories and "
        "times the mean of their inputs, so that a row's contributions do not hang on the other rows of "
        "DATA. "
        "Models before format 7 do not store the latter two; those means are then of DATA. What is "
        "attributed is the prediction of the whole model, real values in their own units and probabilities "
        "before calibration; of several classes that of the predicted one."};
    command.positionals = {
        {.name = "MODEL",
         .help = "A model file of 'thalweg train'.",
         .values = &arguments->model,
         .required = false},
        {.name = "DATA", .help = kDataHelp, .values = &arguments->data, .many = true, .required = false}};
    append(command.options, options_of(*arguments));
    append(command.options, bind_options(arguments->read));
    append(command.options, {threads_option(arguments->threads), json_option(arguments->json),
                             quiet_option(arguments->quiet)});
    command.examples = {
        {"A network small enough to follow by hand", "thalweg explain --demo"},
        {"The third row of a table", "thalweg explain houses.safetensors houses.csv --row 3"},
        {"What each column contributed", "thalweg explain houses.safetensors houses.csv --row 3 --attribute"},
        {"The same of every row, as a table",
         "thalweg explain houses.safetensors houses.csv --attributions contributions.csv"},
        {"As a page for the browser", "thalweg explain --demo --html demo.html"},
        {"One weight: every path from the loss to it", "thalweg explain --demo --weight 1,2,3"}};
    command.run = [arguments] { return run_explain(*arguments); };
    return command;
}

}  // namespace thalweg::cli
