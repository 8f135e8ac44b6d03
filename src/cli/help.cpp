#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace thalweg::cli {
namespace {

/// Flags stand in a column of their own where there is room for their help beside it.
constexpr std::size_t kFlagColumn = 30;

constexpr const char* kSimdVariableHelp =
    "The SIMD target to compute with, by the name that 'thalweg --version' prints, or scalar. All of them "
    "give the same bits. Default: the best that this machine has.";

std::string choices_note(const Option& option) {
    if (option.choices.empty()) return "";
    return fmt::format("One of {}.", fmt::join(option.choices, ", "));
}

/// Help, choices and default of an option as one text.
std::string full_help(const Option& option) {
    std::string text(option.about.help);
    for (const std::string& note : {choices_note(option), default_note(option)})
        if (!note.empty()) text += " " + note;
    return text;
}

std::string flag_and_value(const Option& option) {
    return option.is_switch() ? option.flag() : option.flag() + " " + std::string(option.about.value);
}

/// A term and what is said of it, side by side, or below it where the term is long.
std::string entry(const std::string& term, const std::string& text, std::size_t width) {
    const std::string said = wrapped(text, kFlagColumn, width);
    if (term.size() + 4 > kFlagColumn) return "  " + term + "\n" + said;
    return "  " + term + said.substr(term.size() + 2);
}

std::string examples_text(const Command& command) {
    std::string text = command.examples.size() == 1 ? "Example:\n" : "Examples:\n";
    for (const Example& example : command.examples)
        text += fmt::format("  # {}\n  {}\n", example.what, example.line);
    return text;
}

/// Characters that Markdown would take for its own: a bar ends a cell of a table.
std::string escaped_cell(std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
        text.insert(at, "\\");
    return text;
}

std::string choices_in_code(const Option& option) {
    std::vector<std::string> names;
    for (const std::string& choice : option.choices) names.push_back("`" + choice + "`");
    return fmt::format("One of {}.", fmt::join(names, ", "));
}

std::string markdown_help(const Option& option) {
    std::string text(option.about.help);
    if (!option.choices.empty()) text += " " + choices_in_code(option);
    const std::string note = default_note(option);
    if (!note.empty()) text += " *" + note + "*";
    return text;
}

std::string markdown_options(const Command& command) {
    std::string text;
    for (const OptionGroup& group : grouped_options(command)) {
        text += fmt::format("\n## {}\n\n| flag | what it does |\n|---|---|\n", group.heading);
        for (const Option* option : group.options)
            text += fmt::format("| `{}` | {} |\n", escaped_cell(flag_and_value(*option)),
                                escaped_cell(markdown_help(*option)));
    }
    return text;
}

std::string markdown_arguments(const Command& command) {
    std::string text;
    for (const Positional& positional : command.positionals)
        text += fmt::format("- `{}`: {}\n", positional.name, positional.help);
    return text.empty() ? "" : "\n" + text;
}

std::string markdown_examples(const Command& command) {
    std::string text = command.examples.empty() ? "" : "\n## Examples\n";
    for (const Example& example : command.examples)
        text += fmt::format("\n{}:\n\n```sh\n{}\n```\n", example.what, example.line);
    return text;
}

}  // namespace

std::vector<OptionGroup> grouped_options(const Command& command) {
    std::vector<OptionGroup> groups;
    for (const Option& option : command.options) {
        const auto same = [&](const OptionGroup& group) { return group.heading == option.about.group; };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end()) group = groups.insert(groups.end(), {std::string(option.about.group), {}});
        group->options.push_back(&option);
    }
    return groups;
}

std::string default_note(const Option& option) {
    if (!option.about.chosen.empty()) return fmt::format("Default: {}.", option.about.chosen);
    if (option.is_switch() || option.initial.empty()) return "";
    const std::string_view mark = option.kind == ValueKind::character ? "'" : "";
    return fmt::format("Default: {0}{1}{0}.", mark, option.initial);
}

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
    std::string lines;
    std::string line;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
            lines += std::string(indent, ' ') + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return lines + std::string(indent, ' ') + line + "\n";
}

std::string overview_text(std::size_t width) {
    std::string text = wrapped(
        "thalweg trains feed-forward neural networks on tables and images, and predicts "
        "with them.",
        0, width);
    text += "\nCommands:\n";
    for (const Command& command : all_commands())
        text += fmt::format("  {:<12}{}\n", command.name, command.summary);
    text +=
        "\nStart with:\n"
        "  thalweg train houses.csv --target price -o houses.safetensors\n"
        "  thalweg predict houses.safetensors new_houses.csv -o predictions.csv\n"
        "\n'thalweg COMMAND --help' tells all of a command; 'thalweg --version' the version and the SIMD "
        "target.\n"
        "\nEnvironment:\n" +
        entry("THALWEG_SIMD", kSimdVariableHelp, width);
    return text;
}

std::string help_text(const Command& command, std::size_t width) {
    std::string text = fmt::format("{}\n\nUsage: {}\n", command.summary, command.usage());
    for (const std::string& paragraph : command.description) text += "\n" + wrapped(paragraph, 0, width);
    if (!command.positionals.empty()) text += "\nArguments:\n";
    for (const Positional& positional : command.positionals)
        text += entry(positional.name, positional.help, width);
    for (const OptionGroup& group : grouped_options(command)) {
        text += "\n" + group.heading + ":\n";
        for (const Option* option : group.options)
            text += entry(flag_and_value(*option), full_help(*option), width);
    }
    for (const std::string& note : command.notes) text += "\n" + wrapped(note, 0, width);
    return command.examples.empty() ? text : text + "\n" + examples_text(command);
}

std::string help_markdown(const Command& command) {
    std::string text =
        fmt::format("# thalweg {}\n\n{}.\n\n```\n{}\n```\n", command.name, command.summary, command.usage());
    for (const std::string& paragraph : command.description) text += "\n" + paragraph + "\n";
    text += markdown_arguments(command) + markdown_options(command);
    for (const std::string& note : command.notes) text += "\n" + note + "\n";
    return text + markdown_examples(command);
}

}  // namespace thalweg::cli
