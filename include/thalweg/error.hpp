#pragma once

#include <stdexcept>
#include <string>

namespace thalweg {

/// What went wrong, which decides the program's exit code.
enum class ErrorKind {
    usage,    ///< an option, a width, a name that cannot be: exit 2
    data,     ///< a table, a cell, a column: exit 3
    model,    ///< a model file: exit 4
    numeric,  ///< training diverged: exit 5
    io,       ///< a file or memory that could not be had: exit 1
};

/// The one exception that Thalweg throws. The message says what was wrong, where, and what to do.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
    ErrorKind kind() const noexcept { return kind_; }

  private:
    ErrorKind kind_;
};

}  // namespace thalweg
