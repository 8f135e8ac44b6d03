#include "insight/layers_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "insight/fast_pass.h"
#include "insight/layer_health.h"

namespace thalweg {
namespace {

/// Layers that have a curve.
constexpr std::size_t kCurves = 32;
/// And pictures of their weights and activations.
constexpr std::size_t kPictures = 6;
/// Below so many epochs their curve has too few points, and that of the steps is drawn.
constexpr std::size_t kEpochsToDraw = 8;
constexpr std::size_t kLeastRows = 8;

/// From 1 to `last`.
std::vector<std::size_t> some_layers(std::size_t last, std::size_t most) {
    const std::size_t kept = std::min(last, most);
    std::vector<std::size_t> layers;
    for (std::size_t i = 0; i < kept; ++i) layers.push_back(kept < 2 ? 1 : 1 + i * (last - 1) / (kept - 1));
    return layers;
}

/// Forward and back.
double work_of_row(const NetworkShape& shape) {
    return 3.0 * static_cast<double>(shape.parameters() * shape.members.count);
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

/// At most as many snapshots, the first among them.
std::vector<const Snapshot*> some_snapshots(const std::vector<Snapshot>& snapshots, std::size_t most) {
    std::vector<const Snapshot*> chosen;
    const std::size_t kept = std::min(most, snapshots.size());
    for (std::size_t i = 0; i < kept; ++i) chosen.push_back(&snapshots[i * snapshots.size() / kept]);
    return chosen;
}

std::string gradient_chart(const DrawnNetwork& drawn, std::size_t points, const std::string& of,
                           Charts& charts) {
    const std::size_t layers = drawn.network.layers();
    const NormsOverTime over_time = norms_over_time(drawn);
    std::vector<Series> series;
    for (const std::size_t i : layers_with_a_curve(layers)) {
        Series& curve = series.emplace_back(Series{layer_name(i, layers)});
        for (const auto& [at, norms] : over_time.norms) curve.add(static_cast<double>(at), norms[i - 1]);
    }
    return charts.add(line_chart("Gradient norm of every layer" + of, over_time.by_epoch ? "epoch" : "step",
                                 "norm of grad W and grad b", series,
                                 {.ramp = true, .points = points / series.size()}));
}

std::string flat_chart(const std::string& title, const std::vector<Look>& looks, double LayerHealth::*share,
                       Charts& charts) {
    const std::size_t hidden = looks.front().health.size() - 1;
    std::vector<Series> series;
    for (const std::size_t i : layers_with_a_curve(hidden)) {
        Series& curve = series.emplace_back(Series{layer_name(i, hidden + 1)});
        for (const Look& look : looks)
            curve.add(static_cast<double>(look.epoch), 100.0 * (look.health[i - 1].*share));
    }
    return charts.add(line_chart(title, "epoch", "% of its neurons", series, {.ramp = true, .marks = true}));
}

Distribution weights_of(const char* name, const Network<float>& network, std::size_t layer,
                        std::size_t most) {
    const MatrixView<const float> weights = network.weights(layer);
    const std::size_t count = weights.rows * weights.cols, step = count / most + 1;
    Distribution distribution{name, {}};
    for (std::size_t j = 0; j < count; j += step)
        distribution.values.push_back(weights(j / weights.cols, j % weights.cols));
    return distribution;
}

Distribution activations_of(const char* name, const Trace<float>& trace, std::size_t layer) {
    const std::span<const float> h = trace.activations[layer].elements();
    return {name, {h.begin(), h.end()}};
}

/// A network and what it makes of the rows.
struct Pass {
    const Network<float>& network;
    Trace<float> trace;
};

/// Weights and activations of each layer, at the start where it is known and at the end.
std::string distributions_html(const std::optional<Pass>& start, const Pass& end, std::size_t most_weights,
                               const std::string& of, Charts& charts) {
    std::string html = "<div class=\"grid\">\n";
    const std::size_t layers = end.network.layers();
    for (const std::size_t i : some_layers(layers, kPictures)) {
        std::vector<Distribution> weights = {weights_of("end", end.network, i, most_weights)};
        std::vector<Distribution> activations = {activations_of("end", end.trace, i)};
        if (start) {
            weights.push_back(weights_of("start", start->network, i, most_weights));
            activations.push_back(activations_of("start", start->trace, i));
        }
        const std::string layer = layer_name(i, layers) + of;
        html += charts.add(histogram("Weights of " + layer, weights));
        html += charts.add(histogram(
            fmt::format("{} of {}", i == layers ? "Predictions y_hat" : "Activations", layer), activations));
    }
    return html + "</div>\n";
}

std::string table_html(const std::vector<LayerHealth>& health, const NetworkShape& shape,
                       const std::string& of) {
    HtmlTable table("Layers at the end" + of, {"layer", "neurons", "gradient of a", "dead", "saturated"});
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

NormsOverTime norms_over_time(const DrawnNetwork& drawn) {
    const std::vector<EpochReport>& epochs = drawn.training.fit.history;
    NormsOverTime over_time;
    over_time.by_epoch = epochs.size() >= kEpochsToDraw;
    const auto add = [&](std::size_t at, const std::vector<double>& norms) {
        if (!norms.empty()) over_time.norms.emplace_back(at, norms);
    };
    if (over_time.by_epoch)
        for (const EpochReport& epoch : epochs) add(epoch.epoch, epoch.layer_gradient_norms);
    else
        for (const KeptStep& step : drawn.steps) add(step.step, step.layer_gradient_norms);
    return over_time;
}

std::vector<std::size_t> layers_with_a_curve(std::size_t layers) {
    return some_layers(layers, kCurves);
}

std::string layer_name(std::size_t layer, std::size_t layers) {
    return layer == layers ? fmt::format("layer {}, the output", layer) : fmt::format("layer {}", layer);
}

PlainExamples affordable_rows(const PlainExamples& examples, const NetworkShape& shape, double work) {
    return first_rows(examples, std::max(kLeastRows, static_cast<std::size_t>(work / work_of_row(shape))));
}

std::string layers_html(const DrawnNetwork& drawn, const PlainExamples& examples, const LossFunction& loss,
                        std::size_t among, const std::string& of, Charts& charts) {
    constexpr std::size_t kMostWeights = 100'000;
    const NetworkShape& shape = drawn.network.shape();
    const double work = kMostWorkOfLayers / static_cast<double>(among);
    const PlainExamples rows = affordable_rows(examples, shape, work / 3.0);
    const Matrix<float> inputs = in_float(for_each_member(rows, shape.members.count).inputs);
    const double work_of_pass = work_of_row(shape) * static_cast<double>(rows.count());
    const auto most = static_cast<std::size_t>(std::max(1.0, work / work_of_pass - 1.0));
    std::vector<Look> looks;
    std::optional<Network<float>> first;
    std::optional<Pass> start;
    for (const Snapshot* snapshot : some_snapshots(drawn.snapshots, most)) {
        Network<float> network = snapshot->network();
        Trace<float> trace = fast_forward_propagation(network, inputs);
        looks.push_back({snapshot->epoch, flat_neurons(network, trace)});
        if (!start) start.emplace(Pass{first.emplace(std::move(network)), std::move(trace)});
    }
    const Pass end{drawn.network, fast_forward_propagation(drawn.network, inputs)};
    std::string html = "<div class=\"grid\">\n" + gradient_chart(drawn, kPointsOfLayers / among, of, charts);
    if (shape.layers() > 1 && !looks.empty() && can_die(shape.activation))
        html += flat_chart("Dead neurons of every layer" + of, looks, &LayerHealth::dead, charts);
    if (shape.layers() > 1 && !looks.empty() && can_saturate(shape.activation))
        html += flat_chart("Saturated neurons of every layer" + of, looks, &LayerHealth::saturated, charts);
    html += "</div>\n" + table_html(layer_health(end.network, end.trace, rows, loss), shape, of);
    return html + distributions_html(start, end, kMostWeights / among, of, charts);
}

}  // namespace thalweg
