#include "model/training_identity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/checksum.h"
#include "model/option_table.h"

namespace thalweg {
namespace {

using nlohmann::json;

template <class T>
std::uint64_t add(std::uint64_t sum, std::span<const T> values) {
    return checksum({reinterpret_cast<const char*>(values.data()), values.size_bytes()}, sum);
}

std::uint64_t cells_of(const Column& column) {
    if (column.type != ColumnType::text && column.borrowed.first == nullptr)
        return add<double>(0, column.values);
    std::uint64_t sum = 0;
    if (column.type != ColumnType::text) {
        for (std::size_t row = 0; row < column.rows(); ++row) {
            const double value = column.value(row);
            sum = add<double>(sum, {&value, 1});
        }
        return sum;
    }
    sum = add<std::uint32_t>(0, column.codes);
    for (const std::string& word : column.dictionary) {
        const std::uint64_t length = word.size();
        sum = checksum(word, add<std::uint64_t>(sum, {&length, 1}));
    }
    return sum;
}

TableIdentity identity_of(const Table& table) {
    TableIdentity identity{table.rows(), {}};
    for (const Column& column : table.columns())
        identity.columns.push_back(
            {column.name, std::string(name_of(column.type)), checksum_text(cells_of(column))});
    return identity;
}

std::string option_text(const std::map<std::string, std::string>& options, const std::string& name) {
    const auto found = options.find(name);
    return found == options.end() ? "not given" : found->second.empty() ? "empty" : found->second;
}

std::vector<std::string> option_differences(const std::map<std::string, std::string>& begun,
                                            const std::map<std::string, std::string>& now) {
    std::map<std::string, std::string> all = begun;
    all.insert(now.begin(), now.end());
    std::vector<std::string> differences;
    for (const auto& [name, value] : all) {
        const std::string before = option_text(begun, name), after = option_text(now, name);
        if (before != after) differences.push_back(fmt::format("--{} was {} and is {}", name, before, after));
    }
    return differences;
}

const TableIdentity::ColumnIdentity* find(const TableIdentity& table, const std::string& name) {
    const auto found = std::ranges::find(table.columns, name, &TableIdentity::ColumnIdentity::name);
    return found == table.columns.end() ? nullptr : &*found;
}

/// what: "" or "validation ".
std::vector<std::string> table_differences(const TableIdentity& begun, const TableIdentity& now,
                                           const std::string& what) {
    std::vector<std::string> differences;
    if (begun.rows != now.rows)
        differences.push_back(fmt::format("there were {} {}rows and are {}", begun.rows, what, now.rows));
    for (const auto& column : begun.columns) {
        const auto* same = find(now, column.name);
        if (same == nullptr)
            differences.push_back(fmt::format("the {}column '{}' is gone", what, column.name));
        else if (same->type != column.type)
            differences.push_back(fmt::format("the {}column '{}' was {} and is {}", what, column.name,
                                              column.type, same->type));
        else if (begun.rows == now.rows && same->checksum != column.checksum)
            differences.push_back(fmt::format("the {}column '{}' holds other values", what, column.name));
    }
    for (const auto& column : now.columns)
        if (find(begun, column.name) == nullptr)
            differences.push_back(fmt::format("the {}column '{}' is new", what, column.name));
    if (differences.empty() &&
        !std::ranges::equal(begun.columns, now.columns, {}, &TableIdentity::ColumnIdentity::name,
                            &TableIdentity::ColumnIdentity::name))
        differences.push_back(fmt::format("the {}columns stand in another order", what));
    return differences;
}

std::vector<std::string> data_differences(const TrainingIdentity& begun, const TrainingIdentity& now) {
    std::vector<std::string> differences = table_differences(begun.data, now.data, "");
    if (begun.validation.has_value() != now.validation.has_value())
        differences.push_back(now.validation ? "there are validation rows apart, and were none"
                                             : "there were validation rows apart, and are none");
    if (begun.validation && now.validation)
        for (std::string& text : table_differences(*begun.validation, *now.validation, "validation "))
            differences.push_back(std::move(text));
    return differences;
}

json to_json(const TableIdentity& table) {
    json columns = json::array();
    for (const auto& column : table.columns) columns.push_back({column.name, column.type, column.checksum});
    return {{"rows", table.rows}, {"columns", columns}};
}

TableIdentity table_identity_from(const json& text) {
    TableIdentity table{text.at("rows").get<std::size_t>(), {}};
    for (const json& column : text.at("columns"))
        table.columns.push_back({column.at(0).get<std::string>(), column.at(1).get<std::string>(),
                                 column.at(2).get<std::string>()});
    return table;
}

}  // namespace

TrainingIdentity identity_of(const TrainOptions& options, const Table& table, const Table* validation) {
    TrainingIdentity identity{changed_options(options), identity_of(table), {}};
    // Neither shows in the bits: the one not at all, the other only in where a training ends.
    identity.options.erase("threads");
    identity.options.erase("time-limit");
    if (validation != nullptr) identity.validation = identity_of(*validation);
    return identity;
}

void check_same_training(const TrainingIdentity& begun, const TrainingIdentity& now,
                         const std::string& source, const std::string& flag) {
    std::vector<std::string> differences = option_differences(begun.options, now.options);
    const ErrorKind kind = differences.empty() ? ErrorKind::data : ErrorKind::usage;
    for (std::string& text : data_differences(begun, now)) differences.push_back(std::move(text));
    if (differences.empty()) return;
    constexpr std::size_t kTold = 8;
    const std::size_t told = std::min(differences.size(), kTold);
    std::string list = fmt::format("{}", fmt::join(std::span(differences).first(told), "; "));
    if (differences.size() > told) list += fmt::format("; and {} more", differences.size() - told);
    throw Error(kind, fmt::format("{}: --resume goes on with the training that was begun, and this is "
                                  "another: {}. Give what it began with, or another {} to begin anew",
                                  source, list, flag));
}

json to_json(const TrainingIdentity& identity) {
    json text = {{"options", identity.options}, {"data", to_json(identity.data)}};
    if (identity.validation) text["validation"] = to_json(*identity.validation);
    return text;
}

TrainingIdentity training_identity_from(const json& text) {
    TrainingIdentity identity{text.at("options").get<std::map<std::string, std::string>>(),
                              table_identity_from(text.at("data")),
                              {}};
    if (text.contains("validation")) identity.validation = table_identity_from(text.at("validation"));
    return identity;
}

}  // namespace thalweg
