#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/help.h"

namespace thalweg::cli {
namespace {

struct HelpArguments {
    std::vector<std::string> command;
    bool markdown = false;
};

int run_help(const HelpArguments& arguments) {
    if (arguments.command.empty()) {
        if (arguments.markdown)
            throw Error(ErrorKind::usage, "--markdown needs a command: thalweg help --markdown train");
        fmt::print("{}", overview_text(help_width()));
        return 0;
    }
    const Command command = find_command(arguments.command.front());
    fmt::print("{}", arguments.markdown ? help_markdown(command) : help_text(command, help_width()));
    return 0;
}

}  // namespace

Command help_command() {
    const auto arguments = std::make_shared<HelpArguments>();
    Command command;
    command.name = "help";
    command.summary = "Tell all of a command, or give an overview";
    command.positionals = {{.name = "COMMAND",
                            .help = "The command to tell about; none: an overview of all.",
                            .values = &arguments->command,
                            .required = false,
                            .choices = command_names()}};
    command.options = {bind_option({.name = "markdown",
                                    .group = "Output",
                                    .help = "Print the command's reference page, as it stands in docs/."},
                                   arguments->markdown)};
    command.examples = {
        {"All flags of train", "thalweg help train"},
        {"The reference page of predict", "thalweg help --markdown predict > docs/predict.md"}};
    command.run = [arguments] { return run_help(*arguments); };
    return command;
}

}  // namespace thalweg::cli
