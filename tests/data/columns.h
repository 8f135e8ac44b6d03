#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"

namespace thalweg::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline Column numbers(const std::string& name, std::vector<double> values) {
    Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

inline Column times(const std::string& name, std::vector<double> seconds) {
    Column column = numbers(name, std::move(seconds));
    column.type = ColumnType::time;
    return column;
}

/// "" is a missing cell.
inline Column words(const std::string& name, const std::vector<std::string>& cells) {
    Column column;
    column.name = name;
    column.type = ColumnType::text;
    std::map<std::string, std::uint32_t> code_of;
    for (const std::string& cell : cells) {
        if (cell.empty()) {
            column.codes.push_back(Column::kMissingCode);
            continue;
        }
        const auto next = static_cast<std::uint32_t>(column.dictionary.size());
        const auto [known, is_new] = code_of.emplace(cell, next);
        if (is_new) column.dictionary.push_back(cell);
        column.codes.push_back(known->second);
    }
    return column;
}

inline std::vector<std::uint32_t> all_rows(const Table& table) {
    std::vector<std::uint32_t> rows(table.rows());
    std::iota(rows.begin(), rows.end(), std::uint32_t{0});
    return rows;
}

inline Preprocessor fit(const Table& table, const PreprocessorOptions& options = {}) {
    return Preprocessor::fit(table, all_rows(table), options);
}

/// The inputs of every row, one-hot and all.
inline Matrix<float> inputs_of(const Preprocessor& preprocessor, const Table& table,
                               std::vector<ColumnReport>* report = nullptr) {
    const auto rows = all_rows(table);
    const Dataset dataset = preprocessor.transform(table, rows, report);
    Matrix<float> inputs(rows.size(), dataset.inputs);
    dataset.gather_inputs(rows, inputs);
    return inputs;
}

/// The message of the Error that `act` throws, of this kind; "" where it throws none.
template <class Act>
std::string error_of(ErrorKind kind, Act act) {
    try {
        act();
    } catch (const Error& error) {
        return error.kind() == kind ? error.what() : std::string("of another kind: ") + error.what();
    }
    return "";
}

template <class Act>
std::string data_error(Act act) {
    return error_of(ErrorKind::data, act);
}

inline bool has(const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos;
}

}  // namespace thalweg::test
