#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>

#include "support/random_examples.h"

namespace thalweg::test {
namespace {

/// Of an array, relative to its largest magnitude (theory.md, section 5).
constexpr double kBound = 1e-6;
/// The error of a central difference is h^2 times a third derivative, and 1e-16/h by rounding.
constexpr double kStep = 1e-5;
/// A step changes a pre-activation by a few times kStep. Across a kink (of relu at 0, of the absolute error
/// where y_hat = y) the difference is between two different lines and says nothing of the derivative, so
/// inputs are drawn anew until everything with a kink is this far from it.
constexpr double kKinkDistance = 1e-3;

struct Problem {
    Network<double> network;
    Examples<double> examples;
    LossFunction loss;
    const NetworkShape& shape() const { return network.shape(); }
    double mean_loss_here() const {
        const Trace<double> trace = forward_propagation<double>(network, examples.inputs);
        return mean_loss<double>(shape().output, loss, trace.logits(), examples.targets());
    }
};

bool kinked(Loss loss) {
    return loss == Loss::absolute_error || loss == Loss::huber || loss == Loss::quantile ||
           loss == Loss::mape;
}

/// Where an embedded number stands at an edge of its bins, its curve bends.
bool off_edges(const PiecewiseEmbedding& embedding, const Matrix<double>& inputs) {
    for (std::size_t j = 0; j < embedding.inputs.size(); ++j)
        for (std::size_t n = 0; n < inputs.rows(); ++n)
            for (const double edge : embedding.edges[j])
                if (std::abs(inputs(n, embedding.inputs[j]) - edge) < kKinkDistance) return false;
    return true;
}

bool off_kinks(const Problem& problem) {
    if (!off_edges(problem.shape().piecewise, problem.examples.inputs)) return false;
    const Trace<double> trace = forward_propagation<double>(problem.network, problem.examples.inputs);
    for (std::size_t i = 1; i < problem.network.layers(); ++i)
        for (const double a : trace.pre_activations[i - 1].elements())
            if (std::abs(a) < kKinkDistance) return false;
    if (!kinked(problem.loss.loss)) return true;
    for (std::size_t j = 0; j < trace.y_hat().elements().size(); ++j) {
        const double error = std::abs(trace.y_hat().elements()[j] - problem.examples.values.elements()[j]);
        if (error < kKinkDistance || std::abs(error - problem.loss.delta) < kKinkDistance) return false;
    }
    return true;
}

/// With some inputs embedded in one way or in both, with a scale, or with all of it.
void draw_input_stage(NetworkShape& shape, Draws& draws) {
    const std::size_t parts = draws.between(1, 15);
    shape.input_scale = (parts & 1) != 0;
    if ((parts & 2) != 0) shape.piecewise = draw_piecewise(shape.inputs(), 5, draws.between(1, 3), draws);
    shape.scales_categories = shape.input_scale && draws.between(0, 1) == 1;
    if ((parts & 8) != 0)
        shape.categories =
            draw_categories(shape.inputs(), shape.piecewise.inputs, 4, draws.between(1, 3), draws);
    if ((parts & 4) == 0) return;
    for (std::size_t input = 0; input < shape.inputs(); ++input)
        if (std::ranges::count(shape.categories.inputs, input) == 0)
            if (input == 0 || draws.between(0, 1) == 1) shape.periodic.inputs.push_back(input);
    shape.periodic.frequencies = draws.between(1, 5);
    shape.periodic.outputs = draws.between(1, 3);
}

/// What a network has beside its layers.
struct Extras {
    bool input_stage = false;
    Members members = {};
    bool parametric = false;
};

Problem draw_problem(Activation activation, Output output, Loss loss, std::uint64_t seed,
                     const Extras& extras = {}) {
    Draws draws(seed);
    const bool weighted = draws.between(0, 1) == 1;
    std::vector<std::size_t> widths = {draws.between(1, 4)};
    const std::size_t least_hidden = extras.members.count > 1 ? 1 : 0;
    for (std::size_t hidden = draws.between(least_hidden, 3); hidden > 0; --hidden)
        widths.push_back(draws.between(1, 5));
    widths.push_back(draws.between(2, 4));
    Problem problem;
    NetworkShape shape{widths, activation, output};
    if (extras.input_stage) draw_input_stage(shape, draws);
    shape.members = extras.members;
    shape.parametric = extras.parametric;
    problem.network = Network<double>(shape);
    problem.loss = {loss, 0.7, 0.3, 0.0};
    if (loss == Loss::cross_entropy || loss == Loss::binary_cross_entropy)
        problem.loss.label_smoothing = 0.2 * static_cast<double>(draws.between(0, 1));
    if (loss == Loss::tweedie) problem.loss.tweedie_power = 1.05 + 0.9 * draws.uniform();
    if (loss == Loss::quantile && output == Output::ascending)
        for (std::size_t j = 0; j < shape.outputs(); ++j)
            problem.loss.levels.push_back((static_cast<double>(j) + draws.uniform()) /
                                          static_cast<double>(shape.outputs()));
    const std::size_t count = draws.between(1, 4) * shape.members.count;
    do {
        fill_normal(problem.network.theta(), 0.6, draws);
        problem.examples = draw_examples<double>(problem.shape(), loss, count, weighted, draws);
    } while (!off_kinks(problem));
    return problem;
}

/// Central differences of the loss as each of `variables`, which the problem holds, is moved.
std::vector<double> differences(const Problem& problem, std::span<double> variables) {
    std::vector<double> result;
    for (double& variable : variables) {
        const double here = variable;
        variable = here + kStep;
        const double above = problem.mean_loss_here();
        variable = here - kStep;
        const double below = problem.mean_loss_here();
        variable = here;
        result.push_back((above - below) / (2.0 * kStep));
    }
    return result;
}

/// An array whose gradient is all but 0 is measured against this: differences have no digits below it.
constexpr double kLeastScale = 1e-3;

void expect_close(const char* what, std::span<const double> got, std::span<const double> expected) {
    ASSERT_EQ(got.size(), expected.size());
    double scale = kLeastScale;
    for (const double value : expected) scale = std::max(scale, std::abs(value));
    for (std::size_t j = 0; j < got.size(); ++j)
        ASSERT_LE(std::abs(got[j] - expected[j]) / scale, kBound)
            << what << "[" << j << "]: got " << got[j] << ", central difference " << expected[j];
}

void expect_gradient(Problem& problem) {
    const Trace<double> trace = forward_propagation<double>(problem.network, problem.examples.inputs);
    const Gradient<double> gradient =
        back_propagation(problem.network, trace, problem.examples.targets(), problem.loss, true);
    EXPECT_DOUBLE_EQ(gradient.loss, problem.mean_loss_here());
    expect_close("grad_theta", gradient.theta(), differences(problem, problem.network.theta()));
    expect_close("grad_x", gradient.inputs.elements(),
                 differences(problem, problem.examples.inputs.elements()));
}

class FiniteDifference : public testing::TestWithParam<Activation> {};

TEST_P(FiniteDifference, AgreesForEveryOutputAndLossThatFit) {
    constexpr std::uint64_t kSeeds = 4;
    int pairs = 0;
    for (const auto& [output, output_name] : ChoiceTable<Output>::entries) {
        for (const auto& [loss, loss_name] : ChoiceTable<Loss>::entries) {
            try {
                check_pair(output, {loss});
            } catch (const Error&) {
                continue;
            }
            ++pairs;
            for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
                SCOPED_TRACE(fmt::format("{} + {}, seed {}", output_name, loss_name, seed));
                Problem problem = draw_problem(GetParam(), output, loss, seed);
                expect_gradient(problem);
            }
        }
    }
    EXPECT_EQ(pairs, 5 * 5 + 3 + 2 + 3 + 1 + 1)
        << "five losses with every output, five that take a logarithm";
}

TEST_P(FiniteDifference, AgreesBelowAnEmbeddingAndAScaleOfTheInputs) {
    constexpr std::uint64_t kSeeds = 12;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Problem problem =
            draw_problem(GetParam(), Output::softmax, Loss::cross_entropy, seed, {.input_stage = true});
        expect_gradient(problem);
    }
}

