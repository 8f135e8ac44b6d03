#include "model/presets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "model/defaults.h"
#include "model/model_file.h"
#include "model/tables.h"
#include "support/expect_error.h"

namespace thalweg {
namespace {

using test::expect_error;
using testing::class_table;
using testing::real_table;

const DataFacts kFacts{
    .training_rows = 850, .validation_rows = 150, .inputs = 10, .outputs = 1, .numbers = {0, 1, 2}};

TrainOptions preset(Preset of, Task task) {
    TrainOptions options;
    options.preset = of;
    return with_recipe(options, task);
}

Choices chosen_for(Preset of, Task task, Output output, Loss loss) {
    return choose(preset(of, task), kFacts, {output, {.loss = loss}});
}

/// docs/presets.md, from pytabkit's sklearn/default_params.py.
TEST(RealMlpPreset, RealMlpIsItsRecipe) {
    const Choices real = chosen_for(Preset::realmlp, Task::regression, Output::linear, Loss::squared_error);
    EXPECT_EQ(real.shape.widths, (std::vector<std::size_t>{10, 256, 256, 256, 1}));
    EXPECT_EQ(real.shape.activation, Activation::mish);
    EXPECT_EQ(real.shape.periodic.inputs, kFacts.numbers);
    EXPECT_EQ(real.shape.periodic.frequencies, 16U);
    EXPECT_EQ(real.shape.periodic.outputs, 3U);
    EXPECT_EQ(real.frequency_scale, 0.1);
    EXPECT_TRUE(real.shape.input_scale && real.shape.scales_categories);
    EXPECT_TRUE(real.shape.parametric);
    EXPECT_EQ(real.initialisation, Initialisation::data);
    const FitOptions& fit = real.fit;
    EXPECT_EQ(fit.optimizer.kind, OptimizerKind::adamw);
    EXPECT_EQ(fit.optimizer.beta1, 0.9);
    EXPECT_EQ(fit.optimizer.beta2, 0.95);
    EXPECT_EQ(fit.optimizer.epsilon, 1e-8);
    EXPECT_EQ(fit.optimizer.weight_decay, 0.02);
    EXPECT_EQ(fit.weight_decay_schedule, ScheduleKind::flat_cos);
    EXPECT_EQ(fit.decay_of, DecayOf::all);
    EXPECT_EQ(fit.rates.embedding, 0.1);
    EXPECT_EQ(fit.rates.input_scale, 6.0);
    EXPECT_EQ(fit.rates.biases, 0.1);
    EXPECT_EQ(fit.rates.bends, 0.1);
    EXPECT_EQ(fit.rates.output, 1.0);
    EXPECT_EQ(fit.rates.fan_in, 1U);
    EXPECT_EQ(fit.schedule.kind, ScheduleKind::coslog4);
    EXPECT_EQ(fit.schedule.learning_rate, 0.2);
    EXPECT_EQ(fit.schedule.warmup, 0.0);
    EXPECT_EQ(fit.dropout, 0.15);
    EXPECT_EQ(fit.dropout_schedule, ScheduleKind::flat_cos);
    EXPECT_EQ(fit.loss.label_smoothing, 0.0);
    EXPECT_EQ(fit.batch_size, 256U);
    EXPECT_EQ(fit.epochs, 256U);
    EXPECT_TRUE(fit.whole_batches);
    EXPECT_EQ(fit.keep_by, KeepBy::error);
    EXPECT_EQ(fit.patience, 0U);
    const TrainOptions options = preset(Preset::realmlp, Task::regression);
    EXPECT_EQ(options.clamp, true);
    EXPECT_EQ(options.scaling, Scaling::robust);
    EXPECT_EQ(options.category_coding, CategoryCoding::signed_pairs);
    EXPECT_EQ(options.one_hot_up_to, 9U);
    EXPECT_EQ(options.category_width, 8U);
    EXPECT_EQ(choose_validation_share(options), 0.2);
}

TEST(RealMlpPreset, RealMlpOfClassesHasItsOwnActivationRateAndSmoothing) {
    const Choices two =
        chosen_for(Preset::realmlp, Task::binary, Output::logistic, Loss::binary_cross_entropy);
    EXPECT_EQ(two.shape.activation, Activation::selu);
    EXPECT_EQ(two.fit.schedule.learning_rate, 0.04);
    EXPECT_EQ(two.fit.loss.label_smoothing, 0.1);
    EXPECT_EQ(two.fit.rates.output, 2.0) << "one logit in place of two";
    const Choices many = chosen_for(Preset::realmlp, Task::multiclass, Output::softmax, Loss::cross_entropy);
    EXPECT_EQ(many.fit.rates.output, 1.0);
    EXPECT_EQ(many.fit.loss.label_smoothing, 0.1);
    EXPECT_FALSE(preset(Preset::realmlp, Task::multiclass).clamp);
}

TEST(RealMlpPreset, RealMlpSIsThatWithoutMostOfIt) {
    const Choices real = chosen_for(Preset::realmlp_s, Task::regression, Output::linear, Loss::squared_error);
    EXPECT_TRUE(real.shape.periodic.inputs.empty());
    EXPECT_TRUE(real.shape.input_scale);
    EXPECT_FALSE(real.shape.parametric);
    EXPECT_EQ(real.initialisation, Initialisation::normal);
    EXPECT_EQ(real.fit.schedule.learning_rate, 0.07);
    EXPECT_EQ(real.fit.optimizer.weight_decay, 0.0);
    EXPECT_EQ(real.fit.dropout, 0.0);
    EXPECT_EQ(real.fit.rates.fan_in, 1U);
    EXPECT_EQ(real.fit.optimizer.beta2, 0.95);
    const TrainOptions options = preset(Preset::realmlp_s, Task::regression);
    EXPECT_FALSE(options.clamp);
    EXPECT_FALSE(options.one_hot_up_to) << "every category is one-hot";
}

TEST(RealMlpPreset, AreDefaultsThatAnyOptionOverrides) {
    TrainOptions options;
    options.preset = Preset::realmlp;
    options.hidden = {9};
    options.epochs = 3;
    options.dropout = 0.0;
    options.learning_rate = 0.5;
    options.rates = {"scale=3"};
    options.keep_by = KeepBy::loss;
    options.input_scale = false;
    options.clamp = false;
    const TrainOptions filled = with_recipe(options, Task::regression);
    const Choices chosen = choose(filled, kFacts, {Output::linear, {}});
    EXPECT_EQ(chosen.shape.widths, (std::vector<std::size_t>{10, 9, 1}));
    EXPECT_EQ(chosen.fit.epochs, 3U);
    EXPECT_EQ(chosen.fit.dropout, 0.0);
    EXPECT_EQ(chosen.fit.schedule.learning_rate, 0.5);
    EXPECT_EQ(chosen.fit.rates.input_scale, 3.0);
    EXPECT_EQ(chosen.fit.rates.biases, 0.1);
    EXPECT_EQ(chosen.fit.keep_by, KeepBy::loss);
    EXPECT_FALSE(chosen.shape.input_scale);
    EXPECT_EQ(filled.clamp, false);
    EXPECT_EQ(chosen.fit.batch_size, 256U) << "what nothing is said of stays as the recipe has it";
}

TEST(RealMlpPreset, LeaveOutThePartsThatAreSwitchedOff) {
    TrainOptions options;
    options.preset = Preset::realmlp;
    options.bends = options.drops_rest = options.clamps = false;
    options.parametrisation = Parametrisation::standard;
    options.learning_rate = 0.003;
    const TrainOptions filled = with_recipe(options, Task::regression);
    const Choices chosen = choose(filled, kFacts, {Output::linear, {}});
    EXPECT_FALSE(chosen.shape.parametric);
    EXPECT_FALSE(chosen.fit.whole_batches);
    EXPECT_FALSE(filled.clamp.value_or(false));
    EXPECT_EQ(chosen.fit.rates.fan_in, 0U) << "every weight learns at the rate itself";
    EXPECT_EQ(chosen.fit.schedule.learning_rate, 0.003);
}

TEST(RealMlpPreset, ThatAreNoRecipeLeaveTheOptionsAlone) {
    for (const Preset of : {Preset::automatic, Preset::plain}) {
        const TrainOptions options = preset(of, Task::regression);
        EXPECT_FALSE(options.epochs || options.scaling || options.initialisation);
    }
}

TrainOptions brief(const std::string& target, Preset of) {
    TrainOptions options;
    options.target = {target};
    options.preset = of;
    options.hidden = {12};
    options.epochs = 4;
    options.batch_size = 32;
    options.threads = 1;
    return options;
}

/// Its file says all that it needs, and is of the format that has a place for it.
void expect_same_after_loading(const Model& model, const Table& table, std::size_t format) {
    EXPECT_EQ(format_of(model), format);
    const Model loaded = model_from_bytes(model_bytes(model), "m");
    const Matrix<double> before = model.predict(table).values, after = loaded.predict(table).values;
    EXPECT_TRUE(std::ranges::equal(before.elements(), after.elements()));
}

TEST(RealMlpPreset, TrainModelsThatComeBackFromTheirFiles) {
    for (const Preset of : {Preset::realmlp, Preset::realmlp_s}) {
        const Table real = real_table(200), classes = class_table(200, {"a", "b", "c"});
        expect_same_after_loading(train(real, brief("y", of)).model, real, 7);  // has categories
        expect_same_after_loading(train(classes, brief("kind", of)).model, classes, 5);
        expect_same_after_loading(train(real, brief("colour", of)).model, real, 5);
    }
}

TEST(RealMlpPreset, WorkWithFoldsAndEnsembles) {
    TrainOptions options = brief("y", Preset::realmlp);
    options.folds = 2;
    options.ensemble = 2;
    const Training training = train(real_table(200), options);
    EXPECT_EQ(training.networks.size(), 4U);
    EXPECT_TRUE(training.validation.has_value());
}

TEST(Clamp, KeepsPredictionsWithinTheTrainingRows) {
    const Table table = real_table(200);
    const Table far = testing::changed(real_table(50, 2), "x1", [](Column& column) {
        for (double& x : column.values) x *= 100.0;
    });
    TrainOptions options = testing::quick("y");
    options.scaling = Scaling::standard;
    options.validation = 0.0;
    options.activation = Activation::linear;
    const auto extremes = [&](bool clamp) {
        options.clamp = clamp;
        const Model model = train(table, options).model;
        const Matrix<double> values = model.predict(far).values;
        return std::pair(*std::ranges::min_element(values.elements()),
                         *std::ranges::max_element(values.elements()));
    };
    const std::vector<double>& y = table.column("y").values;
    const auto [least, greatest] = std::ranges::minmax(y);
    const auto [free_least, free_greatest] = extremes(false);
    EXPECT_TRUE(free_least < least || free_greatest > greatest) << "without it some go beyond";
    const auto [kept_least, kept_greatest] = extremes(true);
    EXPECT_GE(kept_least, least);
    EXPECT_LE(kept_greatest, greatest);
}

}  // namespace
}  // namespace thalweg
