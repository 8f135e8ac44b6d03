#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "thalweg/precision.hpp"

namespace thalweg::bench {

/// A training step of a network w-w-w-1 on some threads, as a multiple of its time on one.
struct GridPoint {
    std::size_t width = 0;
    std::size_t batch = 0;
    double us_one_thread = 0.0;
    double ratio = 0.0;  ///< below 1: the threads pay
};

/// Widths 8 .. 512 and batches 1 .. 512, about `seconds` each; the two take turns.
std::vector<GridPoint> time_grid(int threads, Precision precision, double seconds);

/// A row for each width, a column for each batch.
std::string grid_table(const std::vector<GridPoint>& points, int threads);
nlohmann::ordered_json grid_json(const std::vector<GridPoint>& points, int threads);

}  // namespace thalweg::bench
