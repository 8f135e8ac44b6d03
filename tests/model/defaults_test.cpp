#include "model/defaults.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

constexpr DataFacts kFacts{.training_rows = 850, .validation_rows = 150, .inputs = 10, .outputs = 1};

TEST(Defaults, ThePlainPresetIsTheTextbook) {
    TrainOptions options;
    options.preset = Preset::plain;
    const Choices chosen = choose(options, kFacts, {});
    EXPECT_EQ(chosen.shape.widths.size(), 3U);
    EXPECT_EQ(chosen.shape.activation, Activation::logistic);
    EXPECT_EQ(chosen.fit.optimizer.kind, OptimizerKind::gd);
    EXPECT_EQ(chosen.fit.optimizer.weight_decay, 0.0);
    EXPECT_EQ(chosen.fit.schedule.kind, ScheduleKind::constant);
    EXPECT_EQ(chosen.fit.schedule.warmup, 0.0);
    EXPECT_EQ(chosen.fit.batch_size, kFacts.training_rows);
    EXPECT_EQ(chosen.fit.iterations, 1000U);
    EXPECT_EQ(chosen.fit.epochs, 1000U);
    EXPECT_EQ(chosen.fit.patience, 0U);
    EXPECT_EQ(chosen.fit.dropout, 0.0);
    EXPECT_FALSE(chosen.fit.shuffle);
    EXPECT_EQ(choose_validation_share(options), 0.0);
}

TEST(Defaults, WhatIsAskedForIsTaken) {
    for (const Preset preset : {Preset::automatic, Preset::plain}) {
        TrainOptions options;
        options.preset = preset;
        options.hidden = {7, 5};
        options.activation = Activation::mish;
        options.optimizer = OptimizerKind::rmsprop;
        options.learning_rate = 0.125;
        options.momentum = 0.25;
        options.epsilon = 1e-3;
        options.weight_decay = 0.5;
        options.l1 = 0.75;
        options.beta1 = 0.5;
        options.beta2 = 0.625;
        options.nesterov = true;
        options.dropout = 0.375;
        options.clip_norm = 3.0;
        options.schedule = ScheduleKind::step;
        options.warmup = 0.0625;
        options.batch_size = 13;
        options.epochs = 17;
        options.iterations = 19;
        options.patience = 23;
        options.time_limit = 29.0;
        options.seed = 31;
        options.threads = 3;
        options.validation = 0.4;
        const Choices chosen = choose(options, kFacts, {});
        EXPECT_EQ(chosen.shape.widths, (std::vector<std::size_t>{10, 7, 5, 1}));
        EXPECT_EQ(chosen.shape.activation, Activation::mish);
        EXPECT_EQ(chosen.fit.optimizer.kind, OptimizerKind::rmsprop);
        EXPECT_EQ(chosen.fit.schedule.learning_rate, 0.125);
        EXPECT_EQ(chosen.fit.optimizer.momentum, 0.25);
        EXPECT_EQ(chosen.fit.optimizer.epsilon, 1e-3);
        EXPECT_EQ(chosen.fit.optimizer.weight_decay, 0.5);
        EXPECT_EQ(chosen.fit.optimizer.l1, 0.75);
        EXPECT_EQ(chosen.fit.optimizer.beta1, 0.5);
        EXPECT_EQ(chosen.fit.optimizer.beta2, 0.625);
        EXPECT_TRUE(chosen.fit.optimizer.nesterov);
        EXPECT_EQ(chosen.fit.dropout, 0.375);
        EXPECT_EQ(chosen.fit.clip_norm, 3.0);
        EXPECT_EQ(chosen.fit.schedule.kind, ScheduleKind::step);
        EXPECT_EQ(chosen.fit.schedule.warmup, 0.0625);
        EXPECT_EQ(chosen.fit.batch_size, 13U);
        EXPECT_EQ(chosen.fit.epochs, 17U);
        EXPECT_EQ(chosen.fit.iterations, 19U);
        EXPECT_EQ(chosen.fit.patience, 23U);
        EXPECT_EQ(chosen.fit.time_limit, 29.0);
        EXPECT_EQ(chosen.fit.seed, 31U);
        EXPECT_EQ(chosen.fit.threads, 3);
        EXPECT_EQ(choose_validation_share(options), 0.4);
    }
}

TEST(Defaults, WhatWasFilledInChoosesTheSameAgain) {
    const TrainOptions options;
    const Choices chosen = choose(options, kFacts, {});
    const TrainOptions record = filled(options, chosen);
    const Choices again = choose(record, kFacts, {});
    EXPECT_EQ(again.shape.widths, chosen.shape.widths);
    EXPECT_EQ(again.fit.batch_size, chosen.fit.batch_size);
    EXPECT_EQ(again.fit.epochs, chosen.fit.epochs);
    EXPECT_EQ(again.fit.patience, chosen.fit.patience);
    EXPECT_EQ(again.fit.dropout, chosen.fit.dropout);
    EXPECT_EQ(again.fit.optimizer.weight_decay, chosen.fit.optimizer.weight_decay);
    EXPECT_EQ(again.fit.schedule.learning_rate, chosen.fit.schedule.learning_rate);
}

