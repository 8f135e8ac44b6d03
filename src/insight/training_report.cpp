#include "insight/training_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "insight/explanation_steps.h"
#include "insight/mathml.h"
#include "insight/page.h"
#include "insight/page_files.h"
#include "insight/plain_network.h"
#include "insight/sensitivity.h"
#include "model/column_text.h"

namespace thalweg {
namespace {

using nlohmann::ordered_json;

/// Points of a curve: more than the pixels of its picture show nothing.
constexpr std::size_t kPoints = 400;
constexpr std::size_t kBins = 40;
/// Networks whose curves are drawn.
constexpr std::size_t kDrawnNetworks = 3;

/// A curve in the making.
struct Series {
    std::string name;
    std::vector<double> x, y;

    void add(double at, double value) {
        x.push_back(at);
        y.push_back(value);
    }
    /// Points at even distances, the first and the last among them.
    ordered_json json() const {
        ordered_json json = {{"name", name}, {"x", ordered_json::array()}, {"y", ordered_json::array()}};
        const std::size_t kept = std::min(kPoints, x.size());
        for (std::size_t i = 0; i < kept; ++i) {
            const std::size_t j = kept < 2 ? 0 : i * (x.size() - 1) / (kept - 1);
            json["x"].push_back(x[j]);
            json["y"].push_back(y[j]);
        }
        return json;
    }
};

std::string named(const char* what, std::size_t network, std::size_t networks) {
    return networks == 1 ? std::string(what) : fmt::format("{}, network {}", what, network);
}

ordered_json loss_chart(const TrainingLog& log) {
    ordered_json chart = {{"title", "Loss"}, {"x", "epoch"}, {"series", ordered_json::array()}};
    for (std::size_t network = 1; network <= std::min(log.networks(), kDrawnNetworks); ++network) {
        Series training{named("training", network, log.networks()), {}, {}};
        Series validation{named("validation", network, log.networks()), {}, {}};
        for (const auto& [epoch, time] : log.epochs()) {
            if (epoch.network != network) continue;
            training.add(static_cast<double>(epoch.epoch), epoch.loss);
            if (epoch.validation_loss)
                validation.add(static_cast<double>(epoch.epoch), *epoch.validation_loss);
        }
        chart["series"].push_back(training.json());
        if (!validation.x.empty()) chart["series"].push_back(validation.json());
    }
    return chart;
}

/// One number of every step of the first networks.
template <class Number>
ordered_json step_chart(const TrainingLog& log, const char* title, const char* name, const Number& number) {
    ordered_json chart = {{"title", title}, {"x", "step"}, {"series", ordered_json::array()}};
    for (std::size_t network = 1; network <= std::min(log.networks(), kDrawnNetworks); ++network) {
        Series series{named(name, network, log.networks()), {}, {}};
        for (const auto& [step, time] : log.steps())
            if (step.network == network) series.add(static_cast<double>(step.step), number(step));
        chart["series"].push_back(series.json());
    }
    return chart;
}

ordered_json histogram(std::string title, std::span<const double> values) {
    const auto [low, high] = std::ranges::minmax(values);
    std::vector<std::size_t> counts(kBins);
    for (const double value : values) {
        const double share = high > low ? (value - low) / (high - low) : 0.0;
        ++counts[std::min(kBins - 1, static_cast<std::size_t>(share * kBins))];
    }
    return {{"title", std::move(title)}, {"low", low}, {"high", high}, {"counts", counts}};
}

/// What is drawn and where in the page's data it stands.
class Charts {
  public:
    /// HTML of a place that the page's script fills.
    std::string add(ordered_json chart) {
        const std::string title = chart["title"];
        charts_.push_back(std::move(chart));
        return fmt::format(
            "<section class=\"card chart\"><h3>{}</h3><div data-chart=\"{}\"></div></section>\n",
            escape_html(title), charts_.size() - 1);
    }
    ordered_json take() { return {{"charts", std::move(charts_)}}; }

  private:
    ordered_json charts_ = ordered_json::array();
};

/// A table of HTML; cells of numbers stand to the right.
class HtmlTable {
  public:
    explicit HtmlTable(const std::vector<std::string>& headings) {
        html_ = "<div class=\"card scroll\" tabindex=\"0\"><table><thead><tr>";
        for (const std::string& heading : headings) html_ += "<th>" + escape_html(heading) + "</th>";
        html_ += "</tr></thead><tbody>\n";
    }
    /// The cells are HTML.
    void add(const std::vector<std::string>& cells) {
        html_ += "<tr>";
        for (const std::string& cell : cells) html_ += "<td>" + cell + "</td>";
        html_ += "</tr>\n";
    }
    std::string html() const { return html_ + "</tbody></table></div>\n"; }

