#include "object_column.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "data/text_column.h"
#include "thalweg/error.hpp"

namespace nb = nanobind;

namespace thalweg::python {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::string name_of_type(nb::handle object) {
    return nb::cast<std::string>(
        nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr()))).attr("__name__"));
}

/// pandas' words for a missing cell, which cannot be asked for without importing it.
bool is_missing(nb::handle object) {
    if (object.is_none()) return true;
    if (PyFloat_Check(object.ptr())) return PyFloat_AsDouble(object.ptr()) != PyFloat_AsDouble(object.ptr());
    const std::string type = name_of_type(object);
    return type == "NAType" || type == "NaTType";
}

bool is_boolean(nb::handle object) {
    return PyBool_Check(object.ptr()) || name_of_type(object) == "bool_";
}

/// Dates and times: seconds since 1970; without a time zone they are taken as UTC.
std::optional<double> seconds_of(nb::handle object) {
    const bool has_clock = nb::hasattr(object, "timestamp");
    if (!has_clock && !nb::hasattr(object, "toordinal")) return std::nullopt;
    const nb::module_ datetime = nb::module_::import_("datetime");
    if (!has_clock) {
        constexpr double kOrdinalOf1970 = 719163.0;
        return (nb::cast<double>(object.attr("toordinal")()) - kOrdinalOf1970) * 86400.0;
    }
    if (!object.attr("tzinfo").is_none()) return nb::cast<double>(object.attr("timestamp")());
    const nb::object utc = datetime.attr("timezone").attr("utc");
    return nb::cast<double>(object.attr("replace")(nb::arg("tzinfo") = utc).attr("timestamp")());
}

/// Gathers objects, all of which must be of one type of column.
class ObjectColumn {
  public:
    explicit ObjectColumn(std::string name) : name_(std::move(name)) {}

    void append(nb::handle object) {
        if (is_missing(object))
            append_missing();
        else if (nb::isinstance<nb::str>(object))
            append_text(nb::cast<std::string>(object));
        else if (is_boolean(object))
            append_text(nb::cast<bool>(nb::bool_(nb::borrow(object))) ? "true" : "false");
        else if (const std::optional<double> seconds = seconds_of(object))
            append_value(*seconds, ColumnType::time);
        else
            append_value(number_of(object), ColumnType::number);
        ++rows_;
    }

    Column finish() {
        if (type_ == ColumnType::text) return text_.finish(std::move(name_));
        Column column;
        column.name = std::move(name_);
        column.type = type_.value_or(ColumnType::number);
        column.values = std::move(values_);
        return column;
    }

  private:
    /// The type is that of the first cell with a value; missing ones before it fit any.
    void become(ColumnType type) {
        if (!type_) {
            type_ = type;
            first_ = rows_;
            if (type != ColumnType::text) return;
            for (std::size_t row = 0; row < rows_; ++row) text_.append_missing();
            values_.clear();
        } else if (*type_ != type) {
            throw Error(
                ErrorKind::data,
                fmt::format("column '{}' mixes types: row {} is a {}, row {} a {}; make it one type, for "
                            "example with astype(str)",
                            name_, first_, name_of(*type_), rows_, name_of(type)));
        }
    }

    void append_missing() {
        if (type_ == ColumnType::text)
            text_.append_missing();
        else
            values_.push_back(kMissing);
    }
    void append_text(const std::string& text) {
        become(ColumnType::text);
        text_.append(text);
    }
    void append_value(double value, ColumnType type) {
        become(type);
        values_.push_back(value);
    }

    double number_of(nb::handle object) const {
        const bool is_bytes = PyBytes_Check(object.ptr()) || PyByteArray_Check(object.ptr());
        const bool is_number = nb::hasattr(object, "__float__") || nb::hasattr(object, "__index__");
        const double number = is_number && !is_bytes ? PyFloat_AsDouble(object.ptr()) : 0.0;
        if (is_number && !is_bytes && !PyErr_Occurred()) return number;
        PyErr_Clear();
        throw nb::type_error(
            fmt::format("column '{}', row {}: argument must be a string or a number, not '{}'", name_, rows_,
                        name_of_type(object))
                .c_str());
    }

    std::string name_;
    std::size_t rows_ = 0;
    std::size_t first_ = 0;  ///< the row that decided the type
    std::optional<ColumnType> type_;
    std::vector<double> values_;
    TextColumn text_;
};

}  // namespace

Column column_of_objects(std::string name, nb::iterable objects) {
    ObjectColumn column(std::move(name));
    for (const nb::handle object : objects) column.append(object);
    return column.finish();
}

}  // namespace thalweg::python
