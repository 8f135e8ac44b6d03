#include "cli/data_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>

#include "model/text_table.h"

namespace thalweg::cli {
namespace {

constexpr std::size_t kExamples = 3;
constexpr std::size_t kExampleWidth = 20;

/// Infinity counts as missing: nothing can be learnt from it.
bool is_missing(const Column& column, std::size_t row) {
    return column.type == ColumnType::text ? column.is_missing(row) : !std::isfinite(column.value(row));
}

std::size_t count_missing(const Column& column) {
    std::size_t missing = 0;
    for (std::size_t row = 0; row < column.rows(); ++row) missing += is_missing(column, row) ? 1 : 0;
    return missing;
}

std::size_t count_distinct(const Column& column) {
    if (column.type == ColumnType::text) {
        std::vector<bool> seen(column.dictionary.size());
        for (const std::uint32_t code : column.codes)
            if (code != Column::kMissingCode) seen[code] = true;
        return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
    }
    std::vector<double> values;
    for (std::size_t row = 0; row < column.rows(); ++row)
        if (std::isfinite(column.value(row))) values.push_back(column.value(row));
    std::sort(values.begin(), values.end());
    return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

std::vector<std::string> first_values(const Column& column) {
    std::vector<std::string> values;
    for (std::size_t row = 0; row < column.rows() && values.size() < kExamples; ++row) {
        if (is_missing(column, row)) continue;
        const std::string text = column.text(row);
        if (std::find(values.begin(), values.end(), text) == values.end()) values.push_back(text);
    }
    return values;
}

/// What training would do with the columns; nothing where not one can be learnt from.
std::vector<ColumnPlan> plans(const Table& table) {
    std::vector<std::uint32_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), 0U);
    try {
        return Preprocessor::fit(table, rows, {}).columns();
    } catch (const Error&) {
        return {};
    }
}

void take_plan(ColumnSummary& summary, const std::vector<ColumnPlan>& all) {
    const auto plan = std::find_if(all.begin(), all.end(),
                                   [&](const ColumnPlan& other) { return other.name == summary.name; });
    summary.treatment = plan == all.end() ? Treatment::dropped : plan->treatment;
    summary.reason = plan == all.end() ? "nothing to learn from" : plan->reason;
}

/// The text cut to kExampleWidth characters (not in the middle of one), line ends made visible.
std::string shortened(const std::string& text) {
    std::string shown;
    std::size_t characters = 0;
    for (const char byte : text) {
        const bool starts_character = (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
        if (starts_character && ++characters > kExampleWidth) return shown + "...";
        shown += byte == '\n' || byte == '\r' || byte == '\t' ? ' ' : byte;
    }
    return shown;
}

std::string examples_text(const std::vector<std::string>& examples) {
    std::vector<std::string> shown;
    shown.reserve(examples.size());
    for (const std::string& example : examples) shown.push_back(shortened(example));
    return fmt::format("{}", fmt::join(shown, ", "));
}

std::string treatment_text(const ColumnSummary& column) {
    return column.reason.empty() ? std::string(name_of(column.treatment))
                                 : fmt::format("{}: {}", name_of(column.treatment), column.reason);
}

}  // namespace

bool looks_like_model(const std::string& path) {
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(path, unknown)) return false;
    if (std::filesystem::path(path).extension() == ".safetensors") return true;
    std::array<unsigned char, 9> start{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(start.data()), start.size());
    const bool length_is_small = start[5] == 0 && start[6] == 0 && start[7] == 0;
    return file.good() && length_is_small && start[8] == '{';
}

DataReport describe_data(const Table& table) {
    DataReport report{table.source(), table.rows(), {}};
    const std::vector<ColumnPlan> all = plans(table);
    for (const Column& column : table.columns()) {
        ColumnSummary summary;
        summary.name = column.name;
        summary.type = column.type;
        summary.missing = count_missing(column);
        summary.distinct = count_distinct(column);
        summary.examples = first_values(column);
        take_plan(summary, all);
        report.columns.push_back(std::move(summary));
    }
    return report;
}

std::string data_text(const DataReport& report) {
    TextTable table({"column", "type", ">missing", ">distinct", "examples", "training would take it as"});
    for (const ColumnSummary& column : report.columns)
        table.add({column.name, std::string(name_of(column.type)), std::to_string(column.missing),
                   std::to_string(column.distinct), examples_text(column.examples), treatment_text(column)});
    std::string text = fmt::format("{}: {} rows, {} columns\n\n{}", report.source, report.rows,
                                   report.columns.size(), table.text());
    text.pop_back();
    return text;
}

std::string data_json(const DataReport& report) {
    nlohmann::ordered_json columns = nlohmann::ordered_json::array();
    for (const ColumnSummary& column : report.columns)
        columns.push_back({{"name", column.name},
                           {"type", name_of(column.type)},
                           {"missing", column.missing},
                           {"distinct", column.distinct},
                           {"examples", column.examples},
                           {"treatment", name_of(column.treatment)},
                           {"reason", column.reason}});
    return nlohmann::ordered_json{{"source", report.source}, {"rows", report.rows}, {"columns", columns}}
        .dump();
}

}  // namespace thalweg::cli