TEST(Defaults, MoreRowsGiveWiderBatchesAndFewerPasses) {
    const auto with_rows = [](std::size_t rows) {
        DataFacts facts = kFacts;
        facts.training_rows = rows;
        return choose({}, facts, {}).fit;
    };
    EXPECT_LE(with_rows(100).batch_size, with_rows(10'000).batch_size);
    EXPECT_LT(with_rows(10'000).batch_size, with_rows(1'000'000).batch_size);
    EXPECT_GE(with_rows(100).epochs, with_rows(100'000).epochs);
    EXPECT_GT(with_rows(100'000).epochs, with_rows(3'000'000).epochs);
    EXPECT_GE(with_rows(3'000'000).epochs, 1U);
}

TEST(Defaults, IterationsAreReachedWhateverTheBatchIs) {
    TrainOptions options;
    options.iterations = 5000;
    options.batch_size = 100;
    const FitOptions fit = choose(options, kFacts, {}).fit;
    EXPECT_GE(fit.epochs * 9, 5000U);  // 850 rows in batches of 100
    EXPECT_LT((fit.epochs - 1) * 9, 5000U);
}

DataFacts with_numbers(std::size_t rows, std::size_t numbers) {
    DataFacts facts = kFacts;
    facts.training_rows = rows;
    facts.inputs = numbers + 2;
    for (std::size_t input = 1; input <= numbers; ++input) facts.numbers.push_back(input);
    return facts;
}

TEST(Defaults, NumbersAreEmbeddedWhereThereAreRowsEnoughAndNotTooManyNumbers) {
    const DataFacts facts = with_numbers(5000, 8);
    const Choices chosen = choose({}, facts, {});
    EXPECT_EQ(chosen.shape.periodic.inputs, facts.numbers);
    EXPECT_TRUE(chosen.shape.input_scale);
    EXPECT_EQ(chosen.fit.schedule.kind, ScheduleKind::coslog4);
    EXPECT_EQ(chosen.fit.dropout_schedule, ScheduleKind::flat_cos);
    EXPECT_EQ(chosen.fit.weight_decay_schedule, ScheduleKind::flat_cos);
    EXPECT_GT(chosen.fit.rates.input_scale, 1.0);
    for (const DataFacts& other : {with_numbers(500, 8), with_numbers(5000, 784), with_numbers(5000, 0)})
        EXPECT_TRUE(choose({}, other, {}).shape.periodic.inputs.empty());
}

TEST(Defaults, WhatIsSaidOfTheInputsIsTaken) {
    TrainOptions options;
    options.embedding = Embedding::none;
    options.input_scale = false;
    EXPECT_FALSE(choose(options, with_numbers(5000, 8), {}).shape.has_input_stage());
    options.embedding = Embedding::periodic;
    EXPECT_EQ(choose(options, with_numbers(500, 3), {}).shape.periodic.inputs.size(), 3U);
    options.preset = Preset::plain;
    EXPECT_EQ(choose(options, with_numbers(500, 3), {}).shape.periodic.inputs.size(), 3U);
}

TEST(Defaults, OnlyNumbersOfMoreValuesThanOneAreEmbeddedInBins) {
    TrainOptions options;
    options.embedding = Embedding::piecewise;
    DataFacts facts = with_numbers(5000, 3);
    facts.edges = {{0.0f, 1.0f, 2.0f}, {7.0f}, {-1.0f, 1.0f}};
    const NetworkShape shape = choose(options, facts, {}).shape;
    EXPECT_EQ(shape.piecewise.inputs, (std::vector<std::size_t>{1, 3}));
    EXPECT_EQ(shape.piecewise.bins(), 3U);
    EXPECT_EQ(shape.kept_inputs(), (std::vector<std::size_t>{0, 2, 4}));
    EXPECT_EQ(shape.fan_in(1), 3U + 2 * 16U);
    EXPECT_TRUE(shape.periodic.inputs.empty());
    EXPECT_FALSE(shape.input_scale);
}

TEST(Defaults, MembersCostPassesOverTheRows) {
    const DataFacts facts = with_numbers(50000, 8);
    TrainOptions options;
    EXPECT_FALSE(choose(options, facts, {}).shape.is_ensemble());
    options.members = 32;
    options.adapters = Adapters::first;
    const Choices chosen = choose(options, facts, {});
    EXPECT_EQ(chosen.shape.members.count, 32U);
    EXPECT_EQ(chosen.shape.members.adapters, Adapters::first);
    EXPECT_LT(chosen.fit.epochs, choose({}, facts, {}).fit.epochs / 4);
}

/// Their constants would carry such factors away, or take no notice of them.
TEST(Defaults, RulesWithOneRateForAllHaveNeitherEmbeddingNorFactors) {
    for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::gd, OptimizerKind::lbfgs}) {
        TrainOptions options;
        options.optimizer = kind;
        const Choices chosen = choose(options, with_numbers(5000, 8), {});
        EXPECT_FALSE(chosen.shape.has_input_stage()) << name_of(kind);
        EXPECT_EQ(chosen.fit.rates.input_scale, 1.0) << name_of(kind);
        EXPECT_EQ(chosen.fit.rates.fan_in, 0U) << name_of(kind);
    }
}

TEST(Defaults, OneRateIsOneRate) {
    TrainOptions options;
    options.one_rate = true;
    const RateFactors rates = choose(options, with_numbers(5000, 8), {}).fit.rates;
    EXPECT_EQ(rates.input_scale, 1.0);
    EXPECT_EQ(rates.embedding, 1.0);
    EXPECT_EQ(rates.biases, 1.0);
    EXPECT_EQ(rates.fan_in, 0U);
}

TEST(Defaults, WithoutValidationNothingStopsEarly) {
    DataFacts facts = kFacts;
    facts.validation_rows = 0;
    EXPECT_EQ(choose({}, facts, {}).fit.patience, 0U);
    EXPECT_GT(choose({}, kFacts, {}).fit.patience, 0U);
}

TEST(Defaults, RulesForAllRowsTakeAllRows) {
    for (const OptimizerKind kind : {OptimizerKind::gd, OptimizerKind::rprop, OptimizerKind::lbfgs}) {
        TrainOptions options;
        options.optimizer = kind;
        const FitOptions fit = choose(options, kFacts, {}).fit;
        EXPECT_EQ(fit.batch_size, kFacts.training_rows) << name_of(kind);
        EXPECT_EQ(fit.dropout, 0.0) << name_of(kind);
    }
}

TEST(ChooseNetworks, AreSeveralWhereNothingIsSaidOfNetworks) {
    TrainOptions open;
    open.target = {"y"};
    open.loss = Loss::huber;
    open.time_limit = 10.0;
    EXPECT_EQ(choose_networks(open, 500, false), (NetworkCounts{4, 5, true, false}));
    EXPECT_EQ(choose_networks(open, 750, false), (NetworkCounts{2, 5, true, true}));
    for (const std::size_t rows : {20, 1'000'000}) EXPECT_EQ(choose_networks(open, rows, false).folds, 1U);
    EXPECT_EQ(choose_networks(open, 500, true).folds, 1U) << "there is a validation table";
}

TEST(ChooseNetworks, IsOneForWhoSaysSomethingOfIt) {
    const auto folds_with = [](const auto& say) {
        TrainOptions options;
        say(options);
        return choose_networks(options, 500, false).folds;
    };
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.hidden = {16}; }), 1U);
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.epochs = 3; }), 1U);
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.validation = 0.3; }), 1U);
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.preset = Preset::plain; }), 1U);
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.ensemble = 2; }), 1U);
    EXPECT_EQ(folds_with([](TrainOptions& options) { options.seed = 2; }), 5U);
}

