#include "insight/held_out_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "insight/mathml.h"
#include "model/text_table.h"

namespace thalweg {
namespace {

/// Of many classes the most frequent have a row of their own.
constexpr std::size_t kClasses = 20;
constexpr std::size_t kTargets = 4;
constexpr std::size_t kParts = 10;

/// A row for each true class and a column for each predicted one; `names` of both.
std::string confusion_html(const std::string& caption, const std::vector<std::string>& names,
                           const std::vector<std::vector<std::size_t>>& counts) {
    std::vector<std::string> headings = {"true \\ predicted"};
    headings.insert(headings.end(), names.begin(), names.end());
    HtmlTable table(caption, headings);
    for (std::size_t t = 0; t < names.size(); ++t) {
        const std::size_t total = std::accumulate(counts[t].begin(), counts[t].end(), std::size_t{0});
        std::vector<std::string> cells = {escape_html(names[t])};
        for (std::size_t p = 0; p < names.size(); ++p)
            cells.push_back(fmt::format(
                "<span class=\"cell{}\" style=\"--share: {:.0f}%\">{}</span>", t == p ? " right" : "",
                total == 0 ? 0.0 : 100.0 * static_cast<double>(counts[t][p]) / static_cast<double>(total),
                with_separators(counts[t][p])));
        table.add(cells);
    }
    return "<div class=\"confusion\">" + table.html() + "</div>";
}

/// The classes that have a place of their own, the most frequent; all others share the last one.
struct Places {
    std::vector<std::size_t> of_class;
    std::vector<std::string> names;
};

Places places_of(const std::vector<std::string>& classes, const std::vector<std::uint32_t>& truth) {
    std::vector<std::size_t> counts(classes.size());
    for (const std::uint32_t of_row : truth)
        if (of_row < counts.size()) ++counts[of_row];
    std::vector<std::size_t> order(classes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t c) { return counts[c]; });
    const bool all = classes.size() <= kClasses;
    const std::size_t kept = all ? classes.size() : kClasses - 1;
    order.resize(kept);
    std::ranges::sort(order);
    Places places{std::vector<std::size_t>(classes.size(), kept), {}};
    for (std::size_t i = 0; i < kept; ++i) {
        places.of_class[order[i]] = i;
        places.names.push_back(classes[order[i]]);
    }
    if (!all) places.names.push_back(fmt::format("{} others", classes.size() - kept));
    return places;
}

/// Of the rows whose class the model knows: predicted classes, counted.
std::string confusion_of(const std::string& caption, const std::vector<std::string>& classes,
                         const std::vector<std::uint32_t>& truth,
                         const std::vector<std::uint32_t>& predicted) {
    const Places places = places_of(classes, truth);
    std::vector<std::vector<std::size_t>> counts(places.names.size(),
                                                 std::vector<std::size_t>(places.names.size()));
    for (std::size_t n = 0; n < truth.size(); ++n)
        if (truth[n] < classes.size()) ++counts[places.of_class[truth[n]]][places.of_class[predicted[n]]];
    return confusion_html(caption, places.names, counts);
}

std::string several_classes_html(const TargetPlan& target, const HeldOutRows& rows, Charts& charts) {
    const std::vector<std::uint32_t>& truth = rows.classes[0];
    std::vector<std::uint32_t> predicted;
    std::vector<double> confidence;
    std::vector<bool> right;
    for (std::size_t n = 0; n < truth.size(); ++n) {
        const std::span<const double> row = rows.predicted.row(n);
        const auto best = std::ranges::max_element(row);
        predicted.push_back(static_cast<std::uint32_t>(best - row.begin()));
        confidence.push_back(*best);
        right.push_back(predicted.back() == truth[n]);
    }
    const Series calibration = reliability(confidence, right);
    return confusion_of("Rows held out by their true and their predicted class", target.classes, truth,
                        predicted) +
           "<div class=\"grid\">\n" +
           charts.add(line_chart("Calibration: how often the predicted class is right", "its probability",
                                 "share that is right", {calibration}, {.diagonal = true, .marks = true})) +
           "</div>\n";
}

std::string two_classes_html(const std::string& of, const TargetPlan& target,
                             const std::vector<std::uint32_t>& truth,
                             const std::vector<double>& probabilities, Charts& charts) {
    std::vector<std::uint32_t> predicted;
    std::vector<bool> is_second;
    for (std::size_t n = 0; n < truth.size(); ++n) {
        predicted.push_back(probabilities[n] > 0.5 ? 1 : 0);
        is_second.push_back(truth[n] == 1);
    }
    Series roc = roc_curve(probabilities, is_second);
    roc.name = fmt::format("{}, area {:.4f}", target.classes[1], area_under(roc));
    Series calibration = reliability(probabilities, is_second);
    return confusion_of(fmt::format("Rows held out by their true and their predicted class{}", of),
                        target.classes, truth, predicted) +
           "<div class=\"grid\">\n" +
           charts.add(line_chart("ROC" + of, "share of the others that are taken for it",
                                 "share of it that is found", {roc}, {.diagonal = true})) +
           charts.add(line_chart("Calibration" + of, fmt::format("predicted P({})", target.classes[1]),
                                 "share that came true", {calibration}, {.diagonal = true, .marks = true})) +
           "</div>\n";
}

/// `column`: of the predictions.
std::string real_values_html(const std::string& of, const std::vector<double>& truth, const HeldOutRows& rows,
                             std::size_t column, Charts& charts) {
    Series against{"rows held out"};
    std::vector<double> residuals;
    for (std::size_t n = 0; n < truth.size(); ++n) {
        against.add(truth[n], rows.predicted(n, column));
        residuals.push_back(rows.predicted(n, column) - truth[n]);
    }
    return "<div class=\"grid\">\n" +
           charts.add(scatter("Predicted against true" + of, "true", "predicted", against)) +
           charts.add(
               histogram("Residuals, predicted less true" + of, {{"rows held out", std::move(residuals)}})) +
           "</div>\n";
}

}  // namespace

