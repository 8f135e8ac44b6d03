#include "insight/training_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "insight/columns_section.h"
#include "insight/diagnosis.h"
#include "insight/held_out_section.h"
#include "insight/mathml.h"
#include "insight/networks_section.h"
#include "insight/page.h"
#include "insight/page_files.h"
#include "insight/report_charts.h"
#include "model/calibrate.h"

namespace thalweg {
namespace {

/// Networks whose curves are drawn.
constexpr std::size_t kDrawnNetworks = 8;
/// More curves than the page has colours are drawn in shades.
constexpr std::size_t kColours = 4;
constexpr std::size_t kRowsToLookAt = 64;
/// Parameters times rows: the plain pass takes its time.
constexpr std::size_t kMostWork = 100'000'000;

std::string named(const char* what, const NetworkTraining& network, std::size_t networks) {
    return networks == 1 ? std::string(what) : fmt::format("{}, network {}", what, network.network);
}

std::string warnings_html(const std::vector<std::string>& warnings) {
    if (warnings.empty()) return "<p>Nothing to warn of.</p>\n";
    std::string html = "<ul class=\"warnings\">\n";
    for (const std::string& warning : warnings)
        html += fmt::format("<li class=\"card warning\">{}</li>\n", escape_html(warning));
    return html + "</ul>\n";
}

std::string scores_html(const Training& training) {
    if (!training.validation) return "<p>No rows were held out to judge by.</p>\n";
    HtmlTable table(fmt::format("Scores on {} rows held out", training.validation->rows),
                    {"metric", "value"});
    for (const auto& [name, value] : training.validation->metrics)
        table.add({escape_html(name), number_html(fmt::format("{:.6g}", value))});
    const std::string calibration = calibration_text(training.model.held_out().calibration);
    if (calibration.empty()) return table.html();
    return table.html() + fmt::format("<p>Probabilities are calibrated: {}.</p>\n", escape_html(calibration));
}

/// Of several networks how each fared.
std::string table_of_networks(const Training& training) {
    if (training.networks.size() == 1) return "";
    HtmlTable table("Networks",
                    {"network", "seed", "fold", "best epoch", "loss", "score of its own", "in the model"});
    for (const NetworkTraining& one : training.networks) {
        std::string score = "-";
        if (one.validation && !one.validation->metrics.empty())
            score = fmt::format("{} {:.6g}", one.validation->metrics.front().first,
                                one.validation->metrics.front().second);
        table.add({std::to_string(one.network), std::to_string(one.seed),
                   one.fold ? std::to_string(*one.fold + 1) : "-",
                   fmt::format("{} of {}", one.fit.best_epoch, one.fit.history.size()),
                   one.fit.history.empty() ? "-" : fmt::format("{:.4g}", one.fit.history.back().loss),
                   escape_html(score),
                   !one.kept || one.weight == 0 ? "no"
                   : one.weight == 1            ? "yes"
                                                : fmt::format("{} times", one.weight)});
    }
    return table.html();
}

std::string loss_chart(const Training& training, Charts& charts) {
    std::vector<Series> series;
    const std::size_t networks = training.networks.size();
    for (const NetworkTraining& one : training.networks) {
        if (series.size() >= 2 * kDrawnNetworks) break;
        Series learnt{named("training", one, networks)}, validation{named("validation", one, networks)};
        for (const EpochReport& epoch : one.fit.history) {
            learnt.add(static_cast<double>(epoch.epoch), epoch.loss);
            if (epoch.validation_loss)
                validation.add(static_cast<double>(epoch.epoch), *epoch.validation_loss);
        }
        series.push_back(std::move(learnt));
        series.push_back(std::move(validation));
    }
    return charts.add(line_chart("Loss", "epoch", "loss", series, {.pairs = series.size() > kColours}));
}

/// One number of every step of the first networks.
template <class Number>
std::string step_chart(const ReportedTraining& reported, const char* title, const char* name,
                       const Number& number, Charts& charts) {
    std::vector<Series> series;
    const std::vector<NetworkTraining>& networks = reported.training.networks;
    for (const NetworkTraining& one : networks) {
        if (series.size() >= kDrawnNetworks) break;
        Series& curve = series.emplace_back(Series{named(name, one, networks.size())});
        for (const KeptStep& step : reported.history.steps(one.network))
            curve.add(static_cast<double>(step.step), number(step));
    }
    return charts.add(line_chart(title, "step", name, series, {.ramp = series.size() > kColours}));
}

std::string over_time_html(const ReportedTraining& reported, Charts& charts) {
    std::string html = "<div class=\"grid\">\n" + loss_chart(reported.training, charts);
    html += step_chart(
        reported, "Loss of each batch", "loss", [](const KeptStep& step) { return step.loss; }, charts);
    html += step_chart(
        reported, "Learning rate", "rate", [](const KeptStep& step) { return step.learning_rate; }, charts);
    html += step_chart(
        reported, "Gradient norm", "norm", [](const KeptStep& step) { return step.gradient_norm; }, charts);
    if (reported.training.networks.size() > kDrawnNetworks)
        html += fmt::format("<p class=\"soft\">The first {} of {} networks are drawn.</p>\n", kDrawnNetworks,
                            reported.training.networks.size());
    return html + "</div>\n";
}

std::string again_html(const ReportedTraining& reported) {
    std::string html = fmt::format(
        "<p>The same bits, with version {} on any machine and any number of threads:</p>\n"
        "<pre class=\"card\" tabindex=\"0\"><code>{}</code></pre>\n",
        escape_html(reported.training.model.training().at("version")), escape_html(reported.command));
    HtmlTable table("What the defaults chose, and what came of it", {"option", "value"});
    for (const auto& [name, value] : reported.training.model.training())
        table.add({escape_html(name), escape_html(value.empty() ? "none" : value)});
    return html + table.html();
}

std::string head_html(const Training& training) {
    const Model& model = training.model;
    std::vector<std::string> targets;
    for (const TargetPlan& target : model.target_coder().targets()) targets.push_back(target.name);
    const std::size_t networks = training.networks.size();
    return fmt::format(
        "<header><p class=\"soft\">thalweg train</p><h1>Training for {}</h1><p>{} network{} of {}, {} rows "
        "to "
        "learn from, {}; {:.3g} seconds, ended by: {}.</p></header>\n",
        escape_html(fmt::format("{}", fmt::join(targets, ", "))), networks, networks == 1 ? "" : "s",
        fmt::join(model.network().shape().widths, "-"), training.training_rows,
        training.folds > 1 ? fmt::format("in {} folds", training.folds)
                           : fmt::format("{} to validate on", training.validation_rows),
        training.seconds, name_of(training.stop_reason));
}

/// Some rows as the first network of the model reads them.
PlainExamples examples_to_look_at(const ReportedTraining& reported) {
    const Model& model = reported.training.model;
    const std::vector<std::uint32_t> labelled = model.target_coder().labelled_rows(reported.rows.rows);
    const std::size_t work = model.network().theta().size() * model.network().shape().members.count;
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t at :
         rows_at_even_distances(labelled.size(), std::clamp<std::size_t>(kMostWork / work, 8, kRowsToLookAt)))
        rows.push_back(labelled[at]);
    return plain_examples(model, reported.rows.rows, rows);
}

/// Those of the model.
std::vector<DrawnNetwork> networks_to_draw(const ReportedTraining& reported) {
    std::vector<DrawnNetwork> networks;
    const std::vector<ModelNetwork>& of_model = reported.training.model.networks();
    for (std::size_t n = 1; n <= of_model.size(); ++n) {
        const NetworkTraining& training = training_of(reported.training, n);
        networks.push_back({of_model[n - 1].network, training, reported.history.steps(training.network),
                            reported.history.snapshots(training.network)});
    }
    return networks;
}

}  // namespace

std::string report_page(const ReportedTraining& reported) {
    const Training& training = reported.training;
    const Model& model = training.model;
    const PlainExamples examples = examples_to_look_at(reported);
    Charts charts;
    std::string body =
        head_html(training) + "<main>\n<h2>What to know</h2>\n" + warnings_html(reported.warnings);
    body += "<h2>Scores</h2>\n" + scores_html(training) + table_of_networks(training);
    body += "<h2>Over time</h2>\n" + over_time_html(reported, charts);
    body += "<h2>Layers</h2>\n" + networks_html(networks_to_draw(reported), examples, model.loss(), charts);
    if (training.held_out)
        body += "<h2>Predictions</h2>\n" + held_out_html(model.target_coder(), *training.held_out, charts);
    body += "<h2>Columns</h2>\n" + columns_html(reported, examples);
    body += "<h2>To train it again</h2>\n" + again_html(reported) + "</main>\n";
    return html_page("Training report", page::report_css, body, charts.take(), page::report_js);
}

}  // namespace thalweg
