#include "training.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>

#include "errors.h"
#include "frame.h"
#include "interruptible.h"
#include "options.h"
#include "thalweg/continuation.hpp"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

/// What a training gave, for Python.
struct Outcome {
    Training training;
    bool interrupted = false;
};

/// Calls a Python function with each report, from whatever thread. The first exception that one raises is
/// kept and ends the training.
class Callback {
  public:
    Callback(nb::object function, std::exception_ptr& failure)
        : function_(std::move(function)), failure_(&failure) {}

    template <class Report>
    bool operator()(const Report& report) const {
        const nb::gil_scoped_acquire held;
        try {
            const nb::object answer = function_(nb::cast(report, nb::rv_policy::copy));
            return !answer.is(nb::handle(Py_False));
        } catch (...) {
            *failure_ = std::current_exception();
            return false;
        }
    }

  private:
    nb::object function_;
    std::exception_ptr* failure_;
};

std::unique_ptr<Outcome> train_frame(Frame& frame, const nb::dict& values, Frame* validation,
                                     Continuation* continuation, const nb::object& on_epoch,
                                     const nb::object& on_step) {
    const TrainOptions options = options_from(values);
    if (!options.validation_file.empty())
        throw Error(ErrorKind::usage, "'" + options.validation_file +
                                          "' is a file: here --validation is a share of the rows; give rows "
                                          "of their own with eval_set=");
    const Table table = frame.take("the data");
    const std::optional<Table> held_out =
        validation != nullptr ? std::optional(validation->take("eval_set")) : std::nullopt;
    std::atomic<bool> stop = false;
    std::exception_ptr failure;
    TrainHooks hooks;
    hooks.callbacks.stop = &stop;
    // Held by reference, so that no copy of a Python object is made or dropped without the GIL.
    const Callback epoch(on_epoch, failure), step(on_step, failure);
    if (!on_epoch.is_none()) hooks.callbacks.on_epoch = std::cref(epoch);
    if (!on_step.is_none()) hooks.callbacks.on_step = std::cref(step);
    auto outcome = std::make_unique<Outcome>();
    const Table* judged = held_out ? &*held_out : nullptr;
    outcome->interrupted = run_interruptibly(
        [&] {
            outcome->training = continuation != nullptr
                                    ? train_on(*continuation, table, options, hooks.callbacks, judged)
                                    : train(table, options, hooks, judged);
        },
        stop);
    if (failure) std::rethrow_exception(failure);
    return outcome;
}

std::vector<std::string> in_python_all(const std::vector<std::string>& messages) {
    std::vector<std::string> said;
    for (const std::string& message : messages) said.push_back(in_python(message));
    return said;
}

/// Of one network, or of the best epochs of several nothing that would mean much.
const FitResult& first_fit(const Outcome& outcome) {
    return outcome.training.networks.front().fit;
}

template <class Report>
nb::class_<Report> bind_report(nb::module_& module, const char* name, const char* doc) {
    return nb::class_<Report>(module, name, doc)
        .def_ro("epoch", &Report::epoch, "from 1")
        .def_ro("loss", &Report::loss)
        .def_ro("gradient_norm", &Report::gradient_norm)
        .def_ro("learning_rate", &Report::learning_rate)
        .def_ro("examples_per_second", &Report::examples_per_second)
        .def_ro("network", &Report::network, "from 1, where several are trained");
}

}  // namespace

void bind_training(nb::module_& module) {
    bind_report<StepReport>(module, "StepReport", "One update of the parameters.")
        .def_ro("step", &StepReport::step, "from 1, over all epochs");
    bind_report<EpochReport>(module, "EpochReport", "One pass over the training rows.")
        .def_ro("epochs", &EpochReport::epochs, "planned")
        .def_ro("validation_loss", &EpochReport::validation_loss,
                "None where there are no rows to validate on")
        .def_ro("seconds", &EpochReport::seconds, "since training began")
        .def_ro("seconds_left", &EpochReport::seconds_left, "at this pace")
        .def_ro("best", &EpochReport::best, "its loss is lower than any before");
    nb::class_<Outcome>(module, "Outcome", "What a training gave.")
        .def_prop_ro("model", [](const Outcome& outcome) { return outcome.training.model; })
        .def_prop_ro("notes", [](const Outcome& outcome) { return in_python_all(outcome.training.notes); })
        .def_prop_ro("history", [](const Outcome& outcome) { return first_fit(outcome).history; })
        .def_prop_ro("best_epoch", [](const Outcome& outcome) { return first_fit(outcome).best_epoch; })
        .def_prop_ro(
            "stop_reason",
            [](const Outcome& outcome) { return std::string(name_of(outcome.training.stop_reason)); })
        .def_prop_ro("divergence",
                     [](const Outcome& outcome) { return in_python(first_fit(outcome).divergence); })
        .def_ro("interrupted", &Outcome::interrupted);
    module.def("train", &train_frame, nb::arg("frame"), nb::arg("options"),
               nb::arg("validation").none() = nb::none(), nb::arg("continuation").none() = nb::none(),
               nb::arg("on_epoch").none() = nb::none(), nb::arg("on_step").none() = nb::none(),
               "Trains a model on the rows of a frame. A callback that returns False ends the training; what "
               "is best "
               "so far is kept.");
}

}  // namespace thalweg::python
