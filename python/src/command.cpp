#include "command.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdio>

#include "cli/program.h"

namespace nb = nanobind;

namespace thalweg::python {

void bind_command(nb::module_& module) {
    module.def(
        "run_command",
        [](const std::vector<std::string>& words) {
            const int status = cli::run_program(words);
            std::fflush(nullptr);
            return status;
        },
        nb::arg("words"), nb::call_guard<nb::gil_scoped_release>(),
        "The command `thalweg` in a process of its own: it takes Ctrl-C over. Returns the exit status, when "
        "all that was printed is out.");
}

}  // namespace thalweg::python
