#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// Adds train(), what it gives and what its callbacks are told.
void bind_training(nanobind::module_& module);

}  // namespace thalweg::python
