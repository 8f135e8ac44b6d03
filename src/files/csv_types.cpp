#include "files/csv_types.h"

#include <arrow/buffer.h>
#include <arrow/csv/reader.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/type.h>

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

}  // namespace

arrow::csv::ParseOptions arrow_parse_options(const CsvPreamble& preamble) {
    auto parse = arrow::csv::ParseOptions::Defaults();
    const CsvDialect dialect = preamble.dialect;
    parse.delimiter = dialect.delimiter;
    parse.quoting = dialect.quote != '\0';
    if (parse.quoting) parse.quote_char = dialect.quote;
    parse.newlines_in_values = parse.quoting;
    return parse;
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

arrow::csv::ReadOptions arrow_read_options(const CsvPreamble& preamble, std::size_t block_size) {
    auto read = arrow::csv::ReadOptions::Defaults();
    read.column_names = preamble.names;
    read.block_size = static_cast<std::int32_t>(block_size);
    return read;
}

CsvTypes::CsvTypes(const CsvPreamble& preamble, const ReadOptions& options)
    : preamble_(preamble), convert_(arrow_convert_options(options)) {
    for (std::size_t i = 0; i < preamble.names.size(); ++i) columns_.push_back({arrow::null(), false});
}

bool CsvTypes::observe(std::string_view block) {
    if (block.find_first_not_of("\r\n") == std::string_view::npos) return true;
    auto read = arrow_read_options(preamble_, block.size() + 1);
    read.use_threads = false;
    const auto stream = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(block));
    const auto reader = arrow::csv::TableReader::Make(arrow::io::default_io_context(), stream, read,
                                                      arrow_parse_options(preamble_), convert_);
    if (!reader.ok()) return false;
    const auto table = (*reader)->Read();
    if (!table.ok()) return false;

    rows_ += static_cast<std::size_t>((*table)->num_rows());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        Type type = (*table)->schema()->field(static_cast<int>(i))->type();
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
