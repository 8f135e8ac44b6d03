#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace thalweg::cli {

/// Fills the fields that `command` is bound to from the words after its name, and from the file that
/// --config names; the command line wins. Returns true where help was asked for instead.
/// Throws Error{usage}: an unknown flag (the nearest is offered), a value that is out of range (flag and
/// range are named), a flag given twice, a missing argument; Error{io} if the config file cannot be read.
bool parse_command_line(Command& command, const std::vector<std::string>& words);

}  // namespace thalweg::cli
