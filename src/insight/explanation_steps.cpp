#include "insight/explanation_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace thalweg {
namespace {

/// The steps of a pass in the making.
class Steps {
  public:
    void at(std::size_t layer) { layer_ = layer; }
    void add(std::string formula, MatrixView<const double> values, std::string remark = "",
             const std::vector<std::string>* names = nullptr) {
        if (values.rows * values.cols == 0) return;
        steps_.push_back({layer_, std::move(formula), std::move(remark), values, names});
    }
    void add(std::string formula, std::span<const double> values, std::string remark = "",
             const std::vector<std::string>* names = nullptr) {
        add(std::move(formula), MatrixView<const double>(values.data(), 1, values.size()), std::move(remark),
            names);
    }
    std::vector<ExplainedStep> take() { return std::move(steps_); }

  private:
    std::size_t layer_ = 0;
    std::vector<ExplainedStep> steps_;
};

/// What layer 1 reads in place of an input, or beside it, as far as there is such.
std::string embedding_text(const NetworkShape& shape) {
    std::string text = "inputs and embeddings";
    if (!shape.periodic.inputs.empty()) text += "; waves: z_j = V_j cos(2 pi f_j x_j + p_j) + c_j";
    if (!shape.piecewise.inputs.empty())
        text += "; curves: z_j = w_j x_j + c_j + sum over bins t of e_t(x_j) v_jt";
    if (!shape.categories.inputs.empty()) text += "; categories: z_j = v_j of the code x_j";
    return text;
}

/// "h_0 = x", or what stands before layer 1.
void add_input(const Explanation& e, Steps& steps) {
    if (!e.shape().has_input_stage())
        return steps.add("h_0 = x", e.trace.activations[0].row(0), "", &e.input_names);
    steps.add("x", e.trace.inputs.row(0), "the inputs", &e.input_names);
    if (e.shape().embeds())
        steps.add("[x'; z]", e.trace.embedded.row(0), embedding_text(e.shape()), &e.embedded_names);
    if (!e.shape().input_scale) return;
    steps.add("s", e.network.input_stage().scale, "the learned scale", &e.embedded_names);
    steps.add("h_0 = s . [x'; z]", e.trace.activations[0].row(0), "", &e.embedded_names);
}

/// From grad_{h_0} to the parameters before layer 1, and to x. grad_z is s . grad_h_0.
void add_input_gradient(const Explanation& e, Steps& steps) {
    if (!e.shape().has_input_stage()) return;
    const InputStage<const double> gradient = std::as_const(e.gradient->parameters).input_stage();
    steps.add("grad_s = grad_h_0 . [x'; z]", gradient.scale, "and grad_z = s . grad_h_0", &e.embedded_names);
    steps.add("grad_f_j = 2 pi x_j grad_p_j", gradient.frequencies, "the waves' frequencies");
    steps.add("grad_p_j = -(V_j^T grad_z_j) . sin(2 pi f_j x_j + p_j)", gradient.phases, "their phases");
    steps.add("grad_V_j = grad_z_j cos(2 pi f_j x_j + p_j)^T", gradient.projections, "their projections");
    steps.add("grad_c_j = grad_z_j", gradient.offsets, "their offsets");
    steps.add("grad_w_j = x_j grad_z_j", gradient.slopes, "the curves' slopes");
    steps.add("grad_c_j = grad_z_j", gradient.intercepts, "their intercepts");
    steps.add("grad_v_jt = e_t(x_j) grad_z_j", gradient.bin_vectors, "their bins");
    steps.add("grad_v_j = grad_z_j", gradient.category_vectors, "the vectors of the categories' codes");
    steps.add("grad_x", e.gradient->inputs.row(0), "through what stands before layer 1", &e.input_names);
}

std::string name_of_place(const ExplainedStep& step, std::size_t index) {
    if (step.names != nullptr) return (*step.names)[index];
    if (step.values.rows == 1) return std::to_string(index + 1);
    return fmt::format("{},{}", index / step.values.cols + 1, index % step.values.cols + 1);
}

}  // namespace

std::vector<ExplainedStep> forward_steps(const Explanation& e) {
    const std::size_t L = e.layers();
    Steps steps;
    add_input(e, steps);
    for (std::size_t i = 1; i <= L; ++i) {
        steps.at(i);
        steps.add(fmt::format("a_{0} = b_{0} + W_{0} h_{1}", i, i - 1), e.trace.pre_activations[i - 1].row(0),
                  i == L ? "the logits" : "");
        if (i == L) break;
        const std::span<const double> bend = e.network.layer(i).bend;
        steps.add(fmt::format("bend_{}", i), bend, "learned: 1 is the activation, 0 a line");
        const std::string_view g = name_of(e.shape().activation);
        steps.add(bend.empty() ? fmt::format("h_{0} = {1}(a_{0})", i, g)
                               : fmt::format("h_{0} = a_{0} + bend_{0} . ({1}(a_{0}) - a_{0})", i, g),
                  e.trace.activations[i].row(0));
    }
    steps.add(fmt::format("y_hat = {}(a_{})", name_of(e.shape().output), L), e.trace.y_hat().row(0), "",
              &e.output_names);
    return steps.take();
}

