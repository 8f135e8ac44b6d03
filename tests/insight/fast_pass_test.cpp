#include "insight/fast_pass.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "insight/examples.h"
#include "insight/plain_network.h"
#include "support/random_examples.h"

namespace thalweg::testing {
namespace {

/// Rounding of float32 through a few layers.
constexpr double kSingle = 1e-4;

void expect_near(const Matrix<float>& fast, const Matrix<double>& plain, const char* what,
                 std::size_t layer) {
    ASSERT_EQ(fast.rows(), plain.rows());
    ASSERT_EQ(fast.cols(), plain.cols());
    for (std::size_t j = 0; j < plain.elements().size(); ++j)
        EXPECT_NEAR(fast.elements()[j], plain.elements()[j],
                    kSingle * std::max(1.0, std::abs(plain.elements()[j])))
            << what << " " << layer << ", element " << j;
}

TEST(FastPass, HasTheLayersAndGradientsOfThePlainPass) {
    const LossFunction loss{Loss::cross_entropy};
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries)
        for (const bool parametric : {false, true})
            for (const std::size_t members : {1, 3}) {
                SCOPED_TRACE(fmt::format("{}, parametric {}, {} members", name, parametric, members));
                NetworkShape shape{{3, 5, 4, 2}, activation, Output::softmax};
                shape.parametric = parametric;
                if (members > 1) shape.members = {members, Adapters::all};
                Network<float> network(shape);
                initialise(network, 7);
                const PlainExamples rows = for_each_member(draw_examples(shape, loss, 6, 2), members);
                const Network<double> exact = in_double(network);
                const Trace<double> plain = forward_propagation<double>(exact, rows.inputs);
                const Trace<float> fast = fast_forward_propagation(network, in_float(rows.inputs));
                const Gradient<double> gradient = back_propagation(exact, plain, rows.targets(), loss);
                const std::vector<Matrix<float>> grad_a =
                    fast_back_propagation(network, fast, in_float(gradient.pre_activations.back()));
                for (std::size_t i = 1; i <= network.layers(); ++i) {
                    expect_near(fast.pre_activations[i - 1], plain.pre_activations[i - 1], "a of layer", i);
                    expect_near(fast.activations[i], plain.activations[i], "h of layer", i);
                    expect_near(grad_a[i], gradient.pre_activations[i - 1], "grad_a of layer", i);
                }
            }
}

}  // namespace
}  // namespace thalweg::testing
