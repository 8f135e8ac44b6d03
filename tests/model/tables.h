#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/random.h"
#include "model/small_model.h"

namespace thalweg::testing {

/// rows x (x1, x2, colour, y): y = 300 x1 - 200 x2 + 100 (colour is red), rounded to whole numbers, which a
/// shift by a billion does not round again.
inline Table real_table(std::size_t rows, std::uint64_t seed = 1, double factor = 1.0, double shift = 0.0) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> x1, x2, y;
    std::vector<std::string> colour;
    for (std::size_t i = 0; i < rows; ++i) {
        x1.push_back(random.normal(3 * i));
        x2.push_back(5.0 + 2.0 * random.normal(3 * i + 1));
        colour.push_back(random.below(3 * i + 2, 2) == 0 ? "red" : "blue");
        const double exact = 300.0 * x1[i] - 200.0 * x2[i] + (colour[i] == "red" ? 100.0 : 0.0);
        y.push_back(factor * std::round(exact) + shift);
    }
    return Table({number_column("x1", x1), number_column("x2", x2), text_column("colour", colour),
                  number_column("y", y)},
                 "real.csv");
}

/// rows x (x1, x2, kind): the kind of point is told by the third of the circle that it lies in.
inline Table class_table(std::size_t rows, const std::vector<std::string>& names, std::uint64_t seed = 1) {
    const Random random(seed, RandomStream::sample);
    std::vector<double> x1, x2;
    std::vector<std::string> kind;
    for (std::size_t i = 0; i < rows; ++i) {
        const double turn = random.uniform(2 * i), radius = 0.5 + random.uniform(2 * i + 1);
        x1.push_back(radius * std::cos(2.0 * M_PI * turn));
        x2.push_back(radius * std::sin(2.0 * M_PI * turn));
        kind.push_back(names[static_cast<std::size_t>(turn * static_cast<double>(names.size()))]);
    }
    return Table({number_column("x1", x1), number_column("x2", x2), text_column("kind", kind)}, "kinds.csv");
}

/// The columns of `table` with `change` made to one of them.
template <class Change>
Table changed(const Table& table, const std::string& name, const Change& change) {
    std::vector<Column> columns = table.columns();
    for (Column& column : columns)
        if (column.name == name) change(column);
    return Table(std::move(columns), table.source());
}

/// A network that learns these tables in a second.
inline TrainOptions quick(const std::string& target) {
    TrainOptions options;
    options.target = {target};
    options.hidden = {16};
    options.epochs = 60;
    options.batch_size = 16;
    options.learning_rate = 0.01;
    options.weight_decay = 0.01;
    options.threads = 1;
    return options;
}

inline bool any_holds(const std::vector<std::string>& notes, const std::string& words) {
    return std::ranges::any_of(
        notes, [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

inline double metric(const Metrics& metrics, const std::string& name) {
    for (const auto& [key, value] : metrics)
        if (key == name) return value;
    ADD_FAILURE() << "no metric " << name;
    return 0.0;
}

}  // namespace thalweg::testing
