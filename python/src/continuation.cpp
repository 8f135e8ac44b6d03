#include "continuation.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model/model_file.h"
#include "thalweg/continuation.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

nb::bytes bytes_of(const AlignedVector<float>& values) {
    return nb::bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

AlignedVector<float> floats_of(const nb::bytes& bytes) {
    AlignedVector<float> values(bytes.size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes.c_str(), values.size() * sizeof(float));
    return values;
}

using Pickled = std::tuple<nb::bytes, std::size_t, std::size_t, std::size_t, std::size_t, nb::bytes,
                           std::vector<nb::bytes>, std::vector<double>, nb::bytes, std::size_t>;

Pickled pickled(const Continuation& continuation) {
    if (!continuation.begun())
        throw Error(ErrorKind::usage, "a training that has not begun has nothing to keep");
    const FitState& state = continuation.state;
    const std::string model = model_bytes(continuation.model);
    std::vector<nb::bytes> rule;
    for (const AlignedVector<float>& values : state.rule) rule.push_back(bytes_of(values));
    return {nb::bytes(model.data(), model.size()),
            continuation.training_rows,
            continuation.validation_rows,
            state.epoch,
            state.step,
            bytes_of(state.theta),
            std::move(rule),
            state.scores,
            bytes_of(state.best_theta),
            state.best_epoch};
}

/// Vectors of another size than the network's are refused where training goes on.
Continuation unpickled(const Pickled& values) {
    const auto& [model, training_rows, validation_rows, epoch, step, theta, rule, scores, best_theta,
                 best_epoch] = values;
    Continuation continuation;
    continuation.model = model_from_bytes({model.c_str(), model.size()}, "the pickled model");
    continuation.training_rows = training_rows;
    continuation.validation_rows = validation_rows;
    FitState& state = continuation.state;
    state.epoch = epoch;
    state.step = step;
    state.theta = floats_of(theta);
    for (const nb::bytes& of_rule : rule) state.rule.push_back(floats_of(of_rule));
    state.scores = scores;
    state.best_theta = floats_of(best_theta);
    state.best_epoch = best_epoch;
    return continuation;
}

/// Before the first call: the classes of each target.
Continuation of_classes(const std::string& task, const std::vector<std::string>& targets,
                        const std::vector<std::string>& classes) {
    std::vector<TargetPlan> plans;
    for (const std::string& name : targets) {
        TargetPlan& plan = plans.emplace_back();
        plan.name = name;
        plan.classes = classes;
    }
    Continuation continuation;
    continuation.coder =
        TargetCoder(parse_choice<Task>(task), std::move(plans), "the classes were told beforehand");
    return continuation;
}

/// A model of one network goes on from its parameters, with an update rule that has seen nothing yet.
Continuation of_model(const Model& model) {
    if (model.networks().size() > 1)
        throw Error(ErrorKind::usage,
                    "a model of several networks cannot go on learning: fit it with ensemble=1, folds=1");
    const auto number = [&](const char* key) {
        const auto found = model.training().find(key);
        return found == model.training().end() ? std::size_t{0} : std::stoull(found->second);
    };
    Continuation continuation;
    continuation.model = model;
    continuation.training_rows = number("rows");
    continuation.validation_rows = number("validation_rows");
    FitState& state = continuation.state;
    state.epoch = std::max<std::size_t>(number("epochs_run"), 1);
    state.theta.assign(model.network().theta().begin(), model.network().theta().end());
    state.best_theta = state.theta;
    state.best_epoch = state.epoch;
    return continuation;
}

}  // namespace

void bind_continuation(nb::module_& module) {
    nb::class_<Continuation>(module, "Continuation", "A training in several calls: where it stands.")
        .def(nb::init<>())
        .def_static("of_classes", &of_classes, nb::arg("task"), nb::arg("targets"), nb::arg("classes"))
        .def_static("of_model", &of_model, nb::arg("model"))
        .def_prop_ro("epoch", [](const Continuation& continuation) { return continuation.state.epoch; })
        .def("__getstate__", &pickled)
        .def("__setstate__", [](Continuation& continuation, const Pickled& values) {
            new (&continuation) Continuation(unpickled(values));
        });
}

}  // namespace thalweg::python
