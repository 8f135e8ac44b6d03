#include "network.h"

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

// The plain pass of src/network/, which reads like the mathematics, in double: what a student looks at.
// Arrays look into the memory of the trace or gradient that they came from, and keep it.

using Rows = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Vector = nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using ConstVector = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

MatrixView<const double> view(const Rows& rows) {
    return {rows.data(), rows.shape(0), rows.shape(1)};
}

Matrix<double> copy(const Rows& rows) {
    Matrix<double> matrix(rows.shape(0), rows.shape(1));
    std::copy_n(rows.data(), rows.size(), matrix.elements().data());
    return matrix;
}

nb::object array(Matrix<double>& matrix, nb::handle owner) {
    return nb::cast(view_of(matrix.elements().data(), {matrix.rows(), matrix.cols()}, owner));
}

Network<double> make_network(const std::vector<std::size_t>& widths, const std::string& activation,
                             const std::string& output, std::uint64_t seed) {
    NetworkShape shape;
    shape.widths = widths;
    shape.activation = parse_choice<Activation>(activation);
    shape.output = parse_choice<Output>(output);
    Network<double> network(std::move(shape));
    initialise(network, seed);
    return network;
}

void check_layer(const Network<double>& network, std::size_t layer) {
    if (layer < 1 || layer > network.layers())
        throw Error(ErrorKind::usage,
                    fmt::format("there is no layer {}: they are numbered 1 to {}", layer, network.layers()));
}

nb::object weights_of(nb::handle self, std::size_t layer) {
    auto& network = nb::cast<Network<double>&>(self);
    check_layer(network, layer);
    const MatrixView<double> weights = network.weights(layer);
    return nb::cast(view_of(weights.data, {weights.rows, weights.cols}, self));
}

nb::object bias_of(nb::handle self, std::size_t layer) {
    auto& network = nb::cast<Network<double>&>(self);
    check_layer(network, layer);
    const std::span<double> bias = network.bias(layer);
    return nb::cast(view_of(bias.data(), {bias.size()}, self));
}

nb::object theta_of(nb::handle self) {
    const std::span<double> theta = nb::cast<Network<double>&>(self).theta();
    return nb::cast(view_of(theta.data(), {theta.size()}, self));
}

void set_theta(Network<double>& network, const ConstVector& values) {
    if (values.size() != network.theta().size())
        throw Error(ErrorKind::data,
                    fmt::format("theta has {} elements, not {}", network.theta().size(), values.size()));
    std::copy_n(values.data(), values.size(), network.theta().data());
}

/// a_1 .. a_L, h_0 .. h_L and y_hat by their names, looking into the trace, which they keep.
nb::dict quantities(nb::handle self) {
    auto& trace = nb::cast<Trace<double>&>(self);
    nb::dict named;
    for (std::size_t i = 0; i < trace.activations.size(); ++i) {
        if (i > 0) named[nb::cast(fmt::format("a_{}", i))] = array(trace.pre_activations[i - 1], self);
        named[nb::cast(fmt::format("h_{}", i))] = array(trace.activations[i], self);
    }
    named["y_hat"] = array(trace.activations.back(), self);
    return named;
}

/// grad_a_i, grad_W_i and grad_b_i by their names, and grad_x where it was asked for.
nb::dict gradients(nb::handle self) {
    auto& gradient = nb::cast<Gradient<double>&>(self);
    nb::dict named;
    for (std::size_t i = 1; i <= gradient.parameters.layers(); ++i) {
        const MatrixView<double> weights = gradient.parameters.weights(i);
        const std::span<double> bias = gradient.parameters.bias(i);
        named[nb::cast(fmt::format("grad_a_{}", i))] = array(gradient.pre_activations[i - 1], self);
        named[nb::cast(fmt::format("grad_W_{}", i))] =
            nb::cast(view_of(weights.data, {weights.rows, weights.cols}, self));
        named[nb::cast(fmt::format("grad_b_{}", i))] = nb::cast(view_of(bias.data(), {bias.size()}, self));
    }
    if (gradient.inputs.rows() > 0) named["grad_x"] = array(gradient.inputs, self);
    return named;
}

/// Targets as a loss reads them, checked.
struct HeldTargets {
    std::vector<std::uint32_t> classes;
    Targets<double> targets;
};

HeldTargets targets_of(const nb::object& y, const std::optional<ConstVector>& example_weights, Loss loss,
                       std::size_t outputs) {
    HeldTargets held;
    if (loss == Loss::cross_entropy) {
        const auto classes =
            nb::cast<nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>>(y);
        for (std::size_t n = 0; n < classes.size(); ++n) {
            if (classes.data()[n] < 0 || classes.data()[n] >= static_cast<std::int64_t>(outputs))
                throw Error(ErrorKind::data, fmt::format("row {}: {} is none of the classes 0 to {}", n,
                                                         classes.data()[n], outputs - 1));
            held.classes.push_back(static_cast<std::uint32_t>(classes.data()[n]));
        }
        held.targets.classes = held.classes;
    } else {
        held.targets.values = view(nb::cast<Rows>(y));
    }
    if (example_weights) held.targets.example_weights = {example_weights->data(), example_weights->size()};
    return held;
}

Gradient<double> back_propagate(const Network<double>& network, const Trace<double>& trace,
                                const nb::object& y, const std::string& loss,
                                const std::optional<ConstVector>& example_weights, bool with_input_gradient) {
    const LossFunction function{.loss = parse_choice<Loss>(loss)};
    check_pair(network.shape().output, function);
    const HeldTargets held = targets_of(y, example_weights, function.loss, network.shape().outputs());
    return back_propagation(network, trace, held.targets, function, with_input_gradient);
}

