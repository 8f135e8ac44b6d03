#include "insight/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "insight/plain_network.h"

namespace thalweg {

Matrix<double> output_gradient(const Network<double>& network, const PlainExamples& examples,
                               std::size_t output) {
    const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
    Matrix<double> targets = trace.y_hat();
    for (std::size_t n = 0; n < targets.rows(); ++n) targets(n, output) -= 1.0 + std::abs(targets(n, output));
    // |y_hat - y|: 0 has no slope, and what is above its target has slope 1.
    Gradient<double> gradient =
        back_propagation(network, trace, {targets.view(), {}, {}}, {.loss = Loss::absolute_error}, true);
    for (double& of_mean : gradient.inputs.elements()) of_mean *= static_cast<double>(targets.rows());
    return std::move(gradient.inputs);
}

std::vector<ColumnSensitivity> column_sensitivity(const Model& model, std::size_t number,
                                                  const PlainExamples& examples) {
    const Network<double> network = network_alone(model, number);
    std::vector<double> of_inputs(network.shape().inputs());
    for (std::size_t output = 0; output < network.shape().outputs(); ++output) {
        const Matrix<double> gradient = output_gradient(network, examples, output);
        for (std::size_t n = 0; n < gradient.rows(); ++n)
            for (std::size_t j = 0; j < of_inputs.size(); ++j) of_inputs[j] += std::abs(gradient(n, j));
    }
    const double terms = static_cast<double>(examples.count() * network.shape().outputs());
    std::vector<ColumnSensitivity> columns;
    for (const InputRange& range : input_ranges(model.preprocessor())) {
        double sum = 0.0;
        for (std::size_t j = range.first; j < range.first + range.count; ++j) sum += of_inputs[j] / terms;
        const auto known = std::ranges::find(columns, range.column, &ColumnSensitivity::column);
        if (known == columns.end())
            columns.push_back({range.column, sum});
        else
            known->value += sum;
    }
    return columns;
}

}  // namespace thalweg
