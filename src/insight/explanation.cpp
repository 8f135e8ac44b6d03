#include "insight/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "insight/plain_network.h"
#include "model/calibrate.h"
#include "network/dense_layer.h"

namespace thalweg {
namespace {

/// The targets as the loss compares with them: e_l for a class, smoothed where the loss is.
std::vector<double> compared_targets(const Explanation& explanation) {
    const LossFunction& loss = explanation.loss;
    const std::size_t k = explanation.shape().outputs();
    const double s = loss.label_smoothing;
    std::vector<double> targets(k);
    if (loss.loss == Loss::cross_entropy) {
        std::ranges::fill(targets, s / static_cast<double>(k));
        targets[explanation.example.classes[0]] += 1.0 - s;
    } else {
        for (std::size_t j = 0; j < k; ++j)
            targets[j] = (1.0 - s) * explanation.example.values(0, j) +
                         (loss.loss == Loss::binary_cross_entropy ? s / 2.0 : 0.0);
    }
    return targets;
}

/// d loss / d y_hat. A loss of distances is its own derivative under a linear output; the others follow from
/// their formula, or from e^a, whose derivative is y_hat.
std::vector<double> gradient_at_y_hat(const Explanation& explanation) {
    const Matrix<double>& y_hat = explanation.trace.y_hat();
    const std::vector<double> y = compared_targets(explanation);
    std::vector<double> gradient(y.size());
    switch (explanation.loss.loss) {
        case Loss::cross_entropy:
            for (std::size_t j = 0; j < y.size(); ++j) gradient[j] = y[j] == 0.0 ? 0.0 : -y[j] / y_hat(0, j);
            return gradient;
        case Loss::binary_cross_entropy:
            for (std::size_t j = 0; j < y.size(); ++j)
                gradient[j] = (y[j] == 0.0 ? 0.0 : -y[j] / y_hat(0, j)) +
                              (y[j] == 1.0 ? 0.0 : (1.0 - y[j]) / (1.0 - y_hat(0, j)));
            return gradient;
        case Loss::poisson:
            for (std::size_t j = 0; j < y.size(); ++j) gradient[j] = 1.0 - y[j] / y_hat(0, j);
            return gradient;
        case Loss::gamma:
        case Loss::tweedie:
            for (std::size_t j = 0; j < y.size(); ++j)
                gradient[j] = explanation.gradient->pre_activations.back()(0, j) / y_hat(0, j);
            return gradient;
        default: {
            Matrix<double> of_linear(1, y.size());
            loss_gradient<double>(Output::linear, explanation.loss, y_hat, explanation.example.targets(),
                                  of_linear);
            gradient.assign(of_linear.elements().begin(), of_linear.elements().end());
            return gradient;
        }
    }
}

/// grad_{h_i} = W_{i+1}^T grad_{a_{i+1}}, which back propagation does not keep.
void keep_activation_gradients(Explanation& explanation) {
    for (std::size_t i = 0; i < explanation.layers(); ++i)
        explanation.grad_activations.push_back(transposed_product<double>(
            std::as_const(explanation.network).weights(i + 1), explanation.gradient->pre_activations[i]));
}

/// There, and back where a label is known.
void propagate(Explanation& explanation) {
    explanation.trace = forward_propagation<double>(explanation.network, explanation.example.inputs);
    if (!explanation.example.labelled()) return;
    explanation.gradient = back_propagation(explanation.network, explanation.trace,
                                            explanation.example.targets(), explanation.loss, true);
    keep_activation_gradients(explanation);
    explanation.grad_y_hat = gradient_at_y_hat(explanation);
}

/// What layer 1 reads: inputs as they are, then of each embedding "age wave 1", "age curve 1", "city vector
/// 1".
std::vector<std::string> names_of_embedded(const NetworkShape& shape,
                                           const std::vector<std::string>& inputs) {
    std::vector<std::string> names;
    for (const std::size_t input : shape.kept_inputs()) names.push_back(inputs[input]);
    const auto add = [&](const std::vector<std::size_t>& embedded, std::size_t outputs, const char* what) {
        for (const std::size_t input : embedded)
            for (std::size_t j = 1; j <= outputs; ++j)
                names.push_back(fmt::format("{} {} {}", inputs[input], what, j));
    };
    add(shape.periodic.inputs, shape.periodic.outputs, "wave");
    add(shape.piecewise.inputs, shape.piecewise.outputs, "curve");
    add(shape.categories.inputs, shape.categories.outputs, "vector");
    return names;
}

std::vector<std::string> names_of_outputs(const TargetCoder& coder) {
    const std::vector<TargetPlan>& targets = coder.targets();
    std::vector<std::string> names;
    if (coder.task() == Task::multiclass) return targets[0].classes;
    for (const TargetPlan& target : targets)
        if (coder.task() != Task::regression) {
            names.push_back(coder.task() == Task::binary ? target.classes[1] : target.name);
        } else if (target.levels.empty()) {
            names.push_back(target.name);
        } else {
            for (const double level : target.levels)
                names.push_back(fmt::format("{} q_{}", target.name, level));
        }
    return names;
}

std::vector<ExplainedCell> cells_of(const Model& model, const Table& table, std::size_t row) {
    std::vector<ExplainedCell> cells;
    for (const InputRange& range : input_ranges(model.preprocessor()))
        cells.push_back({range.column, table.column(range.column).text(row), range.first, range.count});
    return cells;
}

std::string label_of(const Model& model, const Table& table, std::size_t row) {
    std::string text;
    for (const TargetPlan& target : model.target_coder().targets())
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", target.name,
                            table.column(target.name).text(row));
    return text;
}

/// y_hat in the targets' own units.
std::vector<ExplainedPrediction> predictions_of(const Explanation& explanation, const TargetCoder& coder) {
    std::vector<ExplainedPrediction> predictions;
    std::size_t j = 0;
    const bool real = coder.task() == Task::regression;
    for (const std::string& name : explanation.output_names) {
        const TargetPlan& target = coder.targets()[coder.targets().size() == 1 ? 0 : j];
        const double y_hat = explanation.trace.y_hat()(0, j++);
        predictions.push_back(
            {real ? name : fmt::format("P({})", name), real ? target.value_of(y_hat) : y_hat});
    }
    return predictions;
}

void check_row(const Table& table, std::size_t row) {
    if (row < table.rows()) return;
    throw Error(ErrorKind::usage, fmt::format("--row {}: {} has {} row{}, counted from 1", row + 1,
                                              table.source(), table.rows(), table.rows() == 1 ? "" : "s"));
}

std::vector<std::string> numbered(const char* name, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t j = 1; j <= count; ++j) names.push_back(fmt::format("{}_{}", name, j));
    return names;
}

}  // namespace