  private:
    std::string html_;
};

/// "12 %" with a bar as long.
std::string meter(double share, const std::string& text) {
    return fmt::format(
        "<span class=\"meter\" style=\"width: {:.1f}rem\"></span> <span class=\"number\">{}</span>",
        8.0 * std::clamp(share, 0.0, 1.0), text);
}

std::string warnings_html(const std::vector<std::string>& warnings) {
    if (warnings.empty()) return "<p>Nothing to warn of.</p>\n";
    std::string html;
    for (const std::string& warning : warnings)
        html += fmt::format("<p class=\"card warning\">{}</p>\n", escape_html(warning));
    return html;
}

std::string scores_html(const Training& training) {
    if (!training.validation) return "<p>No rows were held out to judge by.</p>\n";
    HtmlTable table({"on " + std::to_string(training.validation->rows) + " rows held out", ""});
    for (const auto& [name, value] : training.validation->metrics)
        table.add({escape_html(name), fmt::format("<span class=\"number\">{:.6g}</span>", value)});
    return table.html();
}

std::string layers_html(const std::vector<LayerHealth>& health, const NetworkShape& shape) {
    HtmlTable table({"layer", "neurons", "gradient of a", "dead", "saturated"});
    double most = 0.0;
    for (const LayerHealth& layer : health) most = std::max(most, layer.gradient);
    for (const LayerHealth& layer : health)
        table.add({std::to_string(layer.layer), std::to_string(shape.widths[layer.layer]),
                   meter(most > 0.0 ? layer.gradient / most : 0.0, fmt::format("{:.2e}", layer.gradient)),
                   fmt::format("{:.0f}%", 100.0 * layer.dead),
                   fmt::format("{:.0f}%", 100.0 * layer.saturated)});
    return table.html();
}

std::string columns_html(const Model& model, const std::vector<ColumnSensitivity>& sensitivity) {
    HtmlTable table({"column", "sensitivity", "what is done"});
    double most = 0.0;
    for (const ColumnSensitivity& one : sensitivity) most = std::max(most, one.value);
    for (const ColumnPlan& column : model.preprocessor().columns()) {
        const auto found = std::ranges::find(sensitivity, column.name, &ColumnSensitivity::column);
        const std::string moved = found == sensitivity.end() ? std::string("-")
                                                             : meter(most > 0.0 ? found->value / most : 0.0,
                                                                     short_number(found->value));
        table.add({escape_html(column.name), moved, escape_html(column_text(column))});
    }
    return table.html();
}

std::string flags_html(const Model& model) {
    HtmlTable table({"option", "value"});
    for (const auto& [name, value] : model.training())
        table.add({escape_html(name), escape_html(value.empty() ? "none" : value)});
    return table.html();
}

std::string weights_html(const Network<double>& network, Charts& charts) {
    constexpr std::size_t kLayers = 8;
    std::string html = "<div class=\"grid\">\n";
    for (std::size_t i = 1; i <= std::min(network.layers(), kLayers); ++i) {
        const MatrixView<const double> weights = network.weights(i);
        html += charts.add(
            histogram(fmt::format("Weights of layer {}", i), {weights.data, weights.rows * weights.cols}));
    }
    return html + "</div>\n";
}

std::string head_html(const Training& training) {
    const Model& model = training.model;
    std::vector<std::string> targets;
    for (const TargetPlan& target : model.target_coder().targets()) targets.push_back(target.name);
    return fmt::format(
        "<header><p class=\"soft\">thalweg train</p><h1>Training for {}</h1><p>{} network{} of {}, {} rows "
        "to learn "
        "from, {} to validate on; {:.3g} seconds, ended by: {}.</p></header>\n",
        escape_html(fmt::format("{}", fmt::join(targets, ", "))), model.networks().size(),
        model.networks().size() == 1 ? "" : "s", fmt::join(model.network().shape().widths, "-"),
        training.training_rows, training.validation_rows, training.seconds, name_of(training.stop_reason));
}

}  // namespace

std::string report_page(const TrainingLog& log, const Training& training, const Table& rows,
                        const std::vector<std::string>& warnings) {
    const Model& model = training.model;
    const Network<double> network = network_alone(model, 1);
    const PlainExamples examples = plain_examples(model, rows, model.target_coder().labelled_rows(rows));
    Charts charts;
    std::string body = head_html(training) + "<main>\n<h2>What to know</h2>\n" + warnings_html(warnings);
    body += "<h2>Scores</h2>\n" + scores_html(training) + "<h2>Over time</h2>\n<div class=\"grid\">\n";
    body += charts.add(loss_chart(log));
    body += charts.add(
        step_chart(log, "Learning rate", "rate", [](const StepReport& step) { return step.learning_rate; }));
    body += charts.add(
        step_chart(log, "Gradient norm", "norm", [](const StepReport& step) { return step.gradient_norm; }));
    body += charts.add(
        step_chart(log, "Loss of each batch", "loss", [](const StepReport& step) { return step.loss; }));
    body +=
        "</div>\n<h2>Layers at the end</h2>\n<p class=\"soft\">Root mean square of the gradient at the "
        "pre-activations of each layer, on some rows; of the first network.</p>\n";
    body += layers_html(layer_health(network, examples, model.loss()), network.shape());
    body += weights_html(network, charts);
    body +=
        "<h2>Columns</h2>\n<p class=\"soft\">Sensitivity: how much an input of the column moves the outputs, "
        "the mean "
        "of |d y_hat / d x| over some rows.</p>\n";
    body += columns_html(model, column_sensitivity(model, 1, examples));
    body += "<h2>To train it again</h2>\n" + flags_html(model) + "</main>\n";
    return html_page("Training report", page::report_css, body, charts.take(), page::report_js);
}

}  // namespace thalweg
