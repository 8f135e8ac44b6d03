#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// A curve in the making.
struct Series {
    std::string name;
    std::vector<double> x = {};
    std::vector<double> y = {};

    void add(double at, double value) {
        x.push_back(at);
        y.push_back(value);
    }
};

/// How a chart of curves is drawn.
struct LineStyle {
    bool ramp = false;         ///< the series are in an order (layers), and their colours are too
    bool pairs = false;        ///< of each two series one is of a kind, and has its colour
    bool diagonal = false;     ///< from (0, 0) to (1, 1), what the curves are held to
    bool marks = false;        ///< a dot at every point
    std::size_t points = 400;  ///< of a curve, at most, at even distances: more than pixels show nothing
};

/// Series of points that are joined. Axes are logarithmic where values spread far.
nlohmann::ordered_json line_chart(std::string title, std::string x, std::string y,
                                  const std::vector<Series>& series, LineStyle style = {});

/// The same bins for values at several times: one set of bars, the others as outlines.
struct Distribution {
    std::string name;
    std::vector<double> values;
};
nlohmann::ordered_json histogram(std::string title, const std::vector<Distribution>& distributions);

/// Points, and the diagonal that they should stand on.
nlohmann::ordered_json scatter(std::string title, std::string x, std::string y, const Series& points);

/// The charts of a page: HTML of their places, and the data from which the page's script fills them.
class Charts {
  public:
    std::string add(nlohmann::ordered_json chart);
    nlohmann::ordered_json take() { return {{"charts", std::move(charts_)}}; }

  private:
    nlohmann::ordered_json charts_ = nlohmann::ordered_json::array();
};

/// A table of HTML.
class HtmlTable {
  public:
    HtmlTable(std::string_view caption, const std::vector<std::string>& headings);
    /// The cells are HTML; the first is the heading of its row.
    void add(const std::vector<std::string>& cells);
    std::string html() const { return html_ + "</tbody></table></div>\n"; }

  private:
    std::string html_;
};

/// A number with a bar as long as its share of the largest.
std::string meter(double share, std::string_view text);
std::string number_html(std::string_view text);

}  // namespace thalweg