Explanation explain(const Model& model, const Table& table, std::size_t row, std::size_t number) {
    check_row(table, row);
    Explanation explanation;
    explanation.title = table.locate(row);
    explanation.number = number;
    explanation.count = count_networks(model);
    explanation.network = network_alone(model, number);
    explanation.member = member_text(model, number);
    explanation.loss = model.loss();
    const std::uint32_t rows[] = {static_cast<std::uint32_t>(row)};
    explanation.example = plain_examples(model, table, rows);
    if (explanation.example.labelled()) explanation.label = label_of(model, table, row);
    explanation.cells = cells_of(model, table, row);
    explanation.input_names = model.preprocessor().input_names();
    explanation.embedded_names = names_of_embedded(explanation.shape(), explanation.input_names);
    explanation.output_names = names_of_outputs(model.target_coder());
    propagate(explanation);
    explanation.predictions = predictions_of(explanation, model.target_coder());
    explanation.calibration = calibration_text(model.held_out().calibration);
    return explanation;
}

void attribute(Explanation& explanation, const Model& model, const Table& table, std::size_t row,
               int threads) {
    const Attributor attributor(model, table);
    const std::uint32_t rows[] = {static_cast<std::uint32_t>(row)};
    explanation.attributed_columns = attributor.columns();
    explanation.attributions = std::move(attributor.of(table, rows, threads).front());
}

