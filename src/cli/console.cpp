#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "thalweg/error.hpp"

namespace thalweg::cli {

void Console::result(std::string_view line) const {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

void Console::say(std::string_view line) const {
    if (quiet_) return;
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
}

void Console::warn(const std::string& text) {
    if (warned_.insert(text).second) say("warning: " + text);
}

bool stderr_is_terminal() {
    return isatty(STDERR_FILENO) == 1;
}

std::size_t terminal_width(int descriptor, std::size_t otherwise) {
    winsize size{};
    const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : otherwise;
}

std::size_t help_width() {
    return std::clamp<std::size_t>(terminal_width(STDOUT_FILENO, 100), 60, 110);
}

void flush_results() {
    const bool flushed = std::fflush(stdout) == 0;
    const int reason = errno;
    if (flushed && std::ferror(stdout) == 0) return;
    throw Error(ErrorKind::io,
                fmt::format("standard output cannot be written: {}", std::strerror(flushed ? EIO : reason)));
}

}  // namespace thalweg::cli
