#include "cli/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/signals.h"
#include "core/file.h"
#include "core/memory.h"
#include "thalweg/error.hpp"
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

int exit_status(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return 2;
        case ErrorKind::data:
            return 3;
        case ErrorKind::model:
            return 4;
        case ErrorKind::numeric:
            return 5;
        case ErrorKind::io:
            return 1;
    }
    return 1;
}

int run_command(const std::string& name, const std::vector<std::string>& words) {
    Command command = find_command(name);
    if (!parse_command_line(command, words)) return command.run();
    fmt::print("{}", help_text(command, help_width()));
    return 0;
}

int dispatch(const std::vector<std::string>& words) {
    const std::string first = words.empty() ? "--help" : words.front();
    if (first == "--help" || first == "-h") {
        fmt::print("{}", overview_text(help_width()));
    } else if (first == "--version") {
        fmt::print("thalweg {} ({})\n", version(), simd_target());
    } else if (first.starts_with('-')) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is no command; flags come after one, as in thalweg train DATA {}",
                                first, first));
    } else {
        return run_command(first, {words.begin() + 1, words.end()});
    }
    return 0;
}

int report(std::string_view message, int status) {
    fmt::print(stderr, "error: {}\n", message);
    return status;
}

constexpr std::string_view kNoMemoryLine =
    "\nerror: not enough memory; a smaller network (--hidden), smaller batches (--batch-size) or fewer rows "
    "need less\n";
constexpr std::string_view kNoMemory = kNoMemoryLine.substr(8, kNoMemoryLine.size() - 9);
static_assert(kNoMemory.starts_with("not enough") && kNoMemory.ends_with("need less"));

/// For what is thrown where nobody can catch it, in a library's thread or a destructor: a lack of memory ends
/// the program with the same words as elsewhere.
[[noreturn]] void end_at_once() {
    try {
        if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        remove_unfinished_files();
        // In one piece and on a line of its own, since other threads may be telling of their progress.
        [[maybe_unused]] const auto written =
            ::write(STDERR_FILENO, kNoMemoryLine.data(), kNoMemoryLine.size());
        ::_exit(exit_status(ErrorKind::io));
    } catch (...) {
    }
    std::abort();
}

/// `words`: makes those of the command line, for which memory may be lacking too.
template <class Words>
int run_words(const Words& words) {
    try {
        exit_on_signals();
        std::set_terminate(end_at_once);
        const int status = dispatch(words());
        flush_results();
        return status;
    } catch (const Error& error) {
        return report(error.what(), exit_status(error.kind()));
    } catch (const std::bad_alloc&) {
        return report(kNoMemory, exit_status(ErrorKind::io));
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
    return run_words([&] { return words; });
}

int run_program(int argc, char** argv) {
    keep_freed_memory();
    return run_words([&] { return std::vector<std::string>(argv + 1, argv + argc); });
}

}  // namespace thalweg::cli
