#include "insight/diagnosis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "insight/constant_loss.h"
#include "insight/examples.h"
#include "insight/layer_health.h"
#include "support/random_examples.h"
#include "thalweg/train.hpp"

namespace thalweg::testing {
namespace {

/// What is said of a training, in one text.
std::string told(const std::vector<Diagnosis>& notes) {
    std::string text;
    for (const Diagnosis& note : notes) text += note.text + "\n";
    return text;
}

bool says(const std::vector<Diagnosis>& notes, const std::string& words) {
    return told(notes).find(words) != std::string::npos;
}

/// Losses of epochs from 1 on, with those on validation rows where they are given.
std::vector<EpochReport> history(const std::vector<double>& losses,
                                 const std::vector<double>& validation = {}) {
    std::vector<EpochReport> reports;
    for (std::size_t i = 0; i < losses.size(); ++i) {
        EpochReport& report = reports.emplace_back();
        report.epoch = i + 1;
        report.loss = losses[i];
        report.learning_rate = 0.1;
        if (i < validation.size()) report.validation_loss = validation[i];
    }
    return reports;
}

const std::vector<double> kFalling = {1.0, 0.6, 0.4, 0.3, 0.25, 0.2};

NetworkShape deep(Activation activation, std::size_t layers, std::size_t width) {
    NetworkShape shape{{3}, activation, Output::softmax};
    shape.widths.insert(shape.widths.end(), layers, width);
    shape.widths.push_back(3);
    return shape;
}

struct Subject {
    Network<float> network;
    PlainExamples examples;
    LossFunction loss{Loss::cross_entropy};

