#include <gtest/gtest.h>

#include <tuple>

#include "engine/engine.h"
#include "support/count_allocations.h"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg {
namespace {

class StepAllocation : public testing::TestWithParam<std::tuple<Loss, std::size_t>> {};

TEST_P(StepAllocation, NothingIsAllocatedAfterTheFirst) {
    constexpr std::size_t kRows = 300, kInputs = 40, kOutputs = 3;
    const auto [loss, members] = GetParam();
    const bool classes = loss == Loss::cross_entropy;
    NetworkShape shape{
        {kInputs, 256, 256, kOutputs}, Activation::silu, classes ? Output::softmax : Output::linear};
    shape.members.count = members;
    shape.periodic.inputs = {0, 1};
    shape.piecewise = {{2, 3}, {{-1.0f, 0.0f, 1.0f}, {0.0f, 1.0f}}, 16};
    shape.categories = {{4, 5}, {3, 7}, 8};
    shape.input_scale = true;
    Network<float> network(shape);
    initialise(network, 1);
    const Matrix<float> inputs(kRows, kInputs), values(kRows * members, kOutputs);
    const std::vector<std::uint32_t> labels(kRows * members, 1);
    Targets<float> targets;
    if (classes) {
        targets.classes = labels;
    } else {
        targets.values = values.view();
    }
    Engine engine(network.shape(), {.loss = loss}, kRows, 2);
    const auto optimizer = make_optimizer<float>({.kind = OptimizerKind::adamw}, network.theta().size());
    AlignedVector<float> gradient(network.theta().size());
    Matrix<float> logits(kRows, kOutputs);
    std::size_t before = 0;
    // Enough of them for one thread to be tried in place of two.
    for (std::uint32_t step = 0; step < 40; ++step) {
        if (step == 1) before = test::allocations();
        engine.loss_and_gradient(network.theta(), inputs.view(), targets,
                                 {.rate = 0.1, .seed = 1, .step = step}, gradient);
        optimizer->step_shared(network.theta(), gradient, 0.01, [&](std::size_t /*size*/, const auto& part) {
            engine.share_parameters(part);
        });
        engine.logits(network.theta(), inputs.view(), logits.view());
    }
    ASSERT_GT(before, 0U) << "the count does not see the first step";
    EXPECT_EQ(test::allocations(), before);
}

INSTANTIATE_TEST_SUITE_P(Losses, StepAllocation,
                         testing::Combine(testing::Values(Loss::cross_entropy, Loss::squared_error,
                                                          Loss::absolute_error),
                                          testing::Values<std::size_t>(1, 3)),
                         [](const auto& test) {
                             return std::string(name_of(std::get<0>(test.param))) +
                                    (std::get<1>(test.param) > 1 ? "_of_members" : "");
                         });

}  // namespace
}  // namespace thalweg
