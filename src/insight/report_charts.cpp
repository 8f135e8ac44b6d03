#include "insight/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/numbers.h"
#include "insight/mathml.h"

namespace thalweg {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kBins = 40;

/// Seven digits: more are not drawn, and a page of curves stays small.
double short_double(double value) {
    if (!std::isfinite(value)) return value;
    return parse_number(fmt::format("{:.7g}", value)).value_or(value);
}

ordered_json numbers_json(const std::vector<double>& values, std::size_t most) {
    ordered_json json = ordered_json::array();
    const std::size_t kept = std::min(most, values.size());
    for (std::size_t i = 0; i < kept; ++i)
        json.push_back(short_double(values[kept < 2 ? 0 : i * (values.size() - 1) / (kept - 1)]));
    return json;
}

}  // namespace

ordered_json line_chart(std::string title, std::string x, std::string y, const std::vector<Series>& series,
                        LineStyle style) {
    ordered_json chart = {{"kind", "line"},
                          {"title", std::move(title)},
                          {"x", std::move(x)},
                          {"y", std::move(y)},
                          {"series", ordered_json::array()}};
    if (style.ramp) chart["ramp"] = true;
    if (style.pairs) chart["pairs"] = true;
    if (style.diagonal) chart["diagonal"] = true;
    if (style.marks) chart["marks"] = true;
    for (const Series& one : series)
        if (!one.x.empty())
            chart["series"].push_back({{"name", one.name},
                                       {"x", numbers_json(one.x, style.points)},
                                       {"y", numbers_json(one.y, style.points)}});
    return chart;
}

ordered_json histogram(std::string title, const std::vector<Distribution>& distributions) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Distribution& one : distributions)
        for (const double value : one.values)
            if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    ordered_json chart = {{"kind", "histogram"},
                          {"title", std::move(title)},
                          {"low", short_double(low)},
                          {"high", short_double(high)},
                          {"series", ordered_json::array()}};
    for (const Distribution& one : distributions) {
        std::vector<std::size_t> counts(kBins);
        for (const double value : one.values) {
            if (!std::isfinite(value)) continue;
            const double share = high > low ? (value - low) / (high - low) : 0.0;
            ++counts[std::min(kBins - 1, static_cast<std::size_t>(share * kBins))];
        }
        chart["series"].push_back({{"name", one.name}, {"counts", counts}});
    }
    return chart;
}

ordered_json scatter(std::string title, std::string x, std::string y, const Series& points) {
    constexpr std::size_t kPoints = 600;
    return {{"kind", "scatter"},
            {"title", std::move(title)},
            {"x", std::move(x)},
            {"y", std::move(y)},
            {"series",
             {{{"name", points.name},
               {"x", numbers_json(points.x, kPoints)},
               {"y", numbers_json(points.y, kPoints)}}}}};
}

std::string Charts::add(ordered_json chart) {
    const std::string title = chart["title"];
    charts_.push_back(std::move(chart));
    return fmt::format("<section class=\"card chart\"><h3>{}</h3><div data-chart=\"{}\"></div></section>\n",
                       escape_html(title), charts_.size() - 1);
}

HtmlTable::HtmlTable(std::string_view caption, const std::vector<std::string>& headings) {
    html_ = fmt::format(
        "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
        "<table><caption>{0}</caption><thead><tr>",
        escape_html(caption));
    for (const std::string& heading : headings)
        html_ += "<th scope=\"col\">" + escape_html(heading) + "</th>";
    html_ += "</tr></thead><tbody>\n";
}

void HtmlTable::add(const std::vector<std::string>& cells) {
    html_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
        html_ += i == 0 ? "<th scope=\"row\">" + cells[i] + "</th>" : "<td>" + cells[i] + "</td>";
    html_ += "</tr>\n";
}

std::string number_html(std::string_view text) {
    return fmt::format("<span class=\"number\">{}</span>", text);
}

std::string meter(double share, std::string_view text) {
    return fmt::format("<span class=\"meter\" style=\"width: {:.1f}rem\"></span> {}",
                       8.0 * std::clamp(share, 0.0, 1.0), number_html(text));
}

}  // namespace thalweg
