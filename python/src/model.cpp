#include "model.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "frame.h"
#include "insight/plain_network.h"
#include "model/model_file.h"
#include "thalweg/model.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

/// The text of what a table had that training had not.
std::vector<std::string> notes_of(const std::vector<ColumnReport>& reports) {
    std::vector<std::string> notes;
    for (const ColumnReport& report : reports) {
        if (report.missing > 0)
            notes.push_back("column '" + report.name + "': " + std::to_string(report.missing) +
                            " missing cells, where training had none");
        if (report.unseen == 0) continue;
        std::string note = "column '" + report.name + "': " + std::to_string(report.unseen) +
                           " cells with values that training did not have";
        for (std::size_t i = 0; i < report.examples.size(); ++i)
            note += (i == 0 ? ": '" : ", '") + report.examples[i] + "'";
        notes.push_back(std::move(note));
    }
    return notes;
}

nb::tuple predict(const Model& model, Frame& frame, int threads, std::optional<double> interval) {
    const Table table = frame.take("the data");
    Predictions predictions;
    {
        const nb::gil_scoped_release released;
        predictions = model.predict(table, {threads, interval});
    }
    const std::vector<std::string> notes = notes_of(predictions.report);
    return nb::make_tuple(into_array(std::move(predictions.values)), into_array(std::move(predictions.lower)),
                          into_array(std::move(predictions.upper)), notes);
}

/// Rows one after the other on the calling thread, which for a few is done before a table were made.
/// positions: where in a row each of the model's input columns stands.
nb::ndarray<nb::numpy, double> predict_rows(
    const Model& model, nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu> rows,
    const std::vector<std::size_t>& positions) {
    const std::size_t width = rows.shape(1);
    if (std::any_of(rows.data(), rows.data() + rows.size(), [](double cell) { return std::isinf(cell); }))
        throw Error(ErrorKind::data, "Input X contains infinity");
    for (const std::size_t position : positions)
        if (position >= width)
            throw Error(ErrorKind::data, "the rows have fewer columns than the model needs");
    Matrix<double> values(rows.shape(0), model.prediction_size());
    std::vector<double> cells(positions.size());
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
        const double* row = rows.data() + i * width;
        for (std::size_t j = 0; j < positions.size(); ++j) cells[j] = row[positions[j]];
        model.predict(std::span<const double>(cells), values.row(i));
    }
    return into_array(std::move(values));
}

nb::bytes bytes_of(const Model& model) {
    const std::string bytes = model_bytes(model);
    return nb::bytes(bytes.data(), bytes.size());
}

Model model_of(const nb::bytes& bytes) {
    return model_from_bytes({bytes.c_str(), bytes.size()}, "the pickled model");
}

nb::dict dict_of(const Metrics& metrics) {
    nb::dict named;
    for (const auto& [name, value] : metrics) named[nb::cast(name)] = value;
    return named;
}

nb::dict evaluate(const Model& model, Frame& frame, int threads) {
    const Table table = frame.take("the data");
    Evaluation evaluation;
    {
        const nb::gil_scoped_release released;
        evaluation = model.evaluate(table, threads);
    }
    nb::dict metrics = dict_of(evaluation.metrics);
    for (const auto& [target, of_target] : evaluation.targets) metrics[nb::cast(target)] = dict_of(of_target);
    return metrics;
}

nb::list targets_of(const Model& model) {
    nb::list targets;
    for (const TargetPlan& target : model.target_coder().targets())
        targets.append(nb::make_tuple(target.name, target.classes));
    return targets;
}

}  // namespace

void bind_model(nb::module_& module) {
    nb::class_<Model>(module, "Model",
                      "A preprocessing, one network or several, and what they were trained for.")
        .def_static(
            "load", [](const std::string& path) { return Model::load(path); }, nb::arg("path"),
            nb::call_guard<nb::gil_scoped_release>())
        .def(
            "save", [](const Model& model, const std::string& path) { model.save(path); }, nb::arg("path"),
            nb::call_guard<nb::gil_scoped_release>())
        .def("predict", &predict, nb::arg("frame"), nb::arg("threads") = 0,
             nb::arg("interval").none() = nb::none(), "(values, lower, upper, notes)")
        .def("predict_rows", &predict_rows, nb::arg("rows"), nb::arg("positions"))
        .def("evaluate", &evaluate, nb::arg("frame"), nb::arg("threads") = 0)
        .def("describe", &Model::describe)
        .def("network", &network_alone, nb::arg("number"))
        .def_prop_ro("task",
                     [](const Model& model) { return std::string(name_of(model.target_coder().task())); })
        .def_prop_ro("targets", &targets_of, "(name, classes) of each; no classes: real values")
        .def_prop_ro("input_columns", [](const Model& model) { return model.input_columns(); })
        .def_prop_ro("training", [](const Model& model) { return model.training(); })
        .def("__getstate__", &bytes_of)
        .def("__setstate__",
             [](Model& model, const nb::bytes& bytes) { new (&model) Model(model_of(bytes)); });
}

}  // namespace thalweg::python
