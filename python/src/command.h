#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// Adds run_command, the program.
void bind_command(nanobind::module_& module);

}  // namespace thalweg::python
