#include "model/presets.h"

#include <gtest/gtest.h>

#include "model/defaults.h"
#include "model/tables.h"
#include "support/expect_error.h"
#include "thalweg/thalweg.hpp"

namespace thalweg {
namespace {

using test::expect_error;
using testing::real_table;

DataFacts facts_of(std::size_t rows, std::size_t numbers) {
    DataFacts facts{.training_rows = rows, .validation_rows = rows / 4, .inputs = numbers + 2, .outputs = 1};
    for (std::size_t j = 0; j < numbers; ++j) {
        facts.numbers.push_back(j);
        facts.edges.push_back({-1.0F, 0.0F, 1.0F});
    }
    return facts;
}

Choices chosen_by(const TrainOptions& options, const DataFacts& facts) {
    return choose(with_recipe(options, Task::regression), facts, {});
}

TrainOptions of_preset(Preset preset) {
    TrainOptions options;
    options.preset = preset;
    return options;
}

TEST(Presets, TabmIsTheRecipeOfItsAuthors) {
    for (const Preset preset : {Preset::tabm, Preset::tabm_mini}) {
        const TrainOptions options = with_recipe(of_preset(preset), Task::regression);
        EXPECT_EQ(options.scaling, Scaling::quantile);
        EXPECT_EQ(options.bins, 48U);
        EXPECT_EQ(choose_validation_share(options), 0.2);
        const auto [shape, frequency_scale, fit, initialisation] = choose(options, facts_of(13000, 3), {});
        EXPECT_EQ(initialisation, Initialisation::standard);
        EXPECT_EQ(shape.widths, (std::vector<std::size_t>{5, 512, 512, 1}));
        EXPECT_EQ(shape.activation, Activation::relu);
        EXPECT_EQ(shape.piecewise.inputs.size(), 3U);
        EXPECT_EQ(shape.piecewise.outputs, 16U);
        EXPECT_FALSE(shape.input_scale);
        EXPECT_EQ(shape.members.count, 32U);
        EXPECT_EQ(shape.members.adapters, preset == Preset::tabm ? Adapters::all : Adapters::first);
        EXPECT_EQ(fit.member_batches, MemberBatches::own);
        EXPECT_EQ(fit.loss.label_smoothing, 0.0);
        EXPECT_EQ(fit.optimizer.kind, OptimizerKind::adamw);
        EXPECT_EQ(fit.optimizer.weight_decay, 3e-4);
        EXPECT_EQ(fit.optimizer.beta1, 0.9);
        EXPECT_EQ(fit.optimizer.beta2, 0.999);
        EXPECT_EQ(fit.schedule.kind, ScheduleKind::constant);
        EXPECT_EQ(fit.schedule.learning_rate, 2e-3);
        EXPECT_EQ(fit.schedule.warmup, 0.0);
        EXPECT_EQ(fit.rates.fan_in, 0U);
        EXPECT_EQ(fit.rates.embedding, 1.0);
        EXPECT_EQ(fit.clip_norm, 1.0);
        EXPECT_EQ(fit.dropout, 0.1);
        EXPECT_EQ(fit.dropout_schedule, ScheduleKind::constant);
        EXPECT_EQ(fit.patience, 17U);
        EXPECT_EQ(fit.epochs, 1000U);
        EXPECT_EQ(fit.iterations, 0U);
        EXPECT_EQ(fit.batch_size, 256U);
    }
}

TEST(Presets, TabmHasAThirdLayerWhereNoNumberIsEmbedded) {
    const std::vector<std::size_t> three = {2, 512, 512, 512, 1};
    EXPECT_EQ(chosen_by(of_preset(Preset::tabm), facts_of(500, 0)).shape.widths, three);
    TrainOptions options = of_preset(Preset::tabm_mini);
    options.embedding = Embedding::none;
    EXPECT_EQ(chosen_by(options, facts_of(500, 1)).shape.widths.size(), three.size());
}

TEST(Presets, BatchesOfTabmGrowWithTheRows) {
    const auto batch_of = [](std::size_t rows) {
        return chosen_by(of_preset(Preset::tabm), facts_of(rows, 1)).fit.batch_size;
    };
    EXPECT_EQ(batch_of(2799), 32U);
    EXPECT_EQ(batch_of(2800), 64U);
    EXPECT_EQ(batch_of(6399), 128U);
    EXPECT_EQ(batch_of(31999), 256U);
    EXPECT_EQ(batch_of(32000), 512U);
    EXPECT_EQ(batch_of(108000), 1024U);
}

TEST(Presets, WhatIsSaidWinsOverTheRecipe) {
    TrainOptions options = of_preset(Preset::tabm);
    options.members = 8;
    options.hidden = {64};
    options.scaling = Scaling::standard;
    options.learning_rate = 0.5;
    options.clip_norm = 0.0;
    options.validation = 0.4;
    options.batch_size = 100;
    const TrainOptions filled = with_recipe(options, Task::regression);
    EXPECT_EQ(filled.scaling, Scaling::standard);
    EXPECT_EQ(filled.validation, 0.4);
    const Choices chosen = choose(filled, facts_of(5000, 2), {});
    EXPECT_EQ(chosen.shape.members.count, 8U);
    EXPECT_EQ(chosen.shape.widths[1], 64U);
    EXPECT_EQ(chosen.fit.schedule.learning_rate, 0.5);
    EXPECT_EQ(chosen.fit.clip_norm, 0.0);
    EXPECT_EQ(chosen.fit.batch_size, 100U);
}

TEST(Presets, OptionsThatARecipeCannotHaveAreRefusedWithBothNames) {
    const auto refused = [](Preset preset, const std::string& flag, const auto& change) {
        TrainOptions options = of_preset(preset);
        change(options);
        for (const std::string& part : {"--preset " + std::string(name_of(preset)), flag})
            expect_error(ErrorKind::usage, part, [&] { with_recipe(options, Task::regression); });
    };
    refused(Preset::tabm, "--members 1", [](TrainOptions& o) { o.members = 1; });
    refused(Preset::tabm, "--preset tabm-mini", [](TrainOptions& o) { o.adapters = Adapters::first; });
    refused(Preset::tabm_mini, "--adapters all", [](TrainOptions& o) { o.adapters = Adapters::all; });
    refused(Preset::tabm, "--hidden none", [](TrainOptions& o) { o.hidden = std::vector<std::size_t>{}; });
    refused(Preset::tabm, "--monotone", [](TrainOptions& o) { o.monotone = {"a:+"}; });
    refused(Preset::tabm_mini, "lbfgs", [](TrainOptions& o) { o.optimizer = OptimizerKind::lbfgs; });
    refused(Preset::tabm, "or give --epochs", [](TrainOptions& o) { o.validation = 0.0; });
}

TEST(Presets, TabmTrainsToAModelThatComesBackAndPredictsTheSame) {
    TrainOptions options = of_preset(Preset::tabm);
    options.target = {"y"};
    options.hidden = {16};
    options.members = 4;
    options.epochs = 3;
    const Table table = real_table(200);
    const Training training = train(table, options);
    EXPECT_EQ(training.networks.size(), 1U) << "no folds unless they are asked for";
    EXPECT_EQ(training.validation_rows, 40U);
    const std::string path = ::testing::TempDir() + "tabm.safetensors";
    training.model.save(path);
    const Model again = Model::load(path);
    EXPECT_EQ(again.training().at("preset"), "tabm");
    EXPECT_EQ(again.training().at("scaling"), "quantile");
    EXPECT_EQ(again.training().at("clip-norm"), "1");
    const Predictions expected = training.model.predict(table), predictions = again.predict(table);
    for (std::size_t row = 0; row < table.rows(); ++row)
        ASSERT_EQ(predictions.values(row, 0), expected.values(row, 0));
}

}  // namespace
}  // namespace thalweg
