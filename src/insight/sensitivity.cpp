#include "insight/sensitivity.h"

#include <algorithm>
#include <cmath>

#include "insight/input_gradient.h"
#include "insight/plain_network.h"

namespace thalweg {

std::vector<ColumnSensitivity> column_sensitivity(const Model& model, std::size_t number,
                                                  const PlainExamples& examples) {
    const InputGradient network(in_float(network_alone(model, number)));
    const NetworkShape& shape = network.network().shape();
    const Trace<float> trace = network.forward(in_float(examples.inputs));
    std::vector<double> of_inputs(shape.inputs());
    for (std::size_t output = 0; output < shape.outputs(); ++output) {
        const Matrix<float> gradient = network.of(trace, output);
        for (std::size_t n = 0; n < gradient.rows(); ++n)
            for (std::size_t j = 0; j < of_inputs.size(); ++j)
                of_inputs[j] += std::abs(double{gradient(n, j)});
    }
    const double terms = static_cast<double>(examples.count() * shape.outputs());
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
