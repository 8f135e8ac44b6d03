#include "errors.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "model/option_table.h"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

const std::set<std::string_view>& option_names() {
    static const std::set<std::string_view> names = [] {
        TrainOptions options;
        std::set<std::string_view> found;
        for (const Option& option : bind_options(options)) found.insert(option.about.name);
        return found;
    }();
    return names;
}

PyObject* exception_type(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::io:
            return PyExc_OSError;
        case ErrorKind::numeric:
            return PyExc_ArithmeticError;
        case ErrorKind::usage:
        case ErrorKind::data:
        case ErrorKind::model:
            break;
    }
    return PyExc_ValueError;
}

}  // namespace

std::string in_python(std::string message) {
    for (std::size_t dashes = message.find("--"); dashes != std::string::npos;
         dashes = message.find("--", dashes + 1)) {
        const std::size_t first = dashes + 2;
        const std::size_t last = std::min(
            message.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", first), message.size());
        std::string name = message.substr(first, last - first);
        if (!option_names().contains(name)) continue;
        std::ranges::replace(name, '-', '_');
        message.replace(dashes, last - dashes, name);
    }
    return message;
}

void register_errors() {
    nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
        try {
            std::rethrow_exception(pointer);
        } catch (const Error& error) {
            PyErr_SetString(exception_type(error.kind()), in_python(error.what()).c_str());
        }
    });
}

}  // namespace thalweg::python
