#pragma once

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "support/program.h"

namespace thalweg::testing {

/// Rows of "rooms,city,price", in which price depends on the others: something that training can learn.
inline std::string houses_csv(int rows, char delimiter = ',', const std::string& line_end = "\n") {
    static const char* const kCities[] = {"Oslo", "Roma", "Lima"};
    const std::string d(1, delimiter);
    std::string text = "rooms" + d + "city" + d + "price" + line_end;
    for (int i = 0; i < rows; ++i) {
        const int rooms = 1 + i * 7 % 11;
        const int city = i * 5 % 3;
        text += std::to_string(rooms) + d + kCities[city] + d + std::to_string(1000 * rooms + 5000 * city) +
                line_end;
    }
    return text;
}

/// Rows of "length,width,kind" with three kinds that the numbers tell apart.
inline std::string flowers_csv(int rows) {
    static const char* const kKinds[] = {"lily", "rose", "tulip"};
    std::string text = "length,width,kind\n";
    for (int i = 0; i < rows; ++i) {
        const int kind = i % 3;
        text += std::to_string(2 * kind) + "." + std::to_string(i * 7 % 10) + "," +
                std::to_string(10 - 3 * kind) + "." + std::to_string(i * 3 % 10) + "," + kKinds[kind] + "\n";
    }
    return text;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

inline std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
}

inline bool holds(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

inline std::size_t count_of(const std::string& text, const std::string& words) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos; at += words.size()) ++count;
    return count;
}

}  // namespace thalweg::testing
