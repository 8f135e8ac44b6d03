#include "files/column_builder.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <limits>
#include <utility>

namespace thalweg {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

double units_per_second(arrow::TimeUnit::type unit) {
    switch (unit) {
        case arrow::TimeUnit::SECOND:
            return 1.0;
        case arrow::TimeUnit::MILLI:
            return 1e3;
        case arrow::TimeUnit::MICRO:
            return 1e6;
        case arrow::TimeUnit::NANO:
            return 1e9;
    }
    return 1.0;
}

template <class ArrowArray, class ToDouble>
void append_values(const arrow::Array& array, std::vector<double>& values, ToDouble to_double) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    for (std::int64_t i = 0; i < typed.length(); ++i)
        values.push_back(typed.IsNull(i) ? kMissing : to_double(typed, i));
}

template <class ArrowArray>
void append_numbers(const arrow::Array& array, std::vector<double>& values) {
    append_values<ArrowArray>(array, values, [](const ArrowArray& typed, std::int64_t i) {
        return static_cast<double>(typed.Value(i));
    });
}

/// Counts of a unit of time, as seconds.
template <class ArrowArray>
void append_seconds(const arrow::Array& array, double per_second, std::vector<double>& values) {
    append_values<ArrowArray>(array, values, [per_second](const ArrowArray& typed, std::int64_t i) {
        return static_cast<double>(typed.Value(i)) / per_second;
    });
}

void append_days(const arrow::Array& array, std::vector<double>& values) {
    append_values<arrow::Date32Array>(array, values, [](const arrow::Date32Array& typed, std::int64_t i) {
        return static_cast<double>(typed.Value(i)) * 86400.0;
    });
}

template <class ArrowArray, class Decimal>
void append_decimals(const arrow::Array& array, std::vector<double>& values) {
    const std::int32_t scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
    append_values<ArrowArray>(array, values, [scale](const ArrowArray& typed, std::int64_t i) {
        return Decimal(typed.GetValue(i)).ToDouble(scale);
    });
}

void append_halves(const arrow::Array& array, std::vector<double>& values) {
    append_values<arrow::HalfFloatArray>(array, values,
                                         [](const arrow::HalfFloatArray& typed, std::int64_t i) {
                                             return arrow::util::Float16::FromBits(typed.Value(i)).ToDouble();
                                         });
}

template <class Type>
arrow::TimeUnit::type unit_of(const arrow::Array& array) {
    return static_cast<const Type&>(*array.type()).unit();
}

/// Appends an array of numbers or times.
void append_values(const arrow::Array& array, std::vector<double>& values) {
    using namespace arrow;
    switch (array.type_id()) {
        case Type::NA:
            values.insert(values.end(), static_cast<std::size_t>(array.length()), kMissing);
            break;
        case Type::INT8:
            append_numbers<Int8Array>(array, values);
            break;
        case Type::INT16:
            append_numbers<Int16Array>(array, values);
            break;
        case Type::INT32:
            append_numbers<Int32Array>(array, values);
            break;
        case Type::INT64:
            append_numbers<Int64Array>(array, values);
            break;
        case Type::UINT8:
            append_numbers<UInt8Array>(array, values);
            break;
        case Type::UINT16:
            append_numbers<UInt16Array>(array, values);
            break;
        case Type::UINT32:
            append_numbers<UInt32Array>(array, values);
            break;
        case Type::UINT64:
            append_numbers<UInt64Array>(array, values);
            break;
        case Type::HALF_FLOAT:
            append_halves(array, values);
            break;
        case Type::FLOAT:
            append_numbers<FloatArray>(array, values);
            break;
        case Type::DOUBLE:
            append_numbers<DoubleArray>(array, values);
            break;
        case Type::DECIMAL128:
            append_decimals<Decimal128Array, Decimal128>(array, values);
            break;
        case Type::DECIMAL256:
            append_decimals<Decimal256Array, Decimal256>(array, values);
            break;
        case Type::DATE32:
            append_days(array, values);
            break;
        case Type::DATE64:
            append_seconds<Date64Array>(array, 1e3, values);
            break;
        case Type::TIMESTAMP:
            append_seconds<TimestampArray>(array, units_per_second(unit_of<TimestampType>(array)), values);
            break;
        case Type::TIME32:
            append_seconds<Time32Array>(array, units_per_second(unit_of<Time32Type>(array)), values);
            break;
        case Type::TIME64:
            append_seconds<Time64Array>(array, units_per_second(unit_of<Time64Type>(array)), values);
            break;
        case Type::DURATION:
            append_seconds<DurationArray>(array, units_per_second(unit_of<DurationType>(array)), values);
            break;
        default:
            break;
    }
}

