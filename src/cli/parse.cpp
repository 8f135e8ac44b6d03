#include "cli/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/config.h"

namespace thalweg::cli {
namespace {

/// CLI11's view of a command: it cuts the words into flags, values and positionals; what a value means is
/// decided by the option table.
class Cutter {
  public:
    explicit Cutter(const Command& command) : command_(command) {
        app_.set_help_flag("");
        app_.allow_extras();
        help_ = app_.add_flag("-h,--help");
        for (const Option& option : command.options) declare(option);
    }

    void cut(const std::vector<std::string>& words) {
        const auto dashes = std::find(words.begin(), words.end(), "--");
        after_dashes_.assign(dashes == words.end() ? dashes : dashes + 1, words.end());
        std::vector<std::string> reversed = split_at_equals({words.begin(), dashes});
        std::reverse(reversed.begin(), reversed.end());
        try {
            app_.parse(std::move(reversed));
        } catch (const CLI::ArgumentMismatch&) {
            // The one mismatch left: every option takes one value, and the last word was a flag without it.
            throw Error(ErrorKind::usage, words.back() + " needs a value");
        } catch (const CLI::ParseError& error) {
            throw Error(ErrorKind::usage, error.what());
        }
    }

    bool help_asked() const { return help_->count() > 0; }
    std::vector<std::string> unknown_flags() const { return remaining(true); }
    std::vector<std::string> positionals() const {
        std::vector<std::string> words = remaining(false);
        words.insert(words.end(), after_dashes_.begin(), after_dashes_.end());
        return words;
    }

    /// The text given for option `place` of the command, or nothing.
    std::optional<std::string> text(std::size_t place) const {
        const CLI::results_t& results = declared_[place]->results();
        if (results.empty()) return {};
        const bool repeats_a_switch = command_.options[place].is_switch();
        if (results.size() > 1 && !repeats_a_switch)
            throw Error(ErrorKind::usage, command_.options[place].flag() + " is given twice");
        return results.back();
    }

  private:
    /// Words that are no option and no value: those that look like a flag, or the others.
    std::vector<std::string> remaining(bool flags) const {
        std::vector<std::string> words;
        for (const std::string& word : app_.remaining())
            if ((word.size() > 1 && word.front() == '-') == flags) words.push_back(word);
        return words;
    }

    void declare(const Option& option) {
        CLI::Option* declared =
            option.is_switch() ? app_.add_flag(option.flag()) : app_.add_option(option.flag());
        declared_.push_back(declared->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
    }

    /// "--name=value" as two words, so that an empty value stays a value.
    std::vector<std::string> split_at_equals(const std::vector<std::string>& words) const {
        std::vector<std::string> split;
        for (const std::string& word : words) {
            const std::size_t equals = word.find('=');
            const bool splits = equals != std::string::npos && takes_value(word.substr(0, equals));
            split.push_back(splits ? word.substr(0, equals) : word);
            if (splits) split.push_back(word.substr(equals + 1));
        }
        return split;
    }

    bool takes_value(const std::string& flag) const {
        return std::any_of(command_.options.begin(), command_.options.end(), [&](const Option& option) {
            return option.flag() == flag && !option.is_switch();
        });
    }

    const Command& command_;
    CLI::App app_;
    CLI::Option* help_;
    std::vector<std::string> after_dashes_;
    std::vector<CLI::Option*> declared_;
};

void refuse_unknown_flag(const Command& command, const std::string& word) {
    const std::string flag = word.substr(0, word.find('='));
    std::vector<std::string> flags = {"--help"};
    for (const Option& option : command.options) flags.push_back(option.flag());
    // The habit of other programs; here --output is a function of the network.
    const std::string nearest = flag == "--output" ? "-o" : nearest_name(flag, flags);
    const std::string offer = nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
    throw Error(ErrorKind::usage, fmt::format("unknown flag '{}'{}{} 'thalweg {} --help' lists them all",
                                              flag, offer, nearest.empty() ? ";" : "", command.name));
}

void fill_positionals(const Command& command, const std::vector<std::string>& words) {
    std::size_t taken = 0;
    for (const Positional& positional : command.positionals) {
        const std::size_t left = words.size() - taken;
        if (left == 0 && positional.required)
            throw Error(ErrorKind::usage, fmt::format("{} is missing: {}", positional.name, command.usage()));
        const std::size_t count = positional.many ? left : std::min<std::size_t>(left, 1);
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(taken);
        positional.values->assign(first, first + static_cast<std::ptrdiff_t>(count));
        taken += count;
    }
    if (taken < words.size())
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is one argument too many: {}", words[taken], command.usage()));
}

void set_from_flag(const Option& option, const std::string& text) {
    try {
        option.set(text);
    } catch (const Error& error) {
        throw Error(error.kind(), about_option(option.flag(), error.what()));
    }
}

}  // namespace

bool parse_command_line(Command& command, const std::vector<std::string>& words) {
    Cutter cutter(command);
    cutter.cut(words);
    if (cutter.help_asked()) return true;
    for (const std::string& word : cutter.unknown_flags()) refuse_unknown_flag(command, word);
    fill_positionals(command, cutter.positionals());
    for (std::size_t i = 0; i < command.options.size(); ++i)
        if (const auto path = cutter.text(i); path && command.options[i].about.name == kConfigOption)
            read_config(*path, command.options);
    for (std::size_t i = 0; i < command.options.size(); ++i)
        if (const auto text = cutter.text(i)) set_from_flag(command.options[i], *text);
    return false;
}

}  // namespace thalweg::cli
