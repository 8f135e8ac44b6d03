#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace thalweg::python {

/// A message of the library with the options in it named as Python has them: "--learning-rate" is
/// "learning_rate".
std::string in_python(std::string message);

/// thalweg::Error becomes ValueError (an option, the data, a model file), OSError (a file, memory) or
/// ArithmeticError (numbers that left their range).
void register_errors();

}  // namespace thalweg::python