std::vector<ExplainedStep> backward_steps(const Explanation& e) {
    Steps steps;
    if (!e.gradient) return {};
    const std::size_t L = e.layers();
    const Network<double>& gradient = e.gradient->parameters;
    steps.at(L);
    steps.add(fmt::format("loss = {}", name_of(e.loss.loss)), std::span(&e.gradient->loss, 1));
    steps.add("grad_y_hat = " + y_hat_gradient_formula(e.loss), e.grad_y_hat, "", &e.output_names);
    for (std::size_t i = L; i >= 1; --i) {
        steps.at(i);
        const std::string at_a = i == L ? output_gradient_formula(e.shape(), e.loss)
                                 : e.shape().bends(i)
                                     ? fmt::format("grad_h_{0} . (1 + bend_{0} . (g'(a_{0}) - 1))", i)
                                     : fmt::format("grad_h_{0} . g'(a_{0})", i);
        steps.add(fmt::format("grad_a_{} = {}", i, at_a), e.gradient->pre_activations[i - 1].row(0));
        steps.add(fmt::format("grad_W_{0} = grad_a_{0} h_{1}^T", i, i - 1), gradient.weights(i));
        steps.add(fmt::format("grad_b_{0} = grad_a_{0}", i), gradient.bias(i));
        steps.add(fmt::format("grad_bend_{0} = grad_h_{0} . (g(a_{0}) - a_{0})", i), gradient.layer(i).bend);
        steps.at(i - 1);
        const bool is_x = i == 1 && !e.shape().has_input_stage();
        steps.add(fmt::format("grad_{0} = W_{1}^T grad_a_{1}", is_x ? "x" : fmt::format("h_{}", i - 1), i),
                  e.grad_activations[i - 1].row(0), "", i == 1 ? &e.embedded_names : nullptr);
    }
    add_input_gradient(e, steps);
    return steps.take();
}

std::string explanation_title(const Explanation& e) {
    std::string text = e.title;
    if (!e.model.empty()) text += " by " + e.model;
    if (e.count > 1) text += fmt::format(", network {} of {}", e.number, e.count);
    if (!e.member.empty()) text += ", " + e.member;
    return text;
}

std::string network_text(const Explanation& e) {
    const NetworkShape& shape = e.shape();
    std::string text = fmt::format("{}, ", fmt::join(shape.widths, "-"));
    if (shape.layers() > 1) text += fmt::format("{}, ", name_of(shape.activation));
    return text + fmt::format("{} output, loss {}", name_of(shape.output), name_of(e.loss.loss));
}

std::string inputs_text(const Explanation& e, const ExplainedCell& cell) {
    std::vector<std::string> inputs;
    for (std::size_t j = cell.first_input; j < cell.first_input + cell.inputs; ++j)
        if (cell.inputs == 1 || e.example.inputs(0, j) != 0.0)
            inputs.push_back(fmt::format("{} = {}", e.input_names[j], short_number(e.example.inputs(0, j))));
    return inputs.empty() ? "all 0" : fmt::format("{}", fmt::join(inputs, ", "));
}

std::vector<std::size_t> by_magnitude(const std::vector<double>& values) {
    std::vector<std::size_t> places(values.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::stable_sort(places, std::ranges::greater{},
                             [&](std::size_t j) { return std::abs(values[j]); });
    return places;
}

std::string cell_of(const Explanation& e, const std::string& column) {
    const auto cell = std::ranges::find(e.cells, column, &ExplainedCell::column);
    return cell == e.cells.end() || cell->text.empty() ? "(missing)" : cell->text;
}

std::string attribution_sum(const Attribution& one) {
    return fmt::format("mean row {:.6g} + sum {:.6g} = {:.6g}; the model predicts {:.6g}", one.baseline,
                       one.sum(), one.baseline + one.sum(), one.prediction);
}

std::string abridged_values(const ExplainedStep& step) {
    double squares = 0.0, least = step.values(0, 0), most = least;
    std::size_t least_at = 0, most_at = 0, zeros = 0, index = 0;
    for (std::size_t p = 0; p < step.values.rows; ++p)
        for (const double value : step.values.row(p)) {
            squares += value * value;
            if (value < least) least = value, least_at = index;
            if (value > most) most = value, most_at = index;
            if (value == 0.0) ++zeros;
            ++index;
        }
    std::string text = step.values.rows == 1
                           ? fmt::format("{} values", index)
                           : fmt::format("{} x {} values", step.values.rows, step.values.cols);
    text += fmt::format(": norm {}, least {} (at {}), most {} (at {})", short_number(std::sqrt(squares)),
                        short_number(least), name_of_place(step, least_at), short_number(most),
                        name_of_place(step, most_at));
    if (zeros > 0) text += fmt::format(", {} of them 0", zeros);
    return text;
}

std::string short_number(double value) {
    return fmt::format("{:.5g}", value);
}

}  // namespace thalweg
