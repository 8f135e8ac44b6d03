#include <fmt/format.h>

#include <memory>

#include "cli/command.h"

namespace thalweg::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> flags_of(const Command& command) {
    std::vector<std::string> flags = {"--help"};
    for (const Option& option : command.options) flags.push_back(option.flag());
    return flags;
}

bool takes_a_file(const Option& option) {
    return option.kind == ValueKind::file || option.kind == ValueKind::number_or_file;
}

/// The words after which bash completes something of its own kind, as a pattern of `case`.
template <class Predicate>
std::string flag_pattern(const Command& command, Predicate&& belongs) {
    std::vector<std::string> flags;
    for (const Option& option : command.options)
        if (belongs(option)) flags.push_back(option.flag());
    return fmt::format("{}", fmt::join(flags, "|"));
}

/// The branch of bash's `case` that offers what may stand after a flag of `command`.
std::string bash_values(const Command& command) {
    std::string text;
    for (const Option& option : command.options)
        if (!option.choices.empty())
            text +=
                fmt::format("                {}) words=\"{}\" ;;\n", option.flag(), joined(option.choices));
    const std::string files = flag_pattern(command, takes_a_file);
    if (!files.empty()) text += fmt::format("                {}) files=1 ;;\n", files);
    const std::string free = flag_pattern(command, [](const Option& option) {
        return !option.is_switch() && option.choices.empty() && !takes_a_file(option);
    });
    if (!free.empty()) text += fmt::format("                {}) ;;\n", free);
    return text;
}

std::string bash_positionals(const Command& command) {
    for (const Positional& positional : command.positionals)
        if (!positional.choices.empty()) return "words=\"" + joined(positional.choices) + "\"";
    return command.positionals.empty() ? "" : "files=1";
}

std::string bash_branch(const Command& command) {
    return fmt::format(
        "        {})\n"
        "            case $previous in\n"
        "{}"
        "                *) if [[ $current == -* ]]; then words=\"{}\"; else {}; fi ;;\n"
        "            esac ;;\n",
        command.name, bash_values(command), joined(flags_of(command)),
        command.positionals.empty() ? ":" : bash_positionals(command));
}

std::string bash_script() {
    std::string branches;
    for (const Command& command : all_commands()) branches += bash_branch(command);
    return fmt::format(
        "# bash completion for thalweg. Load it with: source <(thalweg completion bash)\n"
        "_thalweg() {{\n"
        "    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words= files=\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$current\"))\n"
        "        return\n"
        "    fi\n"
        "    case ${{COMP_WORDS[1]}} in\n"
        "{}"
        "    esac\n"
        "    COMPREPLY=()\n"
        "    if [[ $words ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "    elif [[ $files ]]; then\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
        "    fi\n"
        "}}\n"
        "complete -F _thalweg thalweg\n",
        joined(command_names()), branches);
}

/// Text inside '...' of zsh's _arguments, where brackets and colons have a meaning of their own.
std::string zsh_escaped(std::string_view text) {
    std::string escaped;
    for (const char letter : text) {
        if (letter == '\'')
            escaped += "'\\''";
        else if (letter == '[' || letter == ']' || letter == ':' || letter == '\\')
            escaped += std::string("\\") + letter;
        else
            escaped += letter;
    }
    return escaped;
}

/// What zsh offers for a value: names, files, or only a hint at what to type.
std::string zsh_action(const std::vector<std::string>& choices, bool file) {
    if (!choices.empty()) return "(" + joined(choices) + ")";
    return file ? "_files" : " ";
}

std::string zsh_option(const Option& option) {
    const std::string help = zsh_escaped(option.about.help.substr(0, option.about.help.find(". ")));
    if (option.is_switch()) return fmt::format("'{}[{}]'", option.flag(), help);
    return fmt::format("'{}[{}]:{}:{}'", option.flag(), help, zsh_escaped(option.about.value),
                       zsh_action(option.choices, takes_a_file(option)));
}

std::string zsh_positional(const Positional& positional) {
    return fmt::format("'{}:{}:{}'", positional.many ? "*" : "", zsh_escaped(positional.name),
                       zsh_action(positional.choices, true));
}

std::string zsh_branch(const Command& command) {
    std::vector<std::string> arguments = {"'(- *)--help[tell all of this command]'"};
    for (const Option& option : command.options) arguments.push_back(zsh_option(option));
    for (const Positional& positional : command.positionals) arguments.push_back(zsh_positional(positional));
    return fmt::format("        {})\n            _arguments \\\n                {} ;;\n", command.name,
                       fmt::join(arguments, " \\\n                "));
}

std::string zsh_script() {
    std::string branches;
    std::string summaries;
    for (const Command& command : all_commands()) {
        branches += zsh_branch(command);
        summaries += fmt::format("        '{}:{}'\n", command.name, zsh_escaped(command.summary));
    }
    return fmt::format(
        "#compdef thalweg\n"
        "# zsh completion for thalweg. Load it with: source <(thalweg completion zsh)\n"
        "_thalweg() {{\n"
        "    local -a commands\n"
        "    commands=(\n"
        "{}"
        "    )\n"
        "    if ((CURRENT == 2)); then\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    local command=$words[2]\n"
        "    shift words\n"
        "    ((CURRENT--))\n"
        "    case $command in\n"
        "{}"
        "    esac\n"
        "}}\n"
        "if [[ $funcstack[1] == _thalweg ]]; then _thalweg \"$@\"; else compdef _thalweg thalweg; fi\n",
        summaries, branches);
}

}  // namespace

Command completion_command() {
    const auto shell = std::make_shared<std::vector<std::string>>();
    Command command;
    command.name = "completion";
    command.summary = "Print a script that completes flags and names in bash or zsh";
    command.positionals = {
        {.name = "SHELL", .help = "bash or zsh.", .values = shell.get(), .choices = {"bash", "zsh"}}};
    command.examples = {{"In ~/.bashrc", "source <(thalweg completion bash)"},
                        {"In ~/.zshrc, after compinit", "source <(thalweg completion zsh)"}};
    command.run = [shell] {
        const std::string& name = shell->front();
        if (name != "bash" && name != "zsh")
            throw Error(ErrorKind::usage,
                        unknown_name_message("shell", name, std::vector<std::string>{"bash", "zsh"}));
        fmt::print("{}", name == "bash" ? bash_script() : zsh_script());
        return 0;
    };
    return command;
}

}  // namespace thalweg::cli
