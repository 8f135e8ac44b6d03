#include "command.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "cli/program.h"

namespace nb = nanobind;

namespace thalweg::python {

void bind_command(nb::module_& module) {
    module.def(
        "run_command", nb::overload_cast<const std::vector<std::string>&>(&cli::run_program),
        nb::arg("words"), nb::call_guard<nb::gil_scoped_release>(),
        "The command `thalweg` in a process of its own: it takes Ctrl-C over. Returns the exit status.");
}

}  // namespace thalweg::python
