// The network of the theory by hand: 3-3-3-2, one example forward and back, every quantity shown.
//
// Run: by_hand
// Output:
// a_1        0.65000 -1.70000  2.75000
// h_1        0.65701  0.15447  0.93991
// a_2       -1.61499  2.04773 -2.48047
// h_2        0.16590  0.88572  0.07724
// a_3       -1.29403  1.48681
// y_hat      0.05837  0.94163
// loss = 0.06014
// grad_a_3   0.05837 -0.05837
// grad_b_3   0.05837 -0.05837
// grad_W_3   0.00968  0.05170  0.00451
//           -0.00968 -0.05170 -0.00451
// grad_a_2   0.03311 -0.02540  0.01872
// grad_b_2   0.03311 -0.02540  0.01872
// grad_W_2   0.02176  0.00512  0.03112
//           -0.01669 -0.00392 -0.02388
//            0.01230  0.00289  0.01760
// grad_a_1  -0.02165  0.01356 -0.00630
// grad_b_1  -0.02165  0.01356 -0.00630
// grad_W_1  -0.02165  0.04331 -0.01083
//            0.01356 -0.02712  0.00678
//           -0.00630  0.01260 -0.00315
// grad_x    -0.01200  0.01615 -0.02030

#include <cstdio>
#include <span>
#include <string>
#include <thalweg/thalweg.hpp>
#include <vector>

namespace {

void show(const std::string& name, std::span<const double> values) {
    std::printf("%-9s", name.c_str());
    for (const double value : values) std::printf(" %8.5f", value);
    std::printf("\n");
}

std::string numbered(const char* name, std::size_t layer) {
    return std::string(name) + "_" + std::to_string(layer);
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
        show(numbered("a", i), trace.pre_activations[i - 1].row(0));
        show(i < network.layers() ? numbered("h", i) : "y_hat", trace.activations[i].row(0));
    }
    std::printf("loss = %.5f\n", gradient.loss);
    for (std::size_t i = network.layers(); i >= 1; --i) {
        show(numbered("grad_a", i), gradient.pre_activations[i - 1].row(0));
        show(numbered("grad_b", i), gradient.parameters.bias(i));
        for (std::size_t p = 0; p < gradient.parameters.weights(i).rows; ++p)
            show(p == 0 ? numbered("grad_W", i) : "", gradient.parameters.weights(i).row(p));
    }
    show("grad_x", gradient.inputs.row(0));
}