TEST(ChooseNetworks, OfAFoldAreTwoWhereNumbersHaveTwoKindsAndEachHasTime) {
    const NetworkCounts few{4, 5, true, false}, some{2, 5, true, true};
    const auto suited_to = [](const NetworkCounts& counts, std::size_t rows, std::size_t numbers) {
        DataFacts facts = with_numbers(rows, numbers);
        facts.networks = counts.ensemble * counts.folds;
        return suited(counts, {}, facts, {});
    };
    EXPECT_EQ(suited_to(few, 500, 3), few);
    EXPECT_EQ(suited_to(some, 2000, 3), some);
    EXPECT_EQ(suited_to(some, 40'000, 3), (NetworkCounts{1, 5, true, false}));
    for (const std::size_t numbers : {0, 51}) {
        EXPECT_EQ(suited_to(few, 500, numbers), (NetworkCounts{4, 5, false, false}));
        EXPECT_EQ(suited_to(some, 2000, numbers), (NetworkCounts{1, 5, false, false}));
    }
}

TEST(ChooseKinds, AreOneInBinsAndOneOfTheDefault) {
    const auto kinds_of = [](std::size_t rows, std::size_t numbers, bool mixed) {
        DataFacts facts = with_numbers(rows, numbers);
        facts.edges.assign(numbers, {0.0F, 1.0F, 2.0F});
        return choose_kinds({}, facts, {}, mixed);
    };
    const std::vector<Choices> few = kinds_of(500, 3, true), many = kinds_of(5000, 3, true);
    ASSERT_EQ(few.size(), 2U);
    ASSERT_EQ(many.size(), 2U);
    EXPECT_FALSE(few[0].shape.embeds_numbers());
    EXPECT_EQ(many[0].shape.periodic.inputs.size(), 3U);
    EXPECT_EQ(few[1].shape.piecewise.inputs.size(), 3U);
    EXPECT_EQ(many[1].shape.piecewise.inputs.size(), 3U);
    EXPECT_TRUE(many[1].shape.periodic.inputs.empty());
    EXPECT_EQ(kinds_of(5000, 3, false).size(), 1U);
    for (const std::size_t numbers : {0, 51})
        EXPECT_EQ(kinds_of(500, numbers, true).size(), 1U) << numbers << " numbers";
}

}  // namespace
}  // namespace thalweg
