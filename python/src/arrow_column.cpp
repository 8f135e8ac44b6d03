#include "arrow_column.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "thalweg/error.hpp"

namespace thalweg::python {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_valid(const ArrowArray& array, std::int64_t row) {
    if (array.n_buffers == 0 || array.buffers[0] == nullptr) return true;
    const std::int64_t bit = array.offset + row;
    return (static_cast<const std::uint8_t*>(array.buffers[0])[bit / 8] >> (bit % 8) & 1) != 0;
}

template <class Value>
const Value* buffer(const ArrowArray& array, std::size_t index) {
    return static_cast<const Value*>(array.buffers[index]);
}

double half_to_double(std::uint16_t bits) {
    const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
    const int exponent = bits >> 10 & 0x1F;
    const int fraction = bits & 0x3FF;
    if (exponent == 0x1F) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : kMissing;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

/// Counts of these a second: of "tsu:UTC", "ttn", "tDs".
double units_per_second(std::string_view format) {
    switch (format[2]) {
        case 'm':
            return 1e3;
        case 'u':
            return 1e6;
        case 'n':
            return 1e9;
        default:
            return 1.0;
    }
}

/// Digits after the point of a decimal of 128 bits ("d:19,10"); nothing for other widths.
std::optional<int> decimal_scale(std::string_view format) {
    const std::size_t comma = format.find(',');
    if (!format.starts_with("d:") || comma == std::string_view::npos) return std::nullopt;
    const std::string_view rest = format.substr(comma + 1);
    int scale = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), scale);
    const std::string_view width(end, static_cast<std::size_t>(rest.data() + rest.size() - end));
    if (error != std::errc() || (!width.empty() && width != ",128")) return std::nullopt;
    return scale;
}

std::optional<ColumnType> type_of(std::string_view format) {
    constexpr std::string_view kNumbers = "ncCsSiIlLefg";
    if (format == "b" || format == "u" || format == "U" || format == "vu") return ColumnType::text;
    if (format.starts_with("td") || format.starts_with("ts")) return ColumnType::time;
    const bool is_number = (format.size() == 1 && kNumbers.find(format) != std::string_view::npos) ||
                           format.starts_with("tt") || format.starts_with("tD") || decimal_scale(format);
    return is_number ? std::optional(ColumnType::number) : std::nullopt;
}

template <class Value, class ToDouble>
void append_values(const ArrowArray& array, std::vector<double>& values, ToDouble to_double) {
    const Value* cells = buffer<Value>(array, 1) + array.offset;
    for (std::int64_t row = 0; row < array.length; ++row)
        values.push_back(is_valid(array, row) ? to_double(cells[row]) : kMissing);
}

template <class Value>
void append_values(const ArrowArray& array, std::vector<double>& values, double unit = 1.0) {
    append_values<Value>(array, values, [unit](Value cell) { return static_cast<double>(cell) / unit; });
}

void append_decimals(const ArrowArray& array, std::vector<double>& values, int scale) {
    struct Decimal {
        std::uint64_t low;
        std::int64_t high;
    };
    append_values<Decimal>(array, values, [unit = std::pow(10.0, scale)](const Decimal& cell) {
        return (std::ldexp(static_cast<double>(cell.high), 64) + static_cast<double>(cell.low)) / unit;
    });
}

/// The text of a row, whatever the layout.
template <class Offset>
std::string_view text_at(const ArrowArray& array, std::int64_t row) {
    const Offset* offsets = buffer<Offset>(array, 1) + array.offset + row;
    const char* characters = buffer<char>(array, 2);
    return {characters + offsets[0], static_cast<std::size_t>(offsets[1] - offsets[0])};
}

/// Of 16 bytes: a length, and up to 12 characters or 4 of them, the number of a buffer and an offset in it.
std::string_view text_of_view(const ArrowArray& array, std::int64_t row) {
    const char* view = buffer<char>(array, 1) + 16 * (array.offset + row);
    std::int32_t length = 0, number = 0, offset = 0;
    std::memcpy(&length, view, sizeof length);
    std::memcpy(&number, view + 8, sizeof number);
    std::memcpy(&offset, view + 12, sizeof offset);
    constexpr std::int32_t kInside = 12;
    const char* text =
        length <= kInside ? view + 4 : buffer<char>(array, static_cast<std::size_t>(2 + number)) + offset;
    return {text, static_cast<std::size_t>(length)};
}

std::string_view boolean_at(const ArrowArray& array, std::int64_t row) {
    const std::int64_t bit = array.offset + row;
    return (buffer<std::uint8_t>(array, 1)[bit / 8] >> (bit % 8) & 1) != 0 ? "true" : "false";
}

/// The code of a row of a dictionary's indices; negative ones come out above any dictionary.
std::uint64_t index_at(const ArrowArray& array, std::string_view format, std::int64_t row) {
    const std::int64_t place = array.offset + row;
    switch (format[0]) {
        case 'c':
            return static_cast<std::uint64_t>(buffer<std::int8_t>(array, 1)[place]);
        case 'C':
            return buffer<std::uint8_t>(array, 1)[place];
        case 's':
            return static_cast<std::uint64_t>(buffer<std::int16_t>(array, 1)[place]);
        case 'S':
            return buffer<std::uint16_t>(array, 1)[place];
        case 'i':
            return static_cast<std::uint64_t>(buffer<std::int32_t>(array, 1)[place]);
        case 'I':
            return buffer<std::uint32_t>(array, 1)[place];
        default:
            return buffer<std::uint64_t>(array, 1)[place];
    }
}

}  // namespace

