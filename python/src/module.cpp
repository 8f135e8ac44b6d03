#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "command.h"
#include "continuation.h"
#include "errors.h"
#include "frame.h"
#include "insight.h"
#include "model.h"
#include "network.h"
#include "options.h"
#include "thalweg/version.hpp"
#include "training.h"

namespace nb = nanobind;

NB_MODULE(_thalweg, module) {
    using namespace thalweg::python;
    module.doc() = "The library under the package thalweg.";
    register_errors();
    bind_options_module(module);
    bind_frame(module);
    bind_network(module);
    bind_model(module);
    bind_continuation(module);
    bind_insight(module);
    bind_training(module);
    bind_command(module);
    module.def("version", &thalweg::version);
    module.def("simd_target", &thalweg::simd_target, "What the engine's kernels were chosen for: AVX2, say.");
}
