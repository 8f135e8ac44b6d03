// The network of the theory by hand: 3-3-3-2, one example forward and back, every quantity shown.
//
// Run: by_hand
// Output:

#include <cstdio>
#include <span>
#include <string>
#include <thalweg/thalweg.hpp>
#include <vector>

namespace {

void show(const char* name, std::size_t layer, std::span<const double> values) {
    std::printf("%-11s", (std::string(name) + "_" + std::to_string(layer)).c_str());
    for (const double value : values) std::printf(" %8.5f", value);
    std::printf("\n");
}

}  // namespace

int main() {
    using namespace thalweg;
    Network<double> network(
        {.widths = {3, 3, 3, 2}, .activation = Activation::logistic, .output = Output::softmax});
    // Weights 0.1, -0.2, 0.3, ... in turn; biases stay 0.
    int count = 0;
    for (std::size_t layer = 1; layer <= network.layers(); ++layer)
        for (std::size_t p = 0; p < network.weights(layer).rows; ++p)
            for (double& w : network.weights(layer).row(p)) {
                ++count;
                w = (count % 2 == 1 ? 0.1 : -0.1) * count;
            }

    const std::vector<double> x = {1.0, -2.0, 0.5};
    const std::vector<std::uint32_t> true_class = {1};
    Targets<double> targets;
    targets.classes = true_class;

    const Trace<double> trace = forward_propagation<double>(network, {x.data(), 1, 3});
    const Gradient<double> gradient =
        back_propagation(network, trace, targets, {.loss = Loss::cross_entropy}, true);

    for (std::size_t i = 1; i <= network.layers(); ++i) {
        show("a", i, trace.pre_activations[i - 1].row(0));
        show(i < network.layers() ? "h" : "y_hat", i, trace.activations[i].row(0));
    }
    std::printf("loss = %.5f\n", gradient.loss);
    for (std::size_t i = network.layers(); i >= 1; --i) {
        show("grad_a", i, gradient.pre_activations[i - 1].row(0));
        show("grad_b", i, gradient.parameters.bias(i));
        for (std::size_t p = 0; p < gradient.parameters.weights(i).rows; ++p)
            show(p == 0 ? "grad_W" : "      ", i, gradient.parameters.weights(i).row(p));
    }
    show("grad_x", 0, gradient.inputs.row(0));
}