ArrowColumn::ArrowColumn(const ArrowSchema& schema)
    : schema_(&schema),
      name_(schema.name != nullptr ? schema.name : ""),
      format_(schema.dictionary != nullptr ? schema.dictionary->format : schema.format),
      type_(type_of(format_)) {}

std::string ArrowColumn::reason_to_leave_out() const {
    return fmt::format("column '{}' is left out: its Arrow type '{}' is neither number, text nor time", name_,
                       format_);
}

void ArrowColumn::append(const ArrowArray& array) {
    if (schema_->dictionary != nullptr)
        append_dictionary(array);
    else if (type_ == ColumnType::text)
        append_texts(array);
    else
        append_numbers(array);
}

bool ArrowColumn::borrow(const ArrowArray& array) {
    const bool single = format_ == "f";
    const bool none_missing = array.null_count == 0 || array.n_buffers < 1 || array.buffers[0] == nullptr;
    const bool as_they_lie = schema_->dictionary == nullptr && (single || format_ == "g") && none_missing;
    if (!as_they_lie || array.length == 0) return false;
    const std::ptrdiff_t size = single ? sizeof(float) : sizeof(double);
    borrowed_ = {buffer<char>(array, 1) + array.offset * size, static_cast<std::size_t>(array.length), size,
                 single};
    return true;
}

void ArrowColumn::append_numbers(const ArrowArray& array) {
    if (const std::optional<int> scale = decimal_scale(format_))
        return append_decimals(array, values_, *scale);
    switch (format_[0]) {
        case 'n':
            values_.insert(values_.end(), static_cast<std::size_t>(array.length), kMissing);
            break;
        case 'c':
            append_values<std::int8_t>(array, values_);
            break;
        case 'C':
            append_values<std::uint8_t>(array, values_);
            break;
        case 's':
            append_values<std::int16_t>(array, values_);
            break;
        case 'S':
            append_values<std::uint16_t>(array, values_);
            break;
        case 'i':
            append_values<std::int32_t>(array, values_);
            break;
        case 'I':
            append_values<std::uint32_t>(array, values_);
            break;
        case 'l':
            append_values<std::int64_t>(array, values_);
            break;
        case 'L':
            append_values<std::uint64_t>(array, values_);
            break;
        case 'e':
            append_values<std::uint16_t>(array, values_, half_to_double);
            break;
        case 'f':
            append_values<float>(array, values_);
            break;
        case 'g':
            append_values<double>(array, values_);
            break;
        case 't':
            if (format_ == "tdD")
                append_values<std::int32_t>(array, values_, [](std::int32_t days) { return days * 86400.0; });
            else if (format_ == "tts" || format_ == "ttm")
                append_values<std::int32_t>(array, values_, units_per_second(format_));
            else
                append_values<std::int64_t>(array, values_, units_per_second(format_));
            break;
        default:
            break;
    }
}

void ArrowColumn::append_texts(const ArrowArray& array) {
    const auto append_all = [&](const auto& text_of_row) {
        for (std::int64_t row = 0; row < array.length; ++row) {
            if (is_valid(array, row))
                text_.append(text_of_row(array, row));
            else
                text_.append_missing();
        }
    };
    if (format_ == "b")
        append_all(boolean_at);
    else if (format_ == "u")
        append_all(text_at<std::int32_t>);
    else if (format_ == "U")
        append_all(text_at<std::int64_t>);
    else
        append_all(text_of_view);
}

void ArrowColumn::append_dictionary(const ArrowArray& array) {
    ArrowColumn values(*schema_->dictionary);
    values.append(*array.dictionary);
    const Column entries = values.finish();
    for (std::int64_t row = 0; row < array.length; ++row) {
        if (!is_valid(array, row)) {
            append_missing();
            continue;
        }
        const std::uint64_t index = index_at(array, schema_->format, row);
        if (index >= entries.rows())
            throw Error(ErrorKind::data, fmt::format("column '{}': row {} has a code beyond its {} values",
                                                     name_, row, entries.rows()));
        append_entry(entries, index);
    }
}

/// A code is given when a value first appears in a row, as in files.
void ArrowColumn::append_entry(const Column& entries, std::size_t index) {
    if (type_ != ColumnType::text)
        values_.push_back(entries.value(index));
    else if (entries.is_missing(index))
        text_.append_missing();
    else
        text_.append(entries.dictionary[entries.codes[index]]);
}

void ArrowColumn::append_missing() {
    if (type_ == ColumnType::text)
        text_.append_missing();
    else
        values_.push_back(kMissing);
}

Column ArrowColumn::finish() {
    if (type_ == ColumnType::text) return text_.finish(std::move(name_));
    Column column;
    column.name = std::move(name_);
    column.type = *type_;
    column.values = std::move(values_);
    column.borrowed = borrowed_;
    return column;
}

}  // namespace thalweg::python
