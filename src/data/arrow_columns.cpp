#include "data/arrow_columns.h"

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/extension_type.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "data/text_column.h"

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

/// The type of the cells: without Arrow's dictionary or an extension's name around it.
const arrow::DataType& cell_type(const arrow::DataType& type) {
    if (type.id() == arrow::Type::DICTIONARY)
        return cell_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
    if (type.id() == arrow::Type::EXTENSION)
        return cell_type(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    return type;
}

ColumnType column_type(const arrow::DataType& cells) {
    using arrow::Type;
    switch (cells.id()) {
        case Type::BOOL:
        case Type::STRING:
        case Type::LARGE_STRING:
        case Type::STRING_VIEW:
        case Type::BINARY:
        case Type::LARGE_BINARY:
        case Type::BINARY_VIEW:
            return ColumnType::text;
        case Type::DATE32:
        case Type::DATE64:
        case Type::TIMESTAMP:
            return ColumnType::time;
        default:
            return ColumnType::number;
    }
}

/// Gathers the blocks of one of Arrow's columns.
class ColumnBuilder {
  public:
    ColumnBuilder(std::string name, ColumnType type, std::size_t rows) : name_(std::move(name)), type_(type) {
        if (type == ColumnType::text)
            text_.reserve(rows);
        else
            values_.reserve(rows);
    }

    void append(const arrow::Array& array) {
        if (array.type_id() == arrow::Type::EXTENSION)
            append(*static_cast<const arrow::ExtensionArray&>(array).storage());
        else if (array.type_id() == arrow::Type::DICTIONARY)
            append_dictionary(static_cast<const arrow::DictionaryArray&>(array));
        else if (type_ == ColumnType::text)
            append_texts(array, text_);
        else
            append_values(array, values_);
    }

    Column finish() {
        if (type_ == ColumnType::text) return text_.finish(std::move(name_));
        Column column;
        column.name = std::move(name_);
        column.type = type_;
        column.values = std::move(values_);
        return column;
    }

  private:
    void append_dictionary(const arrow::DictionaryArray& array) {
        // Blocks of a file often share one dictionary, which may be large.
        if (array.data()->dictionary != last_dictionary_) convert_dictionary(array);
        for (std::int64_t i = 0; i < array.length(); ++i) {
            if (array.IsNull(i))
                append_missing();
            else
                append_entry(static_cast<std::size_t>(array.GetValueIndex(i)));
        }
    }

    void convert_dictionary(const arrow::DictionaryArray& array) {
        ColumnBuilder entries("", type_, static_cast<std::size_t>(array.dictionary()->length()));
        entries.append(*array.dictionary());
        entries_ = entries.finish();
        entry_codes_.assign(entries_.codes.size(), Column::kMissingCode);
        last_dictionary_ = array.data()->dictionary;
    }

    void append_entry(std::size_t index) {
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

    void append_missing() {
        if (type_ == ColumnType::text)
            text_.append_missing();
        else
            values_.push_back(kMissing);
    }

    std::string name_;
    ColumnType type_;
    std::vector<double> values_;
    TextColumn text_;

    std::shared_ptr<arrow::ArrayData> last_dictionary_;
    Column entries_;                          ///< of the last dictionary
    std::vector<std::uint32_t> entry_codes_;  ///< theirs in text_
};

bool is_utf8(const Column& column) {
    for (const std::string& value : column.dictionary)
        if (!arrow::util::ValidateUTF8(value)) return false;
    return true;
}

}  // namespace

bool is_readable(const arrow::DataType& type) {
    using arrow::Type;
    const arrow::DataType& cells = cell_type(type);
    switch (cells.id()) {
        case Type::NA:
        case Type::INT8:
        case Type::INT16:
        case Type::INT32:
        case Type::INT64:
        case Type::UINT8:
        case Type::UINT16:
        case Type::UINT32:
        case Type::UINT64:
        case Type::HALF_FLOAT:
        case Type::FLOAT:
        case Type::DOUBLE:
        case Type::DECIMAL128:
        case Type::DECIMAL256:
        case Type::TIME32:
        case Type::TIME64:
        case Type::DURATION:
            return true;
        default:
            return column_type(cells) != ColumnType::number;
    }
}

Table to_table(std::shared_ptr<arrow::Table> arrow_table, const std::string& name) {
    arrow::util::InitializeUTF8();
    const std::shared_ptr<arrow::Schema> schema = arrow_table->schema();
    std::vector<std::shared_ptr<arrow::ChunkedArray>> arrow_columns = arrow_table->columns();
    const auto rows = static_cast<std::size_t>(arrow_table->num_rows());
    arrow_table.reset();

    std::vector<Column> columns;
    std::vector<std::string> notes;
    for (std::size_t c = 0; c < arrow_columns.size(); ++c) {
        const std::shared_ptr<arrow::ChunkedArray> arrow_column = std::exchange(arrow_columns[c], nullptr);
        const arrow::Field& field = *schema->field(static_cast<int>(c));
        bool kept = is_readable(*field.type());
        if (kept) {
            ColumnBuilder builder(field.name(), column_type(cell_type(*field.type())), rows);
            for (const auto& chunk : arrow_column->chunks()) builder.append(*chunk);
            Column column = builder.finish();
            // Old writers of Parquet leave texts without their type.
            kept = arrow::is_string(cell_type(*field.type()).id()) || is_utf8(column);
            if (kept) columns.push_back(std::move(column));
        }
        if (!kept)
            notes.push_back(
                fmt::format("{}: column '{}' is left out: its type {} is neither number, text nor time", name,
                            field.name(), field.type()->ToString()));
    }
    if (columns.empty())
        throw Error(ErrorKind::data, notes.empty() ? fmt::format("{}: no columns", name)
                                                   : fmt::format("{}, and no other is there", notes.front()));
    Table table(std::move(columns), name);
    table.set_notes(std::move(notes));
    return table;
}

}  // namespace thalweg
