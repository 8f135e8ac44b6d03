#pragma once

#include <nanobind/nanobind.h>

#include "thalweg/train_options.hpp"

namespace thalweg::python {

/// The options of training by their Python names, from the values of a dict; None is what is not given.
/// Throws Error{usage} that names the option.
TrainOptions options_from(const nanobind::dict& values);

/// Adds parameters(): what the option table says of each.
void bind_options_module(nanobind::module_& module);

}  // namespace thalweg::python
