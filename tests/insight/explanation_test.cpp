#include "insight/explanation.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "insight/explanation_json.h"
#include "insight/explanation_text.h"
#include "insight/plain_network.h"
#include "insight/weight_story.h"
#include "model/small_model.h"
#include "network/output.h"
#include "support/expect_error.h"
#include "support/random_examples.h"

namespace thalweg::testing {
namespace {

/// Two ways to the same number in double.
constexpr double kRounding = 1e-11;
/// Of a central difference, relative to the largest gradient.
constexpr double kDifference = 1e-7;

Table houses() {
    return Table({number_column("rooms", {3.0, 0.5}), text_column("city", {"Roma", "Oslo"}),
                  number_column("price", {1e9, 1e9 + 20000.0})},
                 "houses.csv");
}

TEST(Explanation, OfTheTheoryHasTheNumbersThatOneFindsByHand) {
    const Explanation theory = explain_theory();
    // a_1 = W_1 x with W_1 = [.1 -.2 .3; -.4 .5 -.6; .7 -.8 .9] and x = [1 -2 .5].
    const double a_1[] = {0.1 + 0.4 + 0.15, -0.4 - 1.0 - 0.3, 0.7 + 1.6 + 0.45};
    for (std::size_t j = 0; j < 3; ++j) {
        EXPECT_NEAR(theory.trace.pre_activations[0](0, j), a_1[j], kRounding);
        EXPECT_NEAR(theory.trace.activations[1](0, j), 1.0 / (1.0 + std::exp(-a_1[j])), kRounding);
    }
    const std::span<const double> y_hat = theory.trace.y_hat().row(0);
    EXPECT_NEAR(theory.gradient->loss, -std::log(y_hat[1]), kRounding);
    EXPECT_NEAR(theory.gradient->pre_activations[2](0, 0), y_hat[0], kRounding);
    EXPECT_NEAR(theory.gradient->pre_activations[2](0, 1), y_hat[1] - 1.0, kRounding);
    EXPECT_NEAR(theory.grad_y_hat[1], -1.0 / y_hat[1], kRounding);
}

TEST(Explanation, OfARowHasItsCellsInputsAndPrediction) {
    const Model model = small_model();
    const Table table = houses();
    const Explanation explanation = explain(model, table, 0, 1);
    ASSERT_EQ(explanation.cells.size(), 2U);
    EXPECT_EQ(explanation.cells[1].column, "city");
    EXPECT_EQ(explanation.cells[1].text, "Roma");
    EXPECT_EQ(explanation.cells[1].first_input, 1U);
    EXPECT_EQ(explanation.cells[1].inputs, 3U);
    EXPECT_EQ(explanation.label, "price = 1000000000");
    const double predicted = model.predict(table).values(0, 0);
    EXPECT_NEAR(explanation.predictions[0].value, predicted, 1e-9 * predicted) << "float32 rounds";
}

TEST(Explanation, WithoutATargetGoesForwardOnly) {
    const Model model = small_model();
    const Table unlabelled({number_column("rooms", {3.0}), text_column("city", {"Roma"})}, "new.csv");
    const Explanation explanation = explain(model, unlabelled, 0, 1);
    EXPECT_FALSE(explanation.gradient);
    EXPECT_EQ(explanation.trace.y_hat()(0, 0), explain(model, houses(), 0, 1).trace.y_hat()(0, 0));
    EXPECT_FALSE(to_json(explanation).contains("loss"));
    EXPECT_NE(explanation_text(explanation, false).find("the row has no target"), std::string::npos);
    test::expect_error(ErrorKind::usage, "needs the row's target", [&] {
        tell_weight(explanation, {1, 1, 1});
    });
}

TEST(Explanation, OfARowOrANetworkThatIsNotThereTellsHowManyThereAre) {
    test::expect_error(ErrorKind::usage, "houses.csv has 2 rows",
                       [] { explain(small_model(), houses(), 2, 1); });
    test::expect_error(ErrorKind::usage, "the model has 1 network",
                       [] { explain(small_model(), houses(), 0, 2); });
}

/// An explanation of a random example by a random network.
Explanation random_explanation(const NetworkShape& shape, const LossFunction& loss, std::uint64_t seed) {
    test::Draws draws(seed);
    Explanation explanation;
    Network<float> network(shape);
    test::fill_normal<float>(network.theta(), 0.7, draws);
    const test::Examples<double> drawn = test::draw_examples<double>(shape, loss.loss, 1, false, draws);
    PlainExamples example{drawn.inputs, drawn.values, drawn.classes};
    return explain_example(in_double(network), loss, std::move(example));
}

TEST(Explanation, GradientAtYHatGoesThroughTheOutputToThatAtTheLogitsForEveryPair) {
    int pairs = 0;
    for (const auto& [output, output_name] : ChoiceTable<Output>::entries)
        for (const auto& [loss, loss_name] : ChoiceTable<Loss>::entries) {
            LossFunction function{loss, 0.7, 0.3};
            try {
                check_pair(output, function);
            } catch (const Error&) {
                continue;
            }
            ++pairs;
            SCOPED_TRACE(fmt::format("{} + {}", output_name, loss_name));
            if (loss == Loss::cross_entropy || loss == Loss::binary_cross_entropy)
                function.label_smoothing = 0.1;
            const Explanation e = random_explanation({{3, 4, 3}, Activation::tanh, output}, function, 7);
            std::vector<double> gradient = e.grad_y_hat;
            back_through_output(output, e.trace.logits().row(0), e.trace.y_hat().row(0), gradient);
            const Matrix<double>& grad_logits = e.gradient->pre_activations.back();
            for (std::size_t j = 0; j < gradient.size(); ++j)
                EXPECT_NEAR(gradient[j], grad_logits(0, j), 1e-9 * std::max(1.0, std::abs(gradient[j]))) << j;
        }
    EXPECT_EQ(pairs, 35);
}

TEST(Explanation, GradientsOfActivationsAreThoseOfPreActivationsBeforeGPrime) {
    const Explanation e =
        random_explanation({{3, 4, 5, 2}, Activation::mish, Output::softmax}, {Loss::cross_entropy}, 3);
    for (std::size_t i = 1; i < e.layers(); ++i)
        for (std::size_t j = 0; j < e.shape().widths[i]; ++j)
            EXPECT_NEAR(e.gradient->pre_activations[i - 1](0, j),
                        e.grad_activations[i](0, j) *
                            activation_derivative(Activation::mish, e.trace.pre_activations[i - 1](0, j)),
                        kRounding);
}

void expect_story(const Explanation& e, const WeightPlace& place) {
    SCOPED_TRACE(fmt::format("{},{},{}", place.layer, place.p, place.q));
    const WeightStory story = tell_weight(e, place);
    EXPECT_NEAR(story.difference, story.gradient, kDifference);
    EXPECT_NEAR(story.grad_a * story.input, story.gradient, kRounding);
    double sum = 0.0;
    for (const WeightPath& path : story.paths) sum += path.product;
    EXPECT_NEAR(sum, story.gradient, kRounding);
    EXPECT_EQ(static_cast<double>(story.paths.size()), story.path_count);
    double of_terms = 0.0;
    for (const WeightTerm& term : story.terms) of_terms += term.product();
    if (place.layer == e.layers()) return;
    EXPECT_NEAR(of_terms, e.grad_activations[place.layer](0, place.p - 1), kRounding);
}

TEST(WeightStory, OfEveryWeightAndBiasIsTheSumOverItsPathsAndTheDifference) {
    const Explanation e =
        random_explanation({{2, 3, 4, 3}, Activation::tanh, Output::softmax}, {Loss::cross_entropy}, 5);
    for (std::size_t layer = 1; layer <= e.layers(); ++layer)
        for (std::size_t p = 1; p <= e.shape().widths[layer]; ++p)
            for (std::size_t q = 0; q <= e.shape().fan_in(layer); ++q) expect_story(e, {layer, p, q});
    EXPECT_EQ(tell_weight(e, {1, 1, 1}).paths.size(), 12U) << "4 neurons above, 3 outputs";
}

TEST(WeightStory, OfALargeNetworkTellsTheSumInsteadOfThePaths) {
    const Explanation e =
        random_explanation({{2, 3, 30, 3}, Activation::tanh, Output::softmax}, {Loss::cross_entropy}, 5);
    const WeightStory story = tell_weight(e, {1, 2, 1});
    EXPECT_EQ(story.path_count, 90.0);
    EXPECT_TRUE(story.paths.empty());
    EXPECT_EQ(story.terms.size(), 30U);
    EXPECT_NE(weight_text(e, story).find("90 paths lead from the loss to it, too many to tell each"),
              std::string::npos);
}

TEST(WeightStory, OfAWeightThatIsNotThereTellsTheShape) {
    const Explanation theory = explain_theory();
    test::expect_error(ErrorKind::usage, "layers 1 to 3", [&] { tell_weight(theory, {4, 1, 1}); });
    test::expect_error(ErrorKind::usage, "layers 1 to 3", [&] { tell_weight(theory, {0, 1, 1}); });
    test::expect_error(ErrorKind::usage, "W_3 is 2 x 3", [&] { tell_weight(theory, {3, 3, 1}); });
    test::expect_error(ErrorKind::usage, "W_3 is 2 x 3", [&] { tell_weight(theory, {3, 1, 4}); });
    for (const char* text : {"", "1", "1,2", "1,2,3,4", "1,2,x", "-1,2,3", "1,2,3 "})
        test::expect_error(ErrorKind::usage, "as in 2,1,3", [&] { parse_weight_place(text); });
    EXPECT_EQ(parse_weight_place("12,3,0").layer, 12U);
}

TEST(PlainNetwork, OfEachMemberGivesWhatTheMemberGivesInTheEnsemble) {
    for (const Adapters adapters : {Adapters::all, Adapters::first}) {
        NetworkShape shape{{3, 4, 5, 2}, Activation::tanh, Output::softmax};
        shape.input_scale = true;
        shape.members = {3, adapters};
        Network<float> ensemble(shape);
        test::Draws draws(9);
        test::fill_normal<float>(ensemble.theta(), 0.8, draws);
        const Matrix<double> rows = test::normal_matrix<double>(3, 3, draws);
        const Matrix<double> together = forward_propagation<double>(in_double(ensemble), rows).y_hat();
        for (std::size_t m = 0; m < 3; ++m) {
            const Matrix<double> alone = forward_propagation<double>(member_alone(ensemble, m), rows).y_hat();
            for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(alone(m, j), together(m, j), kRounding);
        }
    }
}

TEST(Explanation, InJsonHasEveryNumberOfTheNetworkAndItsGradient) {
    const Explanation theory = explain_theory();
    const nlohmann::ordered_json json = to_json(theory);
    ASSERT_EQ(json["layers"].size(), 3U);
    std::vector<double> theta, gradient;
    for (const auto& layer : json["layers"])
        for (const char* name : {"weights", "bias"}) {
            const auto flat = [](const nlohmann::ordered_json& part, std::vector<double>& into) {
                for (const auto& number : part.flatten()) into.push_back(number);
            };
            flat(layer[name], theta);
            flat(layer[std::string("grad_") + name], gradient);
        }
    EXPECT_TRUE(std::ranges::equal(theta, theory.network.theta()));
    EXPECT_TRUE(std::ranges::equal(gradient, theory.gradient->theta()));
    EXPECT_EQ(json["loss"], theory.gradient->loss);
}

}  // namespace
}  // namespace thalweg::testing
