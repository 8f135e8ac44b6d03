#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "thalweg/table.hpp"

namespace thalweg::python {

/// See Frame::add_objects.
Column column_of_objects(std::string name, nanobind::iterable objects);

}  // namespace thalweg::python