Explanation explain_example(Network<double> network, const LossFunction& loss, PlainExamples example) {
    Explanation explanation;
    explanation.network = std::move(network);
    explanation.loss = loss;
    explanation.example = std::move(example);
    explanation.input_names = numbered("x", explanation.shape().inputs());
    explanation.embedded_names = names_of_embedded(explanation.shape(), explanation.input_names);
    explanation.output_names = numbered("y_hat", explanation.shape().outputs());
    propagate(explanation);
    for (std::size_t j = 0; j < explanation.output_names.size(); ++j)
        explanation.predictions.push_back({explanation.output_names[j], explanation.trace.y_hat()(0, j)});
    return explanation;
}

Explanation explain_theory() {
    Network<double> network(
        {.widths = {3, 3, 3, 2}, .activation = Activation::logistic, .output = Output::softmax});
    int count = 0;
    for (std::size_t i = 1; i <= network.layers(); ++i)  // weights 0.1, -0.2, 0.3, ...; biases stay 0
        for (std::size_t p = 0; p < network.weights(i).rows; ++p)
            for (double& w : network.weights(i).row(p)) {
                ++count;
                w = (count % 2 == 1 ? 0.1 : -0.1) * count;
            }
    PlainExamples example;
    example.inputs = Matrix<double>(1, 3);
    std::ranges::copy(std::vector<double>{1.0, -2.0, 0.5}, example.inputs.row(0).begin());
    example.classes = {1};
    Explanation explanation =
        explain_example(std::move(network), {.loss = Loss::cross_entropy}, std::move(example));
    explanation.title = "the 3-3-3-2 network of the theory";
    explanation.label = "l = 2";
    return explanation;
}

std::string output_gradient_formula(const NetworkShape& shape, const LossFunction& loss) {
    const bool smooth = loss.label_smoothing > 0.0;
    const bool one_minus = loss.loss == Loss::cross_entropy && shape.output == Output::softmax;
    const bool probability = loss.loss == Loss::binary_cross_entropy && shape.output == Output::logistic;
    const bool count = loss.loss == Loss::poisson && shape.output == Output::exponential;
    if (one_minus) return smooth ? "y_hat - ((1-s) e_l + s/k)" : "y_hat - e_l";
    if (probability) return smooth ? "y_hat - ((1-s) y + s/2)" : "y_hat - y";
    if (count) return "y_hat - y";
    if (loss.loss == Loss::gamma) return "1 - y / y_hat";
    if (loss.loss == Loss::tweedie) return "y_hat^(2-p) - y y_hat^(1-p)";
    if (shape.output == Output::linear) return y_hat_gradient_formula(loss);
    return "J_O(a_L)^T grad_y_hat";
}

std::string y_hat_gradient_formula(const LossFunction& loss) {
    switch (loss.loss) {
        case Loss::squared_error:
            return "2 (y_hat - y)";
        case Loss::cross_entropy:
            return loss.label_smoothing > 0.0 ? "-((1-s) e_l + s/k) / y_hat" : "-(1 / y_hat_l) e_l";
        case Loss::binary_cross_entropy:
            return "-y / y_hat + (1 - y) / (1 - y_hat)";
        case Loss::absolute_error:
            return "sign(y_hat - y)";
        case Loss::huber:
            return "y_hat - y, cut to [-delta, delta]";
        case Loss::quantile:
            return "(1 - level) above y, -level below";
        case Loss::poisson:
            return "1 - y / y_hat";
        case Loss::gamma:
            return "1 / y_hat - y / y_hat^2";
        case Loss::tweedie:
            return "y_hat^(1-p) - y y_hat^(-p)";
        case Loss::mape:
            return "sign(y_hat - y) / |y|";
    }
    return "";
}

}  // namespace thalweg
