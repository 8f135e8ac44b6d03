#pragma once

#include <string>
#include <vector>

namespace thalweg::cli {

/// The program without its name: `words` are what follows it on the command line. Returns the exit status;
/// what fails is said on standard error. From here on SIGINT and SIGTERM are the program's.
int run_program(const std::vector<std::string>& words);
/// The same, of what main is called with.
int run_program(int argc, char** argv);

}  // namespace thalweg::cli
