#include "cli/command.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace thalweg::cli {
namespace {

constexpr std::pair<std::string_view, Command (*)()> kCommands[] = {
    {"train", train_command},       {"predict", predict_command},
    {"evaluate", evaluate_command}, {"cv", cv_command},
#ifdef THALWEG_TUNE
    {"tune", tune_command},
#endif
    {"explain", explain_command},   {"check", check_command},
    {"inspect", inspect_command},   {"completion", completion_command},
    {"help", help_command},
};

}  // namespace

std::string Command::usage() const {
    std::string line = "thalweg " + name;
    for (const Positional& positional : positionals) {
        const std::string word = positional.name + (positional.many ? "..." : "");
        line += positional.required ? " " + word : " [" + word + "]";
    }
    for (const Option& option : options)
        if (option.about.name == "target") line += " --target " + std::string(option.about.value);
    return options.empty() ? line : line + " [options]";
}

void append(std::vector<Option>& options, std::vector<Option> more) {
    options.insert(options.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Command> all_commands() {
    std::vector<Command> commands;
    for (const auto& [name, make] : kCommands) commands.push_back(make());
    return commands;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const auto& [name, make] : kCommands) names.emplace_back(name);
    return names;
}

Command find_command(const std::string& name) {
    for (const auto& [known, make] : kCommands)
        if (known == name) return make();
    throw Error(ErrorKind::usage, unknown_name_message("command", name, command_names()));
}

}  // namespace thalweg::cli