Series roc_curve(const std::vector<double>& scores, const std::vector<bool>& is_true) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t n) { return scores[n]; });
    const auto positives = static_cast<double>(std::ranges::count(is_true, true));
    const double negatives = static_cast<double>(is_true.size()) - positives;
    Series curve{"ROC"};
    if (positives == 0.0 || negatives == 0.0) return curve;
    curve.add(0.0, 0.0);
    double found = 0.0, wrong = 0.0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        (is_true[order[i]] ? found : wrong) += 1.0;
        // Equal scores are taken together.
        if (i + 1 == order.size() || scores[order[i + 1]] != scores[order[i]])
            curve.add(wrong / negatives, found / positives);
    }
    return curve;
}

double area_under(const Series& curve) {
    double area = 0.0;
    for (std::size_t i = 1; i < curve.x.size(); ++i)
        area += (curve.x[i] - curve.x[i - 1]) * (curve.y[i] + curve.y[i - 1]) / 2.0;
    return area;
}

Series reliability(const std::vector<double>& probabilities, const std::vector<bool>& is_true) {
    std::vector<double> sums(kParts), came_true(kParts), counts(kParts);
    for (std::size_t n = 0; n < probabilities.size(); ++n) {
        const auto part = std::min(kParts - 1, static_cast<std::size_t>(probabilities[n] * kParts));
        sums[part] += probabilities[n];
        came_true[part] += is_true[n];
        counts[part] += 1.0;
    }
    Series curve{"rows held out"};
    for (std::size_t part = 0; part < kParts; ++part)
        if (counts[part] > 0.0) curve.add(sums[part] / counts[part], came_true[part] / counts[part]);
    return curve;
}

std::string held_out_html(const TargetCoder& coder, const HeldOutRows& rows, Charts& charts) {
    const std::vector<TargetPlan>& targets = coder.targets();
    if (coder.task() == Task::multiclass) return several_classes_html(targets[0], rows, charts);
    std::string html;
    std::size_t column = 0;
    for (std::size_t t = 0; t < std::min(targets.size(), kTargets); ++t) {
        const std::string of = targets.size() == 1 ? "" : ": " + targets[t].name;
        if (coder.task() == Task::regression) {
            // Of several quantiles the one in the middle.
            html += real_values_html(of, rows.values[t], rows, column + targets[t].outputs() / 2, charts);
            column += targets[t].outputs();
            continue;
        }
        std::vector<double> second;
        for (std::size_t n = 0; n < rows.classes[t].size(); ++n)
            second.push_back(rows.predicted(n, coder.task() == Task::binary ? 1 : t));
        html += two_classes_html(of, targets[t], rows.classes[t], second, charts);
    }
    return html;
}

}  // namespace thalweg
