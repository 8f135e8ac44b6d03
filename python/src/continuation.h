#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// Adds Continuation, which pickles.
void bind_continuation(nanobind::module_& module);

}  // namespace thalweg::python
