#include "bench/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "bench/task.h"
#include "bench/timing.h"
#include "thalweg/version.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kWidths[] = {8, 16, 32, 64, 128, 256, 512};
constexpr std::size_t kBatches[] = {1, 2, 8, 32, 128, 512};

Workload square_network(std::size_t width, std::size_t batch) {
    return {.name = fmt::format("{0}-{0}-{0}-1", width),
            .shape = {{width, width, width, 1}, Activation::relu, Output::linear},
            .loss = Loss::squared_error,
            .optimizer = OptimizerKind::adam,
            .learning_rate = 0.001,
            .batch = batch};
}

GridPoint time_point(std::size_t width, std::size_t batch, int threads, Precision precision, double seconds) {
    const Workload workload = square_network(width, batch);
    const std::unique_ptr<Task> on_one = make_task(workload, 1, precision);
    const std::unique_ptr<Task> on_several = make_task(workload, threads, precision);
    const auto [one, several] = time_in_turn([&] { on_one->run(); }, [&] { on_several->run(); }, seconds);
    on_one->check();
    on_several->check();
    return {width, batch, one, several / one};
}

}  // namespace

std::vector<GridPoint> time_grid(int threads, Precision precision, double seconds) {
    std::vector<GridPoint> points;
    for (const std::size_t width : kWidths)
        for (const std::size_t batch : kBatches)
            points.push_back(time_point(width, batch, threads, precision, seconds));
    return points;
}

std::string grid_table(const std::vector<GridPoint>& points, int threads) {
    std::string text = fmt::format("A step on {} threads as a multiple of its time on one, {}\n{:<8}",
                                   threads, simd_target(), "width");
    for (const std::size_t batch : kBatches) text += fmt::format("{:>10}", fmt::format("batch {}", batch));
    std::size_t width = 0;
    for (const GridPoint& point : points) {
        if (point.width != width) text += fmt::format("\n{:<8}", width = point.width);
        text += fmt::format("{:>10.2f}", point.ratio);
    }
    const GridPoint& worst = *std::ranges::max_element(points, {}, &GridPoint::ratio);
    return text + fmt::format("\nworst: {:.2f} (width {}, batch {}, {:.3g} us on one thread)\n", worst.ratio,
                              worst.width, worst.batch, worst.us_one_thread);
}

nlohmann::ordered_json grid_json(const std::vector<GridPoint>& points, int threads) {
    auto json = nlohmann::ordered_json::array();
    for (const GridPoint& point : points)
        json.push_back({{"width", point.width},
                        {"batch", point.batch},
                        {"threads", threads},
                        {"us_one_thread", point.us_one_thread},
                        {"ratio", point.ratio}});
    return json;
}

}  // namespace thalweg::bench
