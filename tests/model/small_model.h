#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "thalweg/model.hpp"

namespace thalweg::testing {

inline Column number_column(const std::string& name, std::vector<double> values) {
    Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

/// "" is missing.
inline Column text_column(const std::string& name, const std::vector<std::string>& cells) {
    Column column;
    column.name = name;
    column.type = ColumnType::text;
    for (const std::string& cell : cells) {
        std::uint32_t code = 0;
        while (code < column.dictionary.size() && column.dictionary[code] != cell) ++code;
        if (code == column.dictionary.size() && !cell.empty()) column.dictionary.push_back(cell);
        column.codes.push_back(cell.empty() ? Column::kMissingCode : code);
    }
    return column;
}

inline ColumnPlan number_plan(const std::string& name, double centre, double scale) {
    ColumnPlan plan;
    plan.name = name;
    plan.number = {centre, scale};
    return plan;
}

inline ColumnPlan category_plan(const std::string& name, const std::vector<std::string>& categories) {
    ColumnPlan plan;
    plan.name = name;
    plan.type = ColumnType::text;
    plan.treatment = Treatment::category;
    plan.categories = categories;
    plan.other_input = true;
    return plan;
}

/// Two columns (a number, a category of 2 + other), one real target, 4 -> 3 -> 1.
inline Model small_model() {
    Network<float> network({{4, 3, 1}, Activation::tanh, Output::linear});
    const Random random(1, RandomStream::sample);
    for (std::size_t j = 0; j < network.theta().size(); ++j)
        network.theta()[j] = static_cast<float>(random.normal(j));
    return Model(
        Preprocessor({number_plan("rooms", 1.0 / 3.0, 0.1), category_plan("city", {"Roma", "Ñoño"})}),
        TargetCoder(Task::regression, {{"price", {}, 1e9 + 1.0 / 7.0, 12345.678}}, "real values"),
        std::move(network), {}, {{"seed", "0"}, {"version", "0.1.0"}, {"note", "a \"quoted\" text"}});
}

inline Table small_table() {
    return Table({number_column("rooms", {1.0, 2.5, -3.0, 1e6}),
                  text_column("city", {"Roma", "Ñoño", "Oslo", "Roma"})});
}

}  // namespace thalweg::testing
