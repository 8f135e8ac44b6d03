#include "insight/layers_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "insight/layer_health.h"
#include "insight/plain_network.h"

namespace thalweg {
namespace {

/// Layers that have a curve: of a deeper network some at even distances, the first and the last among them.
constexpr std::size_t kCurves = 32;
/// And pictures of their weights and activations.
constexpr std::size_t kPictures = 6;
/// Points of all curves of a chart.
constexpr std::size_t kPoints = 6000;
/// Below so many epochs their curve has too few points, and that of the steps is drawn.
constexpr std::size_t kEpochsToDraw = 8;
/// Multiplications of all snapshots together: a second or so.
constexpr double kMostWork = 1e9;
constexpr std::size_t kLeastRows = 8;

/// From 1 to `last`.
std::vector<std::size_t> some_layers(std::size_t last, std::size_t most) {
    const std::size_t kept = std::min(last, most);
    std::vector<std::size_t> layers;
    for (std::size_t i = 0; i < kept; ++i) layers.push_back(kept < 2 ? 1 : 1 + i * (last - 1) / (kept - 1));
    return layers;
}

std::string layer_name(std::size_t layer, std::size_t layers) {
    return layer == layers ? fmt::format("layer {}, the output", layer) : fmt::format("layer {}", layer);
}

/// What is seen of a network on the rows.
struct Look {
    std::size_t epoch = 0;
    std::vector<LayerHealth> health;
};

PlainExamples first_rows(const PlainExamples& examples, std::size_t rows) {
    PlainExamples first;
    const auto cut = [rows](const Matrix<double>& from) {
        Matrix<double> result(std::min(rows, from.rows()), from.cols());
        for (std::size_t n = 0; n < result.rows(); ++n) std::ranges::copy(from.row(n), result.row(n).begin());
        return result;
    };
    first.inputs = cut(examples.inputs);
    first.values = cut(examples.values);
    first.classes.assign(
        examples.classes.begin(),
        examples.classes.begin() + static_cast<std::ptrdiff_t>(std::min(rows, examples.classes.size())));
    return first;
}

/// At most as many snapshots as the work allows, the first among them.
std::vector<const Snapshot*> affordable(const std::vector<Snapshot>& snapshots, double work_of_one) {
    const auto most = static_cast<std::size_t>(std::max(1.0, kMostWork / work_of_one - 1.0));
    std::vector<const Snapshot*> chosen;
    const std::size_t kept = std::min(most, snapshots.size());
    for (std::size_t i = 0; i < kept; ++i) chosen.push_back(&snapshots[i * snapshots.size() / kept]);
    return chosen;
}

std::string gradient_chart(const DrawnNetwork& drawn, Charts& charts) {
    const std::size_t layers = drawn.network.layers();
    const std::vector<EpochReport>& epochs = drawn.training.fit.history;
    const bool by_epoch = epochs.size() >= kEpochsToDraw;
    std::vector<Series> series;
    for (const std::size_t i : some_layers(layers, kCurves)) {
        Series& curve = series.emplace_back(Series{layer_name(i, layers)});
        const auto add = [&](std::size_t at, const std::vector<double>& norms) {
            if (!norms.empty()) curve.add(static_cast<double>(at), norms[i - 1]);
        };
        if (by_epoch)
            for (const EpochReport& epoch : epochs) add(epoch.epoch, epoch.layer_gradient_norms);
        else
            for (const KeptStep& step : drawn.steps) add(step.step, step.layer_gradient_norms);
    }
    return charts.add(line_chart("Gradient norm of every layer", by_epoch ? "epoch" : "step",
                                 "norm of grad W and grad b", series,
                                 {.ramp = true, .points = kPoints / series.size()}));
}

std::string flat_chart(const char* title, const std::vector<Look>& looks, double LayerHealth::*share,
                       Charts& charts) {
    const std::size_t hidden = looks.front().health.size() - 1;
    std::vector<Series> series;
    for (const std::size_t i : some_layers(hidden, kCurves)) {
        Series& curve = series.emplace_back(Series{layer_name(i, hidden + 1)});
        for (const Look& look : looks)
            curve.add(static_cast<double>(look.epoch), 100.0 * (look.health[i - 1].*share));
    }
    return charts.add(line_chart(title, "epoch", "% of its neurons", series, {.ramp = true, .marks = true}));
}

Distribution weights_of(const char* name, const Network<double>& network, std::size_t layer) {
    constexpr std::size_t kMost = 100'000;
    const MatrixView<const double> weights = std::as_const(network).weights(layer);
    const std::size_t count = weights.rows * weights.cols, step = count / kMost + 1;
    Distribution distribution{name, {}};
    for (std::size_t j = 0; j < count; j += step)
        distribution.values.push_back(weights(j / weights.cols, j % weights.cols));
    return distribution;
}

Distribution activations_of(const char* name, const Trace<double>& trace, std::size_t layer) {
    const std::span<const double> h = trace.activations[layer].elements();
    return {name, {h.begin(), h.end()}};
}

/// Weights and activations of each layer, at the start where it is known and at the end.
std::string distributions_html(const Network<double>* start, const Trace<double>* trace_of_start,
                               const Network<double>& end, const Trace<double>& trace, Charts& charts) {
    std::string html = "<div class=\"grid\">\n";
    const std::size_t layers = end.layers();
    for (const std::size_t i : some_layers(layers, kPictures)) {
        std::vector<Distribution> weights = {weights_of("end", end, i)};
        if (start != nullptr) weights.push_back(weights_of("start", *start, i));
        html += charts.add(histogram("Weights of " + layer_name(i, layers), weights));
        std::vector<Distribution> activations = {activations_of("end", trace, i)};
        if (trace_of_start != nullptr) activations.push_back(activations_of("start", *trace_of_start, i));
        html += charts.add(histogram(
            fmt::format("{} of {}", i == layers ? "Predictions y_hat" : "Activations", layer_name(i, layers)),
            activations));
    }
    return html + "</div>\n";
}

std::string table_html(const std::vector<LayerHealth>& health, const NetworkShape& shape) {
    HtmlTable table("Layers at the end", {"layer", "neurons", "gradient of a", "dead", "saturated"});
    double most = 0.0;
    for (const LayerHealth& layer : health) most = std::max(most, layer.gradient);
    const auto percent = [&](const LayerHealth& layer, bool can, double share) {
        return can && layer.layer < health.size() ? fmt::format("{:.0f}%", 100.0 * share) : std::string("-");
    };
    for (const LayerHealth& layer : health)
        table.add({std::to_string(layer.layer), std::to_string(shape.widths[layer.layer]),
                   meter(most > 0.0 ? layer.gradient / most : 0.0, fmt::format("{:.2e}", layer.gradient)),
                   percent(layer, can_die(shape.activation), layer.dead),
                   percent(layer, can_saturate(shape.activation), layer.saturated)});
    return table.html();
}

}  // namespace

std::string layers_html(const DrawnNetwork& drawn, Charts& charts) {
    const Network<double> end = in_double(drawn.network);
    const NetworkShape& shape = end.shape();
    const double work_of_row = 3.0 * static_cast<double>(end.theta().size() * shape.members.count);
    const auto rows = std::clamp(static_cast<std::size_t>(kMostWork / (3.0 * work_of_row)), kLeastRows,
                                 std::max(kLeastRows, drawn.examples.count()));
    const PlainExamples examples = first_rows(drawn.examples, rows);
    const PlainExamples of_members = for_each_member(examples, shape.members.count);
    const auto trace_of = [&](const Network<double>& network) {
        return forward_propagation<double>(network, of_members.inputs);
    };
    std::vector<Look> looks;
    std::optional<Network<double>> start;
    std::optional<Trace<double>> trace_of_start;
    for (const Snapshot* snapshot : affordable(drawn.snapshots, work_of_row * static_cast<double>(rows))) {
        Network<double> network = in_double(snapshot->network);
        Trace<double> trace = trace_of(network);
        looks.push_back({snapshot->epoch, layer_health(network, trace, examples, drawn.loss)});
        if (start) continue;
        start = std::move(network);
        trace_of_start = std::move(trace);
    }
    const Trace<double> trace = trace_of(end);
    const std::vector<LayerHealth> health = layer_health(end, trace, examples, drawn.loss);
    std::string html = "<div class=\"grid\">\n" + gradient_chart(drawn, charts);
    if (end.layers() > 1 && !looks.empty() && can_die(shape.activation))
        html += flat_chart("Dead neurons of every layer", looks, &LayerHealth::dead, charts);
    if (end.layers() > 1 && !looks.empty() && can_saturate(shape.activation))
        html += flat_chart("Saturated neurons of every layer", looks, &LayerHealth::saturated, charts);
    html += "</div>\n" + table_html(health, shape);
    return html + distributions_html(start ? &*start : nullptr, trace_of_start ? &*trace_of_start : nullptr,
                                     end, trace, charts);
}

}  // namespace thalweg
