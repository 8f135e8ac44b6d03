#include "insight/explanation_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <vector>

#include "insight/explanation_steps.h"
#include "model/text_table.h"

namespace thalweg {
namespace {

/// A vector of more values than this is abridged, and so is a matrix with a longer side.
constexpr std::size_t kShown = 12;
constexpr std::size_t kInALine = 8;

std::string row_text(std::span<const double> values) {
    std::string text;
    for (std::size_t first = 0; first < values.size(); first += kInALine) {
        text += "   ";
        for (std::size_t j = first; j < std::min(first + kInALine, values.size()); ++j)
            text += fmt::format(" {:>11}", short_number(values[j]));
        text += "\n";
    }
    return text;
}

std::string step_text(const ExplainedStep& step, bool full) {
    std::string text = "  " + step.formula + (step.remark.empty() ? "" : ", " + step.remark) + "\n";
    if (!full && (step.values.rows > kShown || step.values.cols > kShown))
        return text + "    " + abridged_values(step) + "\n";
    for (std::size_t p = 0; p < step.values.rows; ++p) text += row_text(step.values.row(p));
    return text;
}

std::string cells_text(const Explanation& e) {
    if (e.cells.empty()) return "";
    TextTable table({"column", "cell", "inputs after preprocessing"});
    for (const ExplainedCell& cell : e.cells)
        table.add({cell.column, cell.text.empty() ? "(missing)" : cell.text, inputs_text(e, cell)});
    return "\nThe row\n" + table.text();
}

std::string forward_text(const Explanation& e, bool full) {
    std::string text = "\nForward\n";
    for (const ExplainedStep& step : forward_steps(e)) text += step_text(step, full);
    TextTable table({"prediction", "value"});
    for (const ExplainedPrediction& one : e.predictions)
        table.add({one.name, fmt::format("{:.6g}", one.value)});
    text += "\n" + table.text();
    if (!e.calibration.empty()) text += fmt::format("The model's own are calibrated: {}\n", e.calibration);
    return text;
}

/// The columns in the order of what they contributed.
std::string attribution_text(const Explanation& e, const Attribution& one) {
    TextTable table({"column", "cell", ">contribution"});
    for (const std::size_t c : by_magnitude(one.by_column))
        table.add(
            {e.attributed_columns[c], cell_of(e, e.attributed_columns[c]), short_number(one.by_column[c])});
    return fmt::format("\nWhat each column contributed to {}, from the mean row on\n{}\n  {}\n", one.output,
                       table.text(), attribution_sum(one));
}

std::string backward_text(const Explanation& e, bool full) {
    if (!e.gradient)
        return "\nBack: nothing, for the row has no target to compare with: the loss and its gradients need "
               "one.\n";
    std::string text = fmt::format("\nBack, from {}\n", e.label);
    for (const ExplainedStep& step : backward_steps(e)) text += step_text(step, full);
    return text;
}

/// "grad_a_3,1", "w_3,1,2", "g'(a_2,2)", ... of a path's factors, in their order.
std::vector<std::string> factor_names(const WeightStory& story, const WeightPath& path, std::size_t layers) {
    std::vector<std::string> names = {fmt::format("grad_a_{},{}", layers, path.neurons[0])};
    for (std::size_t i = 1; i < path.neurons.size(); ++i) {
        const std::size_t layer = layers - i;
        names.push_back(fmt::format("w_{},{},{}", layer + 1, path.neurons[i - 1], path.neurons[i]));
        names.push_back(fmt::format("g'(a_{},{})", layer, path.neurons[i]));
    }
    names.push_back(story.is_bias() ? "1" : fmt::format("h_{},{}", story.place.layer - 1, story.place.q));
    return names;
}

std::string paths_text(const WeightStory& story, std::size_t layers) {
    std::string text = fmt::format("  {} path{} lead{} from the loss to it:\n", story.paths.size(),
                                   story.paths.size() == 1 ? "" : "s", story.paths.size() == 1 ? "s" : "");
    double sum = 0.0;
    for (const WeightPath& path : story.paths) {
        std::vector<std::string> factors;
        for (const double factor : path.factors) factors.push_back(short_number(factor));
        text += fmt::format("    {}\n      = {} = {}\n", fmt::join(factor_names(story, path, layers), " . "),
                            fmt::join(factors, " . "), short_number(path.product));
        sum += path.product;
    }
    return text + fmt::format("  sum over paths       {:>13}\n", fmt::format("{:.8g}", sum));
}

std::string terms_text(const WeightStory& story) {
    constexpr std::size_t kTold = 5;
    const std::size_t i = story.place.layer, p = story.place.p;
    std::string text = fmt::format(
        "  {:.6g} paths lead from the loss to it, too many to tell each: what the neurons above say is their "
        "sum.\n  grad_h_{},{} = sum over r of w_{},r,{} . grad_a_{},r, the largest first:\n",
        story.path_count, i, p, i + 1, p, i + 1);
    double told = 0.0, sum = 0.0;
    for (std::size_t r = 0; r < story.terms.size(); ++r) {
        const WeightTerm& term = story.terms[r];
        sum += term.product();
        if (r >= kTold) continue;
        told += term.product();
        text += fmt::format("    neuron {}: {} . {} = {}\n", term.neuron, short_number(term.weight),
                            short_number(term.grad_above), short_number(term.product()));
    }
    if (story.terms.size() > kTold)
        text += fmt::format("    the other {}: {}\n", story.terms.size() - kTold, short_number(sum - told));
    return text + fmt::format("    sum: {}\n", short_number(sum));
}

}  // namespace

std::string explanation_text(const Explanation& explanation, bool full) {
    std::string text = explanation_title(explanation) + "\n" + network_text(explanation) + "\n" +
                       cells_text(explanation) + forward_text(explanation, full) +
                       backward_text(explanation, full);
    for (const Attribution& one : explanation.attributions) text += attribution_text(explanation, one);
    text.pop_back();
    return text;
}

std::string weight_text(const Explanation& explanation, const WeightStory& story) {
    const std::size_t i = story.place.layer, p = story.place.p;
    std::string text = fmt::format("The story of {} = {}\n", story.name(), short_number(story.value));
    text += story.is_bias()
                ? fmt::format("  the bias of neuron {} of layer {}\n", p, i)
                : fmt::format(
                      "  from neuron {} of layer {} to neuron {} of layer {}; it multiplies h_{},{} = "
                      "{}\n",
                      story.place.q, i - 1, p, i, i - 1, story.place.q, short_number(story.input));
    text += story.paths.empty() ? terms_text(story) : paths_text(story, explanation.layers());
    if (i < explanation.layers())
        text +=
            fmt::format("  g'(a_{},{})           {:>13}\n", i, p, fmt::format("{:.8g}", story.derivative));
    text += fmt::format("  grad_a_{},{}           {:>13}\n", i, p, fmt::format("{:.8g}", story.grad_a));
    text += fmt::format("  d loss / d {:<9} {:>13}\n", story.name(), fmt::format("{:.8g}", story.gradient));
    text += fmt::format("  finite difference    {:>13}   (loss(w + {:g}) - loss(w - {:g})) / {:g}",
                        fmt::format("{:.8g}", story.difference), story.step, story.step, 2.0 * story.step);
    return text;
}

}  // namespace thalweg
