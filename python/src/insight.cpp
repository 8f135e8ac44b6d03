#include "insight.h"

#include <nanobind/stl/string.h>

#include <utility>

#include "frame.h"
#include "insight/explanation_json.h"
#include "insight/explanation_page.h"
#include "insight/explanation_text.h"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

Explanation explain_row(const Model& model, Frame& frame, std::size_t row, std::size_t network) {
    const Table table = frame.take("the data");
    const nb::gil_scoped_release released;
    return explain(model, table, row, network);
}

std::string weight_story(const Explanation& explanation, std::size_t layer, std::size_t to,
                         std::size_t from) {
    return weight_text(explanation, tell_weight(explanation, {layer, to, from}));
}

std::string json_text(const Explanation& explanation) {
    return to_json(explanation).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void bind_insight(nb::module_& module) {
    nb::class_<Explanation>(module, "Explanation", "One row on its way through a network and back.")
        .def("page", &explanation_page, "an HTML page of its own")
        .def("text", &explanation_text, nb::arg("full") = false)
        .def("json", &json_text)
        .def("weight", &weight_story, nb::arg("layer"), nb::arg("to"), nb::arg("source"));
    module.def("explain_row", &explain_row, nb::arg("model"), nb::arg("frame"), nb::arg("row"),
               nb::arg("network"));
    module.def("explain_theory", &explain_theory);
}

}  // namespace thalweg::python
