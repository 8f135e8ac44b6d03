#include "tune/study_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "data/numbers.h"
#include "insight/mathml.h"
#include "insight/page.h"
#include "insight/page_files.h"
#include "insight/report_charts.h"
#include "model/json_text.h"
#include "model/text_table.h"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string score_text(const std::optional<double>& score) {
    return score ? fmt::format("{:.6g}", *score) : "-";
}

/// Of all trials: each may lack those that its other values make void.
std::set<std::string> names_of_values(const StudyView& view) {
    std::set<std::string> names;
    for (const auto& [run, weight] : view.trials)
        for (const auto& [name, value] : run.values) names.insert(name);
    return names;
}

std::string value_text(const Hyperparameters& values, const std::string& name) {
    const auto found = values.find(name);
    if (found == values.end()) return "-";
    return found->second.empty() ? "none" : found->second;
}

std::string name_of_trial(std::size_t trial) {
    return trial == 0 ? "0 (defaults)" : std::to_string(trial);
}

std::string rung_text(const StudyView& view, const TrialRun& run) {
    return fmt::format("{}/{}", run.rung + 1, view.rungs);
}

/// The best score of a table's row, then the number of the trial: those without a score come last.
auto rank(const StudyView::Trial& trial) {
    return std::tuple(trial.run.score.value_or(std::numeric_limits<double>::infinity()), trial.run.trial);
}

std::string head_text(const StudyView& view) {
    return fmt::format(
        "{}: {} trials, {} trainings of --preset {} for {}, {:.0f}s of search\n"
        "scores are the {} {}; less is better\n\n",
        view.source, view.trials.size(), view.trainings, view.preset, fmt::join(view.targets, ", "),
        view.seconds, view.metric, view.held_out);
}

std::string trials_table(const StudyView& view) {
    const std::set<std::string> names = names_of_values(view);
    std::vector<std::string> headings = {">trial", ">rung",    ">epochs", ">" + view.metric,
                                         ">loss",  ">seconds", ">counts", "state"};
    headings.insert(headings.end(), names.begin(), names.end());
    TextTable table(headings);
    for (const auto& [run, weight] : view.trials) {
        std::vector<std::string> cells = {std::to_string(run.trial),
                                          rung_text(view, run),
                                          std::to_string(run.epochs),
                                          score_text(run.score),
                                          run.loss ? fmt::format("{:.4g}", *run.loss) : "-",
                                          fmt::format("{:.1f}", run.seconds),
                                          weight > 0 ? std::to_string(weight) : "",
                                          std::string(name_of(run.state))};
        for (const std::string& name : names) cells.push_back(value_text(run.values, name));
        table.add(cells);
    }
    return table.text();
}

/// Scores from the best to the worst that is drawn: far ones would press all others together.
std::pair<double, double> drawn_range(const std::vector<StudyView::Point>& scores) {
    std::vector<double> sorted;
    sorted.reserve(scores.size());
    for (const StudyView::Point& point : scores) sorted.push_back(point.score);
    std::ranges::sort(sorted);
    return {sorted.front(), sorted[(sorted.size() - 1) * 9 / 10]};
}

/// The best score so far over the time of search, and each training as a dot.
std::string picture(const StudyView& view, std::size_t width) {
    if (view.scores.size() < 2) return "";
    constexpr std::size_t kRows = 12, kLabel = 12, kWidest = 100;
    const std::size_t columns = std::clamp<std::size_t>(width, 30, kWidest) - kLabel - 3;
    const auto [low, high] = drawn_range(view.scores);
    const double end = std::max(view.scores.back().seconds, 1e-9), span = std::max(high - low, 1e-300);
    const auto row_of = [&, low = low](double score) {
        return static_cast<std::size_t>(
            std::lround(std::clamp((score - low) / span, 0.0, 1.0) * (kRows - 1)));
    };
    const auto column_of = [&](double seconds) {
        return std::min(columns - 1, static_cast<std::size_t>(std::clamp(seconds / end, 0.0, 1.0) *
                                                              static_cast<double>(columns)));
    };
    std::vector<std::string> lines(kRows, std::string(columns, ' '));
    double best = std::numeric_limits<double>::infinity();
    std::size_t next = 0;
    for (std::size_t column = 0; column < columns; ++column) {
        for (; next < view.scores.size() && column_of(view.scores[next].seconds) <= column; ++next)
            best = std::min(best, view.scores[next].score);
        if (std::isfinite(best)) lines[row_of(best)][column] = '-';
    }
    for (const StudyView::Point& point : view.scores)
        lines[row_of(point.score)][column_of(point.seconds)] = 'o';
    std::string text =
        fmt::format("\nbest {} so far (-) and each training (o) over the seconds of search\n", view.metric);
    for (std::size_t row = kRows; row-- > 0;) {
        const std::string label = row + 1 == kRows ? fmt::format("{:.6g}", high)
                                  : row == 0       ? fmt::format("{:.6g}", low)
                                                   : "";
        std::string line = fmt::format("{:>{}} |{}", label, kLabel, lines[row]);
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    text += fmt::format("{:>{}} +{}\n", "", kLabel, std::string(columns, '-'));
    const std::string last = fmt::format("{:.0f}s", end);
    return text + fmt::format("{:>{}}  0{:>{}}\n", "", kLabel, last, columns - 1);
}

std::vector<std::string> strings_of(const json& list) {
    return list.get<std::vector<std::string>>();
}

std::map<std::pair<std::size_t, std::size_t>, std::size_t> weights_of(const json& shares) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> weights;
    for (const json& share : shares)
        weights[{share.at(0).get<std::size_t>(), share.at(1).get<std::size_t>()}] =
            share.at(2).get<std::size_t>();
    return weights;
}

