#include "model/realmlp_recipe.h"

#include <vector>

#include "model/recipe.h"

namespace thalweg {
namespace {

void check(const TrainOptions& options) {
    const bool other_rule = options.optimizer && *options.optimizer != OptimizerKind::adamw &&
                            *options.optimizer != OptimizerKind::adam;
    refuse_where(other_rule, options, "--optimizer",
                 "its rates and its start are made for the steps of adam and adamw");
    refuse_where(options.members.value_or(1) > 1, options, "--members",
                 "it is a recipe for a network alone (--ensemble makes several)");
    refuse_where(options.one_rate, options, "--one-rate",
                 "it gives weights, biases and what stands before layer 1 rates of their own");
    refuse_where(options.parametrisation == Parametrisation::standard && !options.learning_rate, options,
                 "--parametrisation standard",
                 "its rate is that of ntk (unless --learning-rate gives another)");
}

bool learns_classes(const TrainOptions& options, Task task) {
    return task != Task::regression && (!options.loss || *options.loss == Loss::cross_entropy ||
                                        *options.loss == Loss::binary_cross_entropy);
}

/// What RealMLP-TD and RealMLP-TD-S share (pytabkit 1.7, sklearn/default_params.py).
void leave_both(TrainOptions& options, Task task) {
    const bool real = task == Task::regression;
    leave(options.hidden, std::vector<std::size_t>{256, 256, 256});
    leave(options.activation, real ? Activation::mish : Activation::selu);
    leave(options.scaling, Scaling::robust);
    options.recurring_values = false;
    leave(options.category_coding, CategoryCoding::signed_pairs);
    if (options.input_scale) leave(options.scale_inputs, true);
    leave(options.parametrisation, Parametrisation::ntk);
    leave(options.optimizer, OptimizerKind::adamw);
    leave(options.beta2, 0.95);
    leave(options.schedule, ScheduleKind::coslog4);
    leave(options.warmup, 0.0);
    if (learns_classes(options, task)) leave(options.label_smoothing, 0.1);
    leave(options.batch_size, std::size_t{256});
    leave(options.epochs, std::size_t{256});
    if (options.drops_rest) leave(options.whole_batches, true);
    if (options.folds.value_or(1) == 1)
        leave(options.validation, 0.2);  // with folds each validates on its own
    leave(options.keep_by, KeepBy::error);
    leave(options.patience, std::size_t{0});
}

void leave_realmlp(TrainOptions& options, Task task) {
    const bool real = task == Task::regression;
    leave(options.embedding, Embedding::periodic);
    leave(options.frequency_scale, 0.1);
    leave(options.one_hot_up_to, std::size_t{9});
    leave(options.initialisation, Initialisation::data);
    if (options.bends) leave(options.parametric, true);
    leave(options.learning_rate, real ? 0.2 : 0.04);
    leave(options.weight_decay, 0.02);
    leave(options.weight_decay_schedule, ScheduleKind::flat_cos);
    leave(options.decay_of, DecayOf::all);
    leave(options.dropout, 0.15);
    leave(options.dropout_schedule, ScheduleKind::flat_cos);
    if (real && options.clamps) leave(options.clamp, true);
}

void leave_realmlp_s(TrainOptions& options, Task task) {
    leave(options.embedding, Embedding::none);
    leave(options.initialisation, Initialisation::normal);
    leave(options.learning_rate, task == Task::regression ? 0.07 : 0.04);
    leave(options.weight_decay, 0.0);
    leave(options.dropout, 0.0);
}

}  // namespace

bool is_realmlp(Preset preset) {
    return preset == Preset::realmlp || preset == Preset::realmlp_s;
}

TrainOptions with_realmlp(TrainOptions options, Task task) {
    check(options);
    leave_both(options, task);
    options.preset == Preset::realmlp ? leave_realmlp(options, task) : leave_realmlp_s(options, task);
    return options;
}

}  // namespace thalweg
