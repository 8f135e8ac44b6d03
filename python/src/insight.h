#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// Adds Explanation and what makes one.
void bind_insight(nanobind::module_& module);

}  // namespace thalweg::python