TEST_P(FiniteDifference, AgreesForEveryMemberOfAnEnsemble) {
    constexpr std::uint64_t kSeeds = 6;
    for (const Adapters adapters : {Adapters::all, Adapters::first})
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            SCOPED_TRACE(fmt::format("adapters {}, seed {}", name_of(adapters), seed));
            const Extras extras{.input_stage = seed % 2 == 0, .members = {2 + seed % 3, adapters}};
            Problem problem = draw_problem(GetParam(), Output::linear, Loss::squared_error, seed, extras);
            expect_gradient(problem);
        }
}

TEST_P(FiniteDifference, AgreesWhereNeuronsLearnToBend) {
    constexpr std::uint64_t kSeeds = 6;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        const Extras extras{.members = {seed % 2 == 0 ? 3u : 1u, Adapters::all}, .parametric = true};
        Problem problem = draw_problem(GetParam(), Output::linear, Loss::squared_error, seed, extras);
        expect_gradient(problem);
    }
}

std::vector<Activation> all_activations() {
    std::vector<Activation> all;
    for (const auto& entry : ChoiceTable<Activation>::entries) all.push_back(entry.first);
    return all;
}

INSTANTIATE_TEST_SUITE_P(EveryActivation, FiniteDifference, testing::ValuesIn(all_activations()),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace thalweg::test
