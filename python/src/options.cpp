#include "options.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/option_table.h"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

std::string python_name(const OptionDescription& about) {
    std::string name(about.name);
    std::ranges::replace(name, '-', '_');
    return name;
}

/// A value as a command line would have it.
std::string text_of(nb::handle value) {
    if (PyBool_Check(value.ptr())) return value.is(Py_True) ? "true" : "false";
    if (PyFloat_Check(value.ptr())) return number_text(PyFloat_AsDouble(value.ptr()));
    if (nb::hasattr(value, "item") && nb::hasattr(value, "dtype")) return text_of(value.attr("item")());
    return nb::cast<std::string>(nb::str(value));
}

bool is_sequence(nb::handle value) {
    return !nb::isinstance<nb::str>(value) && nb::hasattr(value, "__len__") && nb::hasattr(value, "__iter__");
}

void set_list(const Option& option, nb::handle value) {
    std::vector<std::string> items;
    for (const nb::handle item : nb::iter(value)) items.push_back(text_of(item));
    option.set_items(items);
}

void set_option(const Option& option, nb::handle value) {
    const bool name = option.kind == ValueKind::texts && nb::isinstance<nb::str>(value);
    if (option.is_list() && is_sequence(value))
        set_list(option, value);
    else if (name)
        option.set_items({nb::cast<std::string>(value)});
    else
        option.set(text_of(value));
}

/// The default as a Python value: None where the preset chooses.
nb::object default_of(const Option& option) {
    const std::string& text = option.initial;
    if (option.is_switch()) return nb::cast(text == "true");
    if (text.empty()) return nb::none();
    switch (option.kind) {
        case ValueKind::integer:
            return nb::int_(nb::cast(text));
        case ValueKind::number:
        case ValueKind::number_or_file:
        case ValueKind::duration:
            return nb::float_(nb::cast(text));
        case ValueKind::numbers: {
            nb::list numbers;
            for (const std::string& item : split_list(text)) numbers.append(nb::float_(nb::cast(item)));
            return nb::tuple(numbers);
        }
        default:
            return nb::cast(text);
    }
}

/// The type of its values, as annotations have it.
std::string type_of(const Option& option) {
    switch (option.kind) {
        case ValueKind::toggle:
            return "bool";
        case ValueKind::integer:
            return "int";
        case ValueKind::number:
            return "float";
        case ValueKind::number_or_file:
        case ValueKind::duration:
            return "float | str";
        case ValueKind::texts:
            return "str | Sequence[str]";
        case ValueKind::integers:
            return "int | Sequence[int]";
        case ValueKind::numbers:
            return "float | Sequence[float]";
        default:
            return "str";
    }
}

nb::dict described(const Option& option) {
    nb::dict parameter;
    parameter["name"] = python_name(option.about);
    parameter["flag"] = option.flag();
    parameter["default"] = default_of(option);
    parameter["type"] = type_of(option);
    parameter["choices"] = option.choices;
    parameter["help"] = std::string(option.about.help);
    parameter["chosen"] = std::string(option.about.chosen);
    parameter["group"] = std::string(option.about.group);
    return parameter;
}

}  // namespace

TrainOptions options_from(const nb::dict& values) {
    TrainOptions options;
    std::vector<Option> bound = bind_options(options);
    std::vector<std::string> names;
    for (const Option& option : bound) names.push_back(python_name(option.about));
    for (const auto& [key, value] : values) {
        const auto name = nb::cast<std::string>(key);
        const auto found = std::ranges::find(names, name);
        if (found == names.end())
            throw Error(ErrorKind::usage, unknown_name_message("parameter", name, names));
        if (value.is_none()) continue;
        try {
            set_option(bound[static_cast<std::size_t>(found - names.begin())], value);
        } catch (const Error& error) {
            throw Error(error.kind(), about_option(name, error.what()));
        }
    }
    return options;
}

void bind_options_module(nb::module_& module) {
    module.def(
        "parameters",
        [] {
            TrainOptions options;
            nb::list parameters;
            for (const Option& option : bind_options(options)) parameters.append(described(option));
            return parameters;
        },
        "What can be said of training, in the order of the command's help: a dict for each parameter.");
}

}  // namespace thalweg::python
