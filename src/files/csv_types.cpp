#include "files/csv_types.h"

#include <arrow/array.h>
#include <arrow/csv/column_decoder.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>
#include <arrow/util/future.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace thalweg {
namespace {

using Type = std::shared_ptr<arrow::DataType>;

/// Codes and a dictionary: a fraction of the memory of texts, and how we keep them too.
Type text_type() {
    return arrow::dictionary(arrow::int32(), arrow::utf8());
}

bool is_number(const Type& type) {
    return type->id() == arrow::Type::INT64 || type->id() == arrow::Type::DOUBLE;
}

/// Whether every text of type `a` can be read as `b`: a date is a timestamp at midnight.
bool reads_as(const Type& a, const Type& b) {
    if (b->id() != arrow::Type::TIMESTAMP) return false;
    const auto& timestamp = static_cast<const arrow::TimestampType&>(*b);
    if (a->id() == arrow::Type::DATE32) return timestamp.timezone().empty();
    if (a->id() != arrow::Type::TIMESTAMP) return false;
    const auto& other = static_cast<const arrow::TimestampType&>(*a);
    return other.timezone() == timestamp.timezone() && other.unit() <= timestamp.unit();
}

/// The type that fits the cells of both.
Type common_type(const Type& a, const Type& b) {
    if (a->Equals(*b) || b->id() == arrow::Type::NA) return a;
    if (a->id() == arrow::Type::NA) return b;
    if (is_number(a) && is_number(b)) return arrow::float64();
    if (reads_as(a, b)) return b;
    if (reads_as(b, a)) return a;
    return text_type();
}

arrow::csv::ParseOptions arrow_parse_options(const CsvDialect& dialect) {
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.delimiter = dialect.delimiter;
    parse.quoting = dialect.quote != '\0';
    if (parse.quoting) parse.quote_char = dialect.quote;
    parse.newlines_in_values = parse.quoting;
    return parse;
}

}  // namespace

arrow::Result<CsvRecords> parse_records(std::string_view block, const CsvPreamble& preamble) {
    auto records = std::make_shared<arrow::csv::BlockParser>(arrow_parse_options(preamble.dialect),
                                                             static_cast<std::int32_t>(preamble.names.size()),
                                                             -1, std::numeric_limits<std::int32_t>::max());
    std::uint32_t parsed = 0;
    ARROW_RETURN_NOT_OK(records->ParseFinal(block, &parsed));
    if (parsed != block.size()) return arrow::Status::Invalid("the last record has no end");
    return records;
}

arrow::csv::ConvertOptions arrow_convert_options(const ReadOptions& options) {
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.check_utf8 = false;  // the scanner has
    convert.null_values.clear();
    for (const std::string& word : options.missing)
        // "a, ?, b" is a common way to write a table.
        for (const std::string& spelling : {word, " " + word, word + " "})
            convert.null_values.push_back(spelling);
    convert.strings_can_be_null = true;
    // Booleans stay text, as the file spells them.
    convert.true_values.clear();
    convert.false_values.clear();
    convert.decimal_point = options.decimal_point;
    for (const std::string& name : options.text_columns) convert.column_types[name] = text_type();
    return convert;
}

CsvTypes::CsvTypes(const CsvPreamble& preamble, const ReadOptions& options)
    : preamble_(preamble), convert_(arrow_convert_options(options)) {
    for (std::size_t i = 0; i < preamble.names.size(); ++i) columns_.push_back({arrow::null(), false});
}

arrow::Result<std::shared_ptr<arrow::csv::ColumnDecoder>> CsvTypes::inferring_decoder(
    std::size_t column) const {
    const auto index = static_cast<std::int32_t>(column);
    const auto asked = convert_.column_types.find(preamble_.names[column]);
    if (asked == convert_.column_types.end())
        return arrow::csv::ColumnDecoder::Make(arrow::default_memory_pool(), index, convert_);
    return arrow::csv::ColumnDecoder::Make(arrow::default_memory_pool(), asked->second, index, convert_);
}

bool CsvTypes::observe(std::string_view block) {
    if (block.find_first_not_of("\r\n") == std::string_view::npos) return true;
    const auto records = parse_records(block, preamble_);
    if (!records.ok()) return false;
    std::vector<Type> types;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto decoder = inferring_decoder(i);
        if (!decoder.ok()) return false;
        const auto column = (*decoder)->Decode(*records).result();
        if (!column.ok()) return false;
        types.push_back((*column)->type());
    }

    rows_ += static_cast<std::size_t>((*records)->num_rows());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        Type type = types[i];
        if (type->id() == arrow::Type::STRING) type = text_type();
        const Type common = common_type(columns_[i].type, type);
        const bool nothing_before = columns_[i].type->id() == arrow::Type::NA;
        columns_[i].mixed |= !nothing_before && !(common->Equals(*columns_[i].type) && common->Equals(*type));
        columns_[i].type = common;
    }
    return true;
}

std::vector<Type> CsvTypes::types(bool more_rows) const {
    std::vector<Type> types;
    for (const Seen& column : columns_) {
        const bool decimals =
            column.type->id() == arrow::Type::NA || (more_rows && column.type->id() == arrow::Type::INT64);
        types.push_back(decimals ? arrow::float64() : column.type);
    }
    return types;
}

bool CsvTypes::give_up_mixed() {
    bool any = false;
    for (Seen& column : columns_) {
        any |= column.mixed;
        if (std::exchange(column.mixed, false)) column.type = text_type();
    }
    return any;
}

}  // namespace thalweg
