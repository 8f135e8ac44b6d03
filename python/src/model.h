#pragma once

#include <nanobind/nanobind.h>

namespace thalweg::python {

void bind_model(nanobind::module_& module);

}  // namespace thalweg::python
