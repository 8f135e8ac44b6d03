#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/command.h"

namespace thalweg::cli {

/// The options of a command under one heading.
struct OptionGroup {
    std::string heading;
    std::vector<const Option*> options;
};

/// The options by heading, headings in the order of their first option.
std::vector<OptionGroup> grouped_options(const Command& command);

/// What follows the help of an option: its default, or what is chosen where it is not given.
std::string default_note(const Option& option);

/// What `thalweg` alone prints. Lines of at most `width` characters.
std::string overview_text(std::size_t width);
/// What `thalweg COMMAND --help` prints.
std::string help_text(const Command& command, std::size_t width);
/// The page of the command in docs/.
std::string help_markdown(const Command& command);

/// `text` in lines of at most `width` characters (longer words stay whole), each after `indent` spaces.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width);

}  // namespace thalweg::cli
