#include "insight/explanation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "insight/explanation_steps.h"
#include "insight/mathml.h"
#include "insight/page.h"
#include "insight/page_files.h"

namespace thalweg {
namespace {

using nlohmann::ordered_json;

/// Neurons of a layer that are drawn, and values of a step that are shown.
constexpr std::size_t kDrawn = 12;
constexpr std::size_t kShown = 12;
/// Layers that are drawn; of a deeper network the first ones.
constexpr std::size_t kDrawnLayers = 24;

/// What is drawn of layer i (0: what layer 1 reads): all of its neurons, or those whose activation matters
/// most to the loss, h . grad_h; without a loss the largest. In their order.
std::vector<std::size_t> drawn_neurons(const Explanation& e, std::size_t i) {
    const std::span<const double> h = e.trace.activations[i].row(0);
    const bool weighed = e.gradient && i < e.layers();
    std::vector<std::size_t> neurons(h.size());
    std::iota(neurons.begin(), neurons.end(), std::size_t{0});
    std::ranges::stable_sort(neurons, std::ranges::greater{}, [&](std::size_t j) {
        return std::abs(h[j] * (weighed ? e.grad_activations[i](0, j) : 1.0));
    });
    neurons.resize(std::min(neurons.size(), kDrawn));
    std::ranges::sort(neurons);
    return neurons;
}

ordered_json neuron_json(const Explanation& e, std::size_t i, std::size_t j) {
    ordered_json neuron = {{"index", j + 1}, {"h", e.trace.activations[i](0, j)}};
    if (i == 0) neuron["name"] = e.embedded_names[j];
    if (i == e.layers()) neuron["name"] = e.output_names[j];
    if (i > 0) neuron["a"] = e.trace.pre_activations[i - 1](0, j);
    if (i > 0) neuron["bias"] = e.network.bias(i)[j];
    const bool bends = i > 0 && e.shape().bends(i);
    if (bends) neuron["bend"] = e.network.layer(i).bend[j];
    if (!e.gradient) return neuron;
    if (i < e.layers()) neuron["grad_h"] = e.grad_activations[i](0, j);
    if (i > 0) neuron["grad_a"] = e.gradient->pre_activations[i - 1](0, j);
    if (i > 0) neuron["grad_bias"] = std::as_const(e.gradient->parameters).bias(i)[j];
    if (bends) neuron["grad_bend"] = std::as_const(e.gradient->parameters).layer(i).bend[j];
    return neuron;
}

ordered_json edges_json(const Explanation& e, std::size_t i, const std::vector<std::size_t>& above,
                        const std::vector<std::size_t>& below) {
    ordered_json edges = ordered_json::array();
    for (std::size_t to = 0; to < above.size(); ++to)
        for (std::size_t from = 0; from < below.size(); ++from) {
            const std::size_t p = above[to], q = below[from];
            ordered_json edge = {{"layer", i},
                                 {"from", from},
                                 {"to", to},
                                 {"name", fmt::format("w_{},{},{}", i, p + 1, q + 1)},
                                 {"w", e.network.weights(i)(p, q)}};
            if (e.gradient) edge["grad"] = std::as_const(e.gradient->parameters).weights(i)(p, q);
            edges.push_back(std::move(edge));
        }
    return edges;
}

ordered_json drawing_json(const Explanation& e) {
    ordered_json drawing = {{"layers", ordered_json::array()}, {"edges", ordered_json::array()}};
    std::vector<std::size_t> below;
    for (std::size_t i = 0; i <= std::min(e.layers(), kDrawnLayers); ++i) {
        const std::vector<std::size_t> neurons = drawn_neurons(e, i);
        ordered_json layer = {{"count", e.trace.activations[i].cols()}, {"neurons", ordered_json::array()}};
        for (const std::size_t j : neurons) layer["neurons"].push_back(neuron_json(e, i, j));
        drawing["layers"].push_back(std::move(layer));
        if (i > 0) drawing["edges"].push_back(edges_json(e, i, neurons, below));
        below = neurons;
    }
    return drawing;
}

/// A matrix in its columns, or of a large one some words, which may be wrapped.
std::string values_html(const ExplainedStep& step) {
    if (step.values.rows > kShown || step.values.cols > kShown)
        return "<span class=\"number abridged\">" + escape_html(abridged_values(step)) + "</span>";
    std::string text = "<span class=\"number\" tabindex=\"0\">";
    for (std::size_t p = 0; p < step.values.rows; ++p) {
        for (const double value : step.values.row(p)) text += fmt::format("{:>11}", short_number(value));
        text += "\n";
    }
    return text + "</span>";
}

std::string steps_html(const char* title, const char* told, const std::vector<ExplainedStep>& steps) {
    std::string html = fmt::format(
        "<section class=\"card\"><h3>{}</h3><p class=\"soft\">{}</p><ol class=\"steps\">\n", title, told);
    for (const ExplainedStep& step : steps) {
        html += fmt::format("<li data-step-layer=\"{}\">{}", step.layer, mathml(step.formula));
        if (!step.remark.empty())
            html += fmt::format(" <span class=\"soft\">{}</span>", escape_html(step.remark));
        html += values_html(step) + "</li>\n";
    }
    return html + "</ol></section>\n";
}

std::string cells_html(const Explanation& e) {
    if (e.cells.empty()) return "";
    std::string html =
        "<h2>The row</h2>\n<div class=\"card scroll\" tabindex=\"0\"><table>"
        "<thead><tr><th>column</th><th>cell</th><th>inputs after preprocessing</th></tr></thead><tbody>\n";
    for (const ExplainedCell& cell : e.cells)
        html += fmt::format(
            "<tr><td>{}</td><td>{}</td><td class=\"soft\">{}</td></tr>\n", escape_html(cell.column),
            cell.text.empty() ? "(missing)" : escape_html(cell.text), escape_html(inputs_text(e, cell)));
    return html + "</tbody></table></div>\n";
}

/// Bars to the right of the middle for what raised the prediction, to the left for what lowered it.
std::string attributions_html(const Explanation& e) {
    std::string html;
    for (const Attribution& one : e.attributions) {
        html += fmt::format(
            "<h2>What each column contributed to {}</h2>\n<p class=\"soft\">Integrated gradients from the "
            "mean row: {}.</p>\n<div class=\"card scroll\" tabindex=\"0\"><table class=\"attribution\">"
            "<thead><tr><th>column</th><th>cell</th><th class=\"number\">contribution</th><th></th></tr>"
            "</thead><tbody>\n",
            escape_html(one.output), escape_html(attribution_sum(one)));
        const std::vector<std::size_t> order = by_magnitude(one.by_column);
        const double most = order.empty() ? 0.0 : std::abs(one.by_column[order.front()]);
        for (const std::size_t c : order) {
            const double value = one.by_column[c];
            const double length = most > 0.0 ? 50.0 * std::abs(value) / most : 0.0;
            html += fmt::format(
                "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td><span class=\"both-ways\">"
                "<span class=\"{}\" style=\"width: {:.1f}%; left: {:.1f}%\"></span></span></td></tr>\n",
                escape_html(e.attributed_columns[c]), escape_html(cell_of(e, e.attributed_columns[c])),
                short_number(value), value < 0.0 ? "minus" : "plus", length,
                value < 0.0 ? 50.0 - length : 50.0);
        }
        html += "</tbody></table></div>\n";
    }
    return html;
}

std::string predictions_html(const Explanation& e) {
    std::string html = "<p>";
    for (const ExplainedPrediction& one : e.predictions)
        html += fmt::format("{} = <strong class=\"number\">{:.6g}</strong> &ensp; ", escape_html(one.name),
                            one.value);
    if (e.gradient)
        html += fmt::format("<span class=\"soft\">true: {}; loss {}</span>", escape_html(e.label),
                            short_number(e.gradient->loss));
    if (!e.calibration.empty())
        html += fmt::format("<br><span class=\"soft\">The model's own are calibrated: {}</span>",
                            escape_html(e.calibration));
    return html + "</p>\n";
}

std::string drawing_html(const Explanation& e) {
    std::string html =
        "<h2>The network</h2>\n<p class=\"soft\">Point at a neuron or a weight, or walk with the arrow "
        "keys. Blue is above 0, orange below; a neuron is as strong as its activation, a line as its "
        "weight or gradient.";
    if (e.layers() > kDrawnLayers)
        html += fmt::format(" The first {} of {} layers are drawn.", kDrawnLayers, e.layers());
    html += "</p>\n<div class=\"card\">\n";
    if (e.gradient)
        html +=
            "<fieldset><legend>Lines show</legend>"
            "<label><input type=\"radio\" name=\"shown\" value=\"w\" checked> weights</label>"
            "<label><input type=\"radio\" name=\"shown\" value=\"grad\"> their "
            "gradients</label></fieldset>\n";
    return html +
           "<div class=\"network scroll\" id=\"network\"></div>\n<div id=\"told\" aria-live=\"polite\" "
           "class=\"soft\">Nothing chosen yet.</div>\n</div>\n";
}

}  // namespace

std::string explanation_page(const Explanation& e) {
    std::string body = fmt::format("<header><p class=\"soft\">thalweg explain</p><h1>{}</h1><p>{}</p>\n",
                                   escape_html(explanation_title(e)), escape_html(network_text(e)));
    body += predictions_html(e) + "</header>\n<main>\n" + drawing_html(e);
    body += "<h2>Step by step</h2>\n<div class=\"grid\">\n";
    body += steps_html("Forward", "From the input to the prediction.", forward_steps(e));
    body += e.gradient
                ? steps_html("Back", "From the loss to every weight and to the input.", backward_steps(e))
                : std::string(
                      "<section class=\"card\"><h3>Back</h3><p>The row has no target, so there is no loss "
                      "and no gradient.</p></section>\n");
    body += "</div>\n" + cells_html(e) + attributions_html(e) + "</main>\n";
    return html_page(explanation_title(e), page::explain_css, body, drawing_json(e), page::explain_js);
}

}  // namespace thalweg
