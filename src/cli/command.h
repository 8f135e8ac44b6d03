#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/option.h"

namespace thalweg::cli {

/// An argument without a flag: MODEL, DATA.
struct Positional {
    std::string name;
    std::string help;
    std::vector<std::string>* values = nullptr;  ///< where the words of the command line go
    bool many = false;                           ///< takes all that are left
    bool required = true;
    std::vector<std::string> choices = {};  ///< the words that it accepts; empty: a file
};

struct Example {
    std::string what;
    std::string line;
};

/// A command of the program: everything that parsing, help, reference page and completion need to know.
/// Options and positionals are bound to fields that `run` reads.
struct Command {
    std::string name;
    std::string summary;                   ///< a line of the overview
    std::vector<std::string> description;  ///< paragraphs
    std::vector<Positional> positionals;
    std::vector<Option> options;
    std::vector<Example> examples;
    std::vector<std::string> notes = {};  ///< paragraphs after the options
    std::function<int()> run;             ///< the exit status; throws Error

    /// "thalweg predict MODEL DATA... [options]"
    std::string usage() const;
};

/// The options that a command takes up from an option table, or adds with bind_option.
void append(std::vector<Option>& options, std::vector<Option> more);

Command train_command();
Command predict_command();
Command evaluate_command();
Command cv_command();
Command tune_command();
Command explain_command();
Command check_command();
Command inspect_command();
Command completion_command();
Command help_command();

/// All commands, in the order of the overview.
std::vector<Command> all_commands();
std::vector<std::string> command_names();

/// The command of this name. Throws Error{usage} with the nearest.
Command find_command(const std::string& name);

}  // namespace thalweg::cli
