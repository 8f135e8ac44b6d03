#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace thalweg::testing {

/// A temporary folder in which programs are run.
class WorkFolder : public TemporaryFolder {
  public:
    /// Writes a file, folders above it included.
    void write(const std::string& name, const std::string& content) const;
    /// The bytes of a file; "" where there is none.
    std::string read(const std::string& name) const;
    /// Every file and folder inside, relative, sorted.
    std::vector<std::string> entries() const;
};

/// How a program is run. Standard error never goes to the terminal of the test.
struct RunOptions {
    std::filesystem::path folder = {};               ///< working folder
    std::string input = {};                          ///< on standard input
    std::string output_to = {};                      ///< a file that takes standard output; empty: captured
    std::map<std::string, std::string> change = {};  ///< environment variables
    std::size_t memory_limit = 0;                    ///< bytes of address space; 0: none
};

struct RunResult {
    int status = 0;  ///< the exit status; 128 + signal where a signal ended it
    std::string out;
    std::string err;
};

/// Runs any program (words[0], looked up in PATH) to its end.
RunResult run(const std::vector<std::string>& words, const RunOptions& options = {});
/// Runs thalweg.
RunResult thalweg(const std::vector<std::string>& words, const RunOptions& options = {});

/// thalweg while it runs, its standard error in hand. With `terminal` (characters in a line) standard error
/// is a terminal.
class RunningProgram {
  public:
    RunningProgram(const std::vector<std::string>& words, const RunOptions& options,
                   unsigned short terminal = 0);
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    /// Reads on until standard error holds `text`; false where it ended without it.
    bool wait_for(const std::string& text);
    void send(int signal);
    /// Reads standard error to its end and waits: the exit status as in RunResult.
    int finish();
    const std::string& err() const { return err_; }

  private:
    bool read_more();

    pid_t process_ = -1;
    int err_descriptor_ = -1;
    std::string err_;
};

}  // namespace thalweg::testing
