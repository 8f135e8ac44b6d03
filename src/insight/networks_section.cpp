#include "insight/networks_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "insight/layer_health.h"

namespace thalweg {
namespace {

/// Of five folds four networks each, and of deep ones fewer: the page stays below 1 MB.
constexpr std::size_t kMostDrawn = 20;
constexpr std::size_t kMostCurves = 160;

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return (*middle + *std::ranges::max_element(values.begin(), middle)) / 2.0;
}

/// Over time for as long as at least half the networks were trained.
std::string median_chart(const std::vector<DrawnNetwork>& networks, Charts& charts) {
    std::map<std::size_t, std::vector<std::span<const double>>> norms;
    bool by_epoch = true;
    for (const DrawnNetwork& one : networks) {
        const NormsOverTime over_time = norms_over_time(one);
        by_epoch = over_time.by_epoch;
        for (const auto& [at, of_layers] : over_time.norms) norms[at].push_back(of_layers);
    }
    const std::size_t layers = networks.front().network.layers();
    std::vector<Series> series;
    for (const std::size_t i : layers_with_a_curve(layers)) {
        Series& curve = series.emplace_back(Series{layer_name(i, layers)});
        for (const auto& [at, of_networks] : norms) {
            if (2 * of_networks.size() < networks.size()) continue;
            std::vector<double> of_layer;
            for (const std::span<const double> one : of_networks) of_layer.push_back(one[i - 1]);
            curve.add(static_cast<double>(at), median(std::move(of_layer)));
        }
    }
    return charts.add(
        line_chart(fmt::format("Gradient norm of every layer, the median of {} networks", networks.size()),
                   by_epoch ? "epoch" : "step", "norm of grad W and grad b", series,
                   {.ramp = true, .points = kPointsOfLayers / series.size()}));
}

/// A number of every network.
struct Spread {
    const std::vector<DrawnNetwork>& networks;
    std::vector<double> values;

    /// "0.5 in network 3"
    std::string at(std::vector<double>::const_iterator place, const char* format) const {
        return number_html(
            fmt::format("{} in network {}", fmt::format(fmt::runtime(format), *place),
                        networks[static_cast<std::size_t>(place - values.begin())].training.network));
    }
    std::string least(const char* format) const { return at(std::ranges::min_element(values), format); }
    std::string most(const char* format) const { return at(std::ranges::max_element(values), format); }
};

/// A row for each layer: the medians over networks, and which are furthest off.
std::string spread_table(const std::vector<DrawnNetwork>& networks, const PlainExamples& examples,
                         const LossFunction& loss) {
    const NetworkShape& shape = networks.front().network.shape();
    const PlainExamples rows =
        affordable_rows(examples, shape, kMostWorkOfLayers / static_cast<double>(networks.size()));
    std::vector<std::vector<LayerHealth>> health;
    health.reserve(networks.size());
    for (const DrawnNetwork& one : networks) health.push_back(layer_health(one.network, rows, loss));
    const auto spread = [&](std::size_t i, double LayerHealth::*number, double factor) {
        Spread result{networks, {}};
        for (const std::vector<LayerHealth>& of_network : health)
            result.values.push_back(factor * (of_network[i - 1].*number));
        return result;
    };
    const bool dead = can_die(shape.activation), saturated = can_saturate(shape.activation);
    std::vector<std::string> headings = {"layer", "neurons", "gradient of a, median", "least", "most"};
    if (dead) headings.insert(headings.end(), {"dead, median", "most"});
    if (saturated) headings.insert(headings.end(), {"saturated, median", "most"});
    HtmlTable table(fmt::format("Layers at the end, all {} networks", networks.size()), headings);
    double greatest = 0.0;
    for (std::size_t i = 1; i <= shape.layers(); ++i)
        greatest = std::max(greatest, median(spread(i, &LayerHealth::gradient, 1.0).values));
    for (std::size_t i = 1; i <= shape.layers(); ++i) {
        const Spread gradient = spread(i, &LayerHealth::gradient, 1.0);
        const double middle = median(gradient.values);
        std::vector<std::string> cells = {
            std::to_string(i), std::to_string(shape.widths[i]),
            meter(greatest > 0.0 ? middle / greatest : 0.0, fmt::format("{:.2e}", middle)),
            gradient.least("{:.2e}"), gradient.most("{:.2e}")};
        const auto add_share = [&](double LayerHealth::*share) {
            const Spread shares = spread(i, share, 100.0);
            cells.push_back(i < shape.layers() ? fmt::format("{:.0f}%", median(shares.values)) : "-");
            cells.push_back(i < shape.layers() ? shares.most("{:.0f}%") : "-");
        };
        if (dead) add_share(&LayerHealth::dead);
        if (saturated) add_share(&LayerHealth::saturated);
        table.add(cells);
    }
    return table.html();
}

/// "Network 3: fold 3, seed 0, best epoch 12 of 30"
std::string name_of_network(const NetworkTraining& one) {
    return fmt::format("Network {}: {}seed {}, best epoch {} of {}", one.network,
                       one.fold ? fmt::format("fold {}, ", *one.fold + 1) : "", one.seed, one.fit.best_epoch,
                       one.fit.history.size());
}

}  // namespace

std::string networks_html(const std::vector<DrawnNetwork>& networks, const PlainExamples& examples,
                          const LossFunction& loss, Charts& charts) {
    const std::string measured =
        fmt::format("Gradients over time are those of training; the rest is measured on {} rows of the data.",
                    examples.count());
    if (networks.size() == 1)
        return "<p class=\"soft\">" + measured + "</p>\n" +
               layers_html(networks.front(), examples, loss, 1, "", charts);
    const std::size_t curves = layers_with_a_curve(networks.front().network.layers()).size();
    const std::size_t drawn =
        std::min(networks.size(), std::clamp(kMostCurves / curves, std::size_t{1}, kMostDrawn));
    std::string html = fmt::format(
        "<p class=\"soft\">Of all {} networks of the model together, and {} for "
        "itself. {}</p>\n",
        networks.size(), drawn < networks.size() ? fmt::format("each of the first {}", drawn) : "each",
        measured);
    html += "<div class=\"grid\">\n" + median_chart(networks, charts) + "</div>\n" +
            spread_table(networks, examples, loss);
    for (std::size_t n = 0; n < drawn; ++n) {
        const NetworkTraining& training = networks[n].training;
        html += fmt::format("<details class=\"network\"{}><summary>{}</summary>\n", n == 0 ? " open" : "",
                            name_of_network(training));
        html += layers_html(networks[n], examples, loss, drawn, fmt::format(", network {}", training.network),
                            charts) +
                "</details>\n";
    }
    return html;
}

}  // namespace thalweg