template <class ArrowArray>
void append_texts(const arrow::Array& array, TextColumn& column) {
    const auto& typed = static_cast<const ArrowArray&>(array);
    for (std::int64_t i = 0; i < typed.length(); ++i) {
        if (typed.IsNull(i))
            column.append_missing();
        else
            column.append(typed.GetView(i));
    }
}

void append_booleans(const arrow::Array& array, TextColumn& column) {
    const auto& typed = static_cast<const arrow::BooleanArray&>(array);
    for (std::int64_t i = 0; i < typed.length(); ++i) {
        if (typed.IsNull(i))
            column.append_missing();
        else
            column.append(typed.Value(i) ? "true" : "false");
    }
}

/// Appends an array of text.
void append_texts(const arrow::Array& array, TextColumn& column) {
    using namespace arrow;
    switch (array.type_id()) {
        case Type::BOOL:
            append_booleans(array, column);
            break;
        case Type::STRING:
            append_texts<StringArray>(array, column);
            break;
        case Type::LARGE_STRING:
            append_texts<LargeStringArray>(array, column);
            break;
        case Type::STRING_VIEW:
            append_texts<StringViewArray>(array, column);
            break;
        case Type::BINARY:
            append_texts<BinaryArray>(array, column);
            break;
        case Type::LARGE_BINARY:
            append_texts<LargeBinaryArray>(array, column);
            break;
        case Type::BINARY_VIEW:
            append_texts<BinaryViewArray>(array, column);
            break;
        default:
            break;
    }
}

}  // namespace

void ColumnBuilder::reserve(std::size_t rows) {
    if (type_ == ColumnType::text)
        text_.reserve(rows);
    else
        values_.reserve(rows);
}

void ColumnBuilder::append(const arrow::Array& array) {
    if (array.type_id() == arrow::Type::EXTENSION)
        append(*static_cast<const arrow::ExtensionArray&>(array).storage());
    else if (array.type_id() == arrow::Type::DICTIONARY)
        append_dictionary(static_cast<const arrow::DictionaryArray&>(array));
    else if (type_ == ColumnType::text)
        append_texts(array, text_);
    else
        append_values(array, values_);
}

void ColumnBuilder::append_dictionary(const arrow::DictionaryArray& array) {
    // Blocks of a file often share one dictionary, which may be large.
    if (array.data()->dictionary != last_dictionary_) convert_dictionary(array);
    for (std::int64_t i = 0; i < array.length(); ++i) {
        if (array.IsNull(i))
            append_missing();
        else
            append_entry(static_cast<std::size_t>(array.GetValueIndex(i)));
    }
}

void ColumnBuilder::convert_dictionary(const arrow::DictionaryArray& array) {
    ColumnBuilder entries("", type_);
    entries.append(*array.dictionary());
    entries_ = entries.finish();
    entry_codes_.assign(entries_.codes.size(), Column::kMissingCode);
    last_dictionary_ = array.data()->dictionary;
}

void ColumnBuilder::append_entry(std::size_t index) {
    if (type_ != ColumnType::text) {
        values_.push_back(entries_.values[index]);
        return;
    }
    // A code is given when a value first appears in a row, not in the order of Arrow's dictionary.
    std::uint32_t& code = entry_codes_[index];
    if (code == Column::kMissingCode && !entries_.is_missing(index))
        code = text_.code_of(entries_.dictionary[entries_.codes[index]]);
    text_.append_code(code);
}

void ColumnBuilder::append_missing() {
    if (type_ == ColumnType::text)
        text_.append_missing();
    else
        values_.push_back(kMissing);
}

Column ColumnBuilder::finish() {
    last_dictionary_.reset();
    if (type_ == ColumnType::text) return text_.finish(std::move(name_));
    Column column;
    column.name = std::move(name_);
    column.type = type_;
    column.values = std::move(values_);
    return column;
}

}  // namespace thalweg