Gradient<double> back_propagate_logits(const Network<double>& network, const Trace<double>& trace,
                                       const Rows& grad_logits, bool with_input_gradient) {
    return back_propagation(network, trace, copy(grad_logits), with_input_gradient);
}

/// An update rule of the library with its memory.
class UpdateRule {
  public:
    UpdateRule(const std::string& name, std::size_t parameters, double rate, double momentum,
               double weight_decay)
        : learning_rate(rate), parameters_(parameters) {
        OptimizerOptions options;
        options.kind = parse_choice<OptimizerKind>(name);
        options.momentum = momentum;
        options.weight_decay = weight_decay;
        rule_ = make_optimizer<double>(options, parameters);
        if (rule_->needs_objective())
            throw Error(ErrorKind::usage,
                        "lbfgs evaluates the loss by itself and makes no single steps; take another "
                        "rule");
    }

    void step(const Vector& theta, const ConstVector& gradient) {
        if (theta.size() != parameters_ || gradient.size() != parameters_)
            throw Error(ErrorKind::data,
                        fmt::format("the rule was made for {} parameters: theta has {}, its gradient {}",
                                    parameters_, theta.size(), gradient.size()));
        std::vector<double> used(gradient.data(),
                                 gradient.data() + gradient.size());  // a rule may write to it
        rule_->step({theta.data(), theta.size()}, used, learning_rate);
    }

    double learning_rate;

  private:
    std::size_t parameters_;
    std::unique_ptr<Optimizer<double>> rule_;
};

}  // namespace

void bind_network(nb::module_& module) {
    nb::class_<Trace<double>>(module, "Trace", "Everything that a forward pass computed.")
        .def_prop_ro("quantities", &quantities, "a dict of a_1 .. a_L, h_0 .. h_L and y_hat, without a copy")
        .def("__getitem__",
             [](nb::handle self, nb::handle name) { return nb::object(quantities(self)[name]); })
        .def_prop_ro("y_hat", [](nb::handle self) {
            return array(nb::cast<Trace<double>&>(self).activations.back(), self);
        });
    nb::class_<Gradient<double>>(module, "Gradient", "The gradient of the mean loss.")
        .def_ro("loss", &Gradient<double>::loss, "the mean of the examples, where a loss was named")
        .def_prop_ro(
            "theta",
            [](nb::handle self) {
                const std::span<double> theta = nb::cast<Gradient<double>&>(self).parameters.theta();
                return nb::cast(view_of(theta.data(), {theta.size()}, self));
            },
            "grad theta, laid out as the network's")
        .def_prop_ro("quantities", &gradients,
                     "a dict of grad_a_i, grad_W_i, grad_b_i (and grad_x), without a copy")
        .def("__getitem__",
             [](nb::handle self, nb::handle name) { return nb::object(gradients(self)[name]); });
    nb::class_<Network<double>>(module, "Network",
                                "A feed-forward network in double, to be driven step by step.")
        .def(
            "__init__",
            [](Network<double>* self, const std::vector<std::size_t>& widths, const std::string& activation,
               const std::string& output, std::uint64_t seed) {
                new (self) Network<double>(make_network(widths, activation, output, seed));
            },
            nb::arg("widths"), nb::arg("activation") = "relu", nb::arg("output") = "linear",
            nb::arg("seed") = 0,
            "widths: n_0, ..., n_L, neurons of each layer from the input on. activation: of hidden layers. "
            "output: linear, softmax, logistic or exponential.")
        .def_prop_ro(
            "widths", [](const Network<double>& network) { return network.shape().widths; }, "n_0, ..., n_L")
        .def_prop_rw("theta", &theta_of, &set_theta, nb::for_getter("all parameters as one writable array"))
        .def("weights", &weights_of, nb::arg("layer"), "W_i, n_i x n_{i-1}, as a view into theta")
        .def("bias", &bias_of, nb::arg("layer"), "b_i as a view into theta")
        .def(
            "forward_propagation",
            [](const Network<double>& network, const Rows& inputs) {
                return forward_propagation(network, view(inputs));
            },
            nb::arg("inputs"), "Of a row for each example.")
        .def("back_propagation", &back_propagate, nb::arg("trace"), nb::arg("targets"), nb::arg("loss"),
             nb::arg("example_weights").none() = nb::none(), nb::arg("with_input_gradient") = false,
             "The gradient of the mean loss of the examples. targets: a row for each, or for cross_entropy "
             "its "
             "class, from 0.")
        .def("back_propagation_of", &back_propagate_logits, nb::arg("trace"), nb::arg("grad_logits"),
             nb::arg("with_input_gradient") = false,
             "From grad_{a_L}, a row for each example, of a loss of one's own.");
    nb::class_<UpdateRule>(module, "UpdateRule", "An update rule of the library, with its memory.")
        .def(nb::init<const std::string&, std::size_t, double, double, double>(), nb::arg("name"),
             nb::arg("parameters"), nb::kw_only(), nb::arg("learning_rate"), nb::arg("momentum") = 0.0,
             nb::arg("weight_decay") = 0.0)
        .def_rw("learning_rate", &UpdateRule::learning_rate)
        .def("step", &UpdateRule::step, nb::arg("theta").noconvert(), nb::arg("gradient"),
             "theta is updated in place.");
}

}  // namespace thalweg::python
