#include <memory>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/data_options.h"
#include "cli/data_report.h"
#include "model/option_table.h"
#include "thalweg/model.hpp"

namespace thalweg::cli {
namespace {

struct InspectArguments {
    std::vector<std::string> files;
    ReadOptions read;
    bool json = false;
};

int run_inspect(const InspectArguments& arguments) {
    Console console;
    if (arguments.files.size() == 1 && looks_like_model(arguments.files.front())) {
        const Model model = Model::load(arguments.files.front());
        console.result(arguments.json ? model.to_json() : model.describe());
    } else {
        const DataReport report = describe_data(read_data(arguments.files, arguments.read, console));
        console.result(arguments.json ? data_json(report) : data_text(report));
    }
    return 0;
}

}  // namespace

Command inspect_command() {
    const auto arguments = std::make_shared<InspectArguments>();
    Command command;
    command.name = "inspect";
    command.summary = "Show what is in a model or in a data file";
    command.description = {
        "Of a model: its layers and parameters, how it was trained, and what is done with each column. Of "
        "data: "
        "each column's type, missing and distinct values, examples, and what training would do with it. "
        "Which of "
        "the two a file is, its first bytes tell."};
    command.positionals = {{.name = "FILE",
                            .help = "A model, or data: " + std::string(kDataHelp),
                            .values = &arguments->files,
                            .many = true}};
    append(command.options, bind_options(arguments->read));
    append(command.options, {json_option(arguments->json)});
    command.examples = {{"A model", "thalweg inspect houses.safetensors"},
                        {"A table, before training on it", "thalweg inspect houses.csv"}};
    command.run = [arguments] { return run_inspect(*arguments); };
    return command;
}

}  // namespace thalweg::cli
