#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

/// Adds Network, its passes, and the update rules.
void bind_network(nanobind::module_& module);

}  // namespace thalweg::python
