#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace thalweg::cli {

/// Where a command's words go: results on standard output, all else on standard error.
class Console {
  public:
    explicit Console(bool quiet = false) : quiet_(quiet) {}

    bool quiet() const { return quiet_; }
    /// A line of what was asked for; --quiet does not silence it.
    void result(std::string_view line) const;
    /// A line about the work, on standard error.
    void say(std::string_view line) const;
    /// "warning: ..." on standard error, each text once.
    void warn(const std::string& text);

  private:
    bool quiet_;
    std::set<std::string> warned_;
};

/// True if standard error is a terminal, where a line can be redrawn.
bool stderr_is_terminal();
/// Characters in a line of the terminal behind a file descriptor, or `otherwise`.
std::size_t terminal_width(int descriptor, std::size_t otherwise);
/// How wide help is set: the terminal's width, within what reads well.
std::size_t help_width();
/// Writes out what is buffered. Throws Error{io} where standard output took not all of it: a full disk.
void flush_results();

}  // namespace thalweg::cli