void add_runs(const std::vector<TrialRun>& runs,
              const std::map<std::pair<std::size_t, std::size_t>, std::size_t>& weights, StudyView& view) {
    std::vector<TrialRun> by_end = runs;
    std::ranges::sort(by_end, {}, &TrialRun::ended);
    for (const TrialRun& run : by_end)
        if (run.score) view.scores.push_back({run.ended, *run.score});
    for (const TrialRun& run : runs) {
        view.rungs = std::max(view.rungs, run.rung + 1);
        ++view.trainings;
        const auto weight = weights.find({run.trial, run.rung});
        const std::size_t counts = weight == weights.end() ? 0 : weight->second;
        // Runs come in the order of trials and rungs, so that the last one of a trial is its longest.
        if (view.trials.empty() || view.trials.back().run.trial != run.trial) view.trials.push_back({run, 0});
        view.trials.back().run = run;
        view.trials.back().weight += counts;
    }
    std::ranges::sort(view.trials, {}, rank);
}

std::string page_table(const StudyView& view) {
    const std::set<std::string> names = names_of_values(view);
    std::vector<std::string> headings = {"trial", "rung",    "epochs",       view.metric,
                                         "loss",  "seconds", "in the model", "state"};
    headings.insert(headings.end(), names.begin(), names.end());
    HtmlTable table("Trials, the best first", headings);
    for (const auto& [run, weight] : view.trials) {
        std::vector<std::string> cells = {
            name_of_trial(run.trial),
            rung_text(view, run),
            number_html(std::to_string(run.epochs)),
            number_html(score_text(run.score)),
            number_html(run.loss ? fmt::format("{:.4g}", *run.loss) : "-"),
            number_html(fmt::format("{:.1f}", run.seconds)),
            weight == 0   ? "no"
            : weight == 1 ? "yes"
                          : fmt::format("{} times", weight),
            escape_html(run.message.empty() ? std::string(name_of(run.state))
                                            : fmt::format("{}: {}", name_of(run.state), run.message))};
        for (const std::string& name : names) cells.push_back(escape_html(value_text(run.values, name)));
        table.add(cells);
    }
    return table.html();
}

}  // namespace

StudyView view_of(const Study& study) {
    StudyView view;
    view.source = study.source();
    view.preset = study.text("preset");
    view.metric = study.text("metric");
    const std::string folds = study.text("folds");
    view.held_out = folds == "1" ? "on validation rows" : fmt::format("out of {} folds", folds);
    view.seconds = parse_number(study.text("seconds")).value_or(0.0);
    try {
        view.targets = strings_of(parse_json(study.text("target")));
        add_runs(study.runs(), weights_of(parse_json(study.find_text("model").value_or("[]"))), view);
    } catch (const json::exception& error) {
        throw Error(ErrorKind::model,
                    fmt::format("{}: the study is damaged: {}", study.source(), error.what()));
    }
    return view;
}

std::string study_text(const StudyView& view, std::size_t width) {
    std::string text = head_text(view) + trials_table(view) + picture(view, width);
    text.pop_back();
    return text;
}

ordered_json study_json(const StudyView& view) {
    ordered_json trials = ordered_json::array();
    for (const auto& [run, weight] : view.trials) {
        ordered_json trial = {{"trial", run.trial},
                              {"rung", run.rung},
                              {"epochs", run.epochs},
                              {"state", name_of(run.state)},
                              {"score", run.score ? ordered_json(*run.score) : ordered_json()},
                              {"loss", run.loss ? ordered_json(*run.loss) : ordered_json()},
                              {"metrics", run.metrics},
                              {"seconds", run.seconds},
                              {"weight", weight},
                              {"hyperparameters", run.values}};
        if (!run.message.empty()) trial["message"] = run.message;
        trials.push_back(std::move(trial));
    }
    return {{"study", view.source},  {"preset", view.preset},   {"targets", view.targets},
            {"metric", view.metric}, {"seconds", view.seconds}, {"trials", std::move(trials)}};
}

std::string study_page(const StudyView& view) {
    Series best{"best so far"}, each{"trials, the best first"};
    double least = std::numeric_limits<double>::infinity();
    for (const StudyView::Point& point : view.scores) {
        least = std::min(least, point.score);
        best.add(point.seconds, least);
    }
    for (const auto& [run, weight] : view.trials)
        if (run.score) each.add(static_cast<double>(each.x.size() + 1), *run.score);
    Charts charts;
    std::string body = fmt::format(
        "<header><p class=\"soft\">thalweg tune</p><h1>Search for {}</h1><p>{} trials, {} trainings with the "
        "preset {}, {:.0f} s of search. Scores are the {} {}; less is better.</p></header>\n<main>\n",
        escape_html(fmt::format("{}", fmt::join(view.targets, ", "))), view.trials.size(), view.trainings,
        escape_html(view.preset), view.seconds, escape_html(view.metric), escape_html(view.held_out));
    body += "<h2>Scores</h2>\n<div class=\"grid\">\n";
    body += charts.add(line_chart("Best score so far", "seconds", view.metric, {best}, {.marks = true}));
    body += charts.add(line_chart("Scores of all trials", "place", view.metric, {each}, {.marks = true}));
    body += "</div>\n";
    body += "<h2>Trials</h2>\n" + page_table(view) + "</main>\n";
    return html_page("Search", page::report_css, body, charts.take(), page::report_js);
}

}  // namespace thalweg