    explicit Subject(const NetworkShape& shape) : network(shape) {
        initialise(network, 5);
        examples = draw_examples(shape, loss, 40, 3);
    }
    std::vector<Diagnosis> notes(const std::vector<EpochReport>& reports = history(kFalling),
                                 std::optional<double> constant = std::log(3.0),
                                 std::size_t training_rows = 10'000) const {
        return diagnose(reports, network, examples, loss, constant, training_rows);
    }
};

TEST(Diagnosis, ThirtyLogisticLayersAreSaidToLetTheGradientVanishAndWhere) {
    const std::vector<Diagnosis> notes = Subject(deep(Activation::logistic, 30, 4)).notes();
    EXPECT_TRUE(says(notes, "the gradient vanishes: from layer 2")) << told(notes);
    EXPECT_TRUE(says(notes, "--activation relu or silu")) << told(notes);
}

TEST(Diagnosis, LargeWeightsInManyLayersMakeTheGradientExplode) {
    Subject subject(deep(Activation::relu, 20, 16));
    for (std::size_t i = 1; i <= 20; ++i)
        for (std::size_t p = 0; p < 16; ++p)
            for (float& weight : subject.network.weights(i).row(p)) weight *= 3.0f;
    EXPECT_TRUE(says(subject.notes(), "the gradient explodes: in layer 1")) << told(subject.notes());
}

TEST(Diagnosis, NeuronsBelowALargeNegativeBiasAreDeadAndTheirLayersNamed) {
    for (const Activation activation : {Activation::relu, Activation::silu, Activation::gelu}) {
        Subject subject(deep(activation, 2, 16));
        std::ranges::fill(subject.network.bias(2), -100.0f);
        EXPECT_TRUE(says(subject.notes(), "100% of the neurons of layer 2 are dead"))
            << told(subject.notes());
    }
}

TEST(Diagnosis, ALargeNegativeBiasIsStillDeadAfterTraining) {
    const NetworkShape shape = deep(Activation::relu, 2, 16);
    const LossFunction loss{Loss::cross_entropy};
    const PlainExamples examples = draw_examples(shape, loss, 200, 3);
    Dataset data;
    data.rows = examples.count();
    data.inputs = shape.inputs();
    data.dense = in_float(examples.inputs);
    data.classes = examples.classes;
    const auto trained = [&](float bias) {
        Network<float> start(shape);
        initialise(start, 5);
        std::ranges::fill(start.bias(2), bias);
        FitOptions options;
        options.epochs = 8;
        options.batch_size = 32;
        options.loss = loss;
        options.optimizer.kind = OptimizerKind::adam;
        const FitResult fitted = fit(std::move(start), data, nullptr, options);
        return diagnose(fitted.history, fitted.network, examples, loss, std::nullopt, 10'000);
    };
    EXPECT_TRUE(says(trained(-20.0f), "100% of the neurons of layer 2 are dead")) << told(trained(-20.0f));
    EXPECT_TRUE(trained(0.0f).empty()) << told(trained(0.0f));
}

TEST(Diagnosis, NeuronsFarFromTheBendAreSaturated) {
    for (const Activation activation : {Activation::logistic, Activation::tanh}) {
        Subject subject(deep(activation, 1, 16));
        std::ranges::fill(subject.network.bias(1), 100.0f);
        EXPECT_TRUE(says(subject.notes(), "100% of the neurons of layer 1 are saturated"))
            << told(subject.notes());
    }
}

TEST(Diagnosis, ALossIsHeldToWhatAConstantPredictionHas) {
    const Subject subject(deep(Activation::relu, 1, 16));
    const double constant = std::log(3.0);
    EXPECT_TRUE(says(subject.notes(history(std::vector<double>(6, constant))), "the loss does not fall"));
    EXPECT_FALSE(says(subject.notes(history(std::vector<double>(4, constant))), "the loss does not fall"))
        << "four epochs tell nothing";
    EXPECT_TRUE(says(subject.notes(history({1000.0, 90.0, 1.0, 0.9, 0.8})), "the learning rate is too high"));
    EXPECT_TRUE(says(subject.notes(history({0.9, 1.0, 1.4, 2.0, 2.5, 4.0})), "the loss rises"));
    EXPECT_TRUE(subject.notes(history({0.5, 0.5, 0.5, 0.5, 0.5, 0.5})).empty())
        << "learnt in the first epoch, and far below a constant";
}

TEST(Diagnosis, OverfittingIsMuchOrOfMoreNeuronsThanRows) {
    const Subject subject(deep(Activation::relu, 1, 100));
    const std::vector<EpochReport> half_more = history(kFalling, {1.0, 0.6, 0.5, 0.55, 0.6, 0.8});
    EXPECT_TRUE(subject.notes(half_more).empty()) << "the best epoch was kept";
    EXPECT_TRUE(says(subject.notes(half_more, std::log(3.0), 50), "overfitting: from epoch 3 on"));
    EXPECT_TRUE(says(subject.notes(history(kFalling, {1.0, 0.6, 0.5, 0.7, 0.9, 1.2})), "overfitting"));
    EXPECT_TRUE(subject.notes(history(kFalling, kFalling), std::log(3.0), 50).empty());
}

TEST(Diagnosis, IsSilentOnNetworksThatAreWell) {
    for (const auto& [activation, name] : ChoiceTable<Activation>::entries)
        for (const std::size_t layers : {1, 2, 4}) {
            const std::vector<Diagnosis> notes = Subject(deep(activation, layers, 32)).notes();
            EXPECT_TRUE(notes.empty()) << name << ", " << layers << " layers: " << told(notes);
        }
}

TEST(LayerHealth, OfAnEnsembleCountsEachMembersNeurons) {
    NetworkShape shape = deep(Activation::relu, 1, 4);
    shape.members = {2, Adapters::all};
    Network<float> network(shape);
    initialise(network, 1);
    // Of the second member all neurons die.
    std::ranges::fill(network.bias(1).subspan(4), -100.0f);
    const LossFunction loss{Loss::cross_entropy};
    const std::vector<LayerHealth> health = layer_health(network, draw_examples(shape, loss, 50, 2), loss);
    EXPECT_EQ(health[0].dead, 0.5);
    EXPECT_EQ(health[1].dead, 0.0) << "the output has no activation";
}

TEST(ConstantLoss, IsTheEntropyTheVarianceOrTheDistanceFromTheMedian) {
    PlainExamples examples;
    examples.classes = {0, 0, 0, 1};
    const NetworkShape two{{1, 2}, Activation::relu, Output::softmax};
    EXPECT_NEAR(*loss_of_constant(examples, two, {Loss::cross_entropy}),
                -(0.75 * std::log(0.75) + 0.25 * std::log(0.25)), 1e-12);
    examples.classes.clear();
    examples.values = Matrix<double>(4, 1);
    std::ranges::copy(std::vector<double>{1.0, 2.0, 4.0, 9.0}, examples.values.elements().begin());
    const NetworkShape one{{1, 1}, Activation::relu, Output::linear};
    EXPECT_NEAR(*loss_of_constant(examples, one, {Loss::squared_error}), 9.5, 1e-9);
    EXPECT_NEAR(*loss_of_constant(examples, one, {Loss::absolute_error}), (2.0 + 1.0 + 1.0 + 6.0) / 4.0,
                1e-6);
    const NetworkShape counts{{1, 1}, Activation::relu, Output::exponential};
    // e^a - y a at its lowest, where e^a is the mean of 4; the logarithm of y! is left out of the loss.
    EXPECT_NEAR(*loss_of_constant(examples, counts, {Loss::poisson}), 4.0 - 4.0 * std::log(4.0), 1e-9);
    std::ranges::copy(std::vector<double>{1.0, 0.0, 0.0, 0.0}, examples.values.elements().begin());
    const NetworkShape label{{1, 1}, Activation::relu, Output::logistic};
    EXPECT_NEAR(*loss_of_constant(examples, label, {Loss::binary_cross_entropy}),
                -(0.75 * std::log(0.75) + 0.25 * std::log(0.25)), 1e-9);
}

}  // namespace
}  // namespace thalweg::testing
