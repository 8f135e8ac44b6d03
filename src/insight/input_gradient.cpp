#include "insight/input_gradient.h"

#include <algorithm>
#include <utility>

#include "insight/fast_pass.h"
#include "network/input_stage.h"
#include "network/output.h"

namespace thalweg {

Matrix<float> InputGradient::embedded(const Matrix<float>& inputs) const {
    return fast_embed(network_, inputs);
}

Matrix<float> InputGradient::y_hat(const Matrix<float>& inputs) const {
    return std::move(forward(inputs).activations.back());
}

Trace<float> InputGradient::forward(const Matrix<float>& inputs) const {
    return fast_forward_propagation(network_, inputs);
}

/// grad_{h_0}
Matrix<float> InputGradient::back_to_layer_1(const Trace<float>& trace, std::size_t output) const {
    Matrix<float> grad(trace.embedded.rows(), network_.shape().outputs());
    std::vector<double> of_row(grad.cols()), logits(grad.cols()), y_hat(grad.cols());
    for (std::size_t n = 0; n < grad.rows(); ++n) {
        std::ranges::copy(trace.logits().row(n), logits.begin());
        std::ranges::copy(trace.y_hat().row(n), y_hat.begin());
        std::ranges::fill(of_row, 0.0);
        of_row[output] = 1.0;
        back_through_output(network_.shape().output, std::span<const double>(logits),
                            std::span<const double>(y_hat), std::span<double>(of_row));
        std::ranges::transform(of_row, grad.row(n).begin(), [](double g) { return static_cast<float>(g); });
    }
    return std::move(fast_back_propagation(network_, trace, std::move(grad)).front());
}

Matrix<float> InputGradient::of(const Matrix<float>& inputs, std::size_t output) const {
    return of(forward(inputs), output);
}

Matrix<float> InputGradient::of(const Trace<float>& trace, std::size_t output) const {
    return fast_back_through_input_stage(network_, trace.inputs, back_to_layer_1(trace, output));
}

Matrix<float> InputGradient::of_embedded(const Matrix<float>& embedded, std::size_t output) const {
    Trace<float> trace;
    trace.embedded = embedded;
    forward_from_layer_1(network_, trace);
    Matrix<float> grad = back_to_layer_1(trace, output);
    return network_.shape().has_input_stage() ? scale_inputs(network_, grad) : std::move(grad);
}

}  // namespace thalweg
