#include "model/tabm_recipe.h"

#include "model/recipe.h"

namespace thalweg {
namespace {

Adapters adapters_of(Preset preset) {
    return preset == Preset::tabm ? Adapters::all : Adapters::first;
}

bool takes_all_rows(const TrainOptions& options) {
    return options.optimizer == OptimizerKind::lbfgs || options.optimizer == OptimizerKind::rprop;
}

void check(const TrainOptions& options) {
    refuse_where(options.members == std::size_t{1}, options, "--members 1", "it is an ensemble of members");
    refuse_where(options.adapters && *options.adapters != adapters_of(options.preset), options,
                 options.preset == Preset::tabm ? "--adapters first" : "--adapters all",
                 options.preset == Preset::tabm ? "that is --preset tabm-mini" : "that is --preset tabm");
    refuse_where(options.hidden && options.hidden->empty(), options, "--hidden none",
                 "its members share the weights of hidden layers");
    refuse_where(!options.monotone.empty(), options, "--monotone",
                 "members that share weights cannot keep to a direction");
    refuse_where(takes_all_rows(options), options, "--optimizer",
                 "lbfgs and rprop take all rows for an update, and its members learn from batches");
    const bool has_end = options.epochs || options.iterations;
    refuse_where(options.validation == 0.0 && !has_end, options, "--validation 0",
                 "it learns until validation rows tell it to stop (or give --epochs)");
}

}  // namespace

bool is_tabm(Preset preset) {
    return preset == Preset::tabm || preset == Preset::tabm_mini;
}

/// The untuned TabM of Gorishniy et al. 2025 (tabm 0.0.3: TabM.make, example.ipynb). Members read rows of
/// their own as in the paper's runs; the notebook shares them.
TrainOptions with_tabm(TrainOptions options) {
    check(options);
    leave(options.scaling, Scaling::quantile);
    options.recurring_values = false;
    leave(options.embedding, Embedding::piecewise);
    leave(options.activation, Activation::relu);
    leave(options.members, std::size_t{32});
    leave(options.adapters, adapters_of(options.preset));
    leave(options.member_batches, MemberBatches::own);
    leave(options.optimizer, OptimizerKind::adamw);
    leave(options.learning_rate, 2e-3);
    options.one_rate = true;
    leave(options.schedule, ScheduleKind::constant);
    leave(options.weight_decay, 3e-4);
    leave(options.dropout, 0.1);
    leave(options.label_smoothing, 0.0);
    leave(options.clip_norm, 1.0);
    // The authors set no end but patience; no table of theirs gets near this one.
    leave(options.epochs, std::size_t{1000});
    leave(options.patience, std::size_t{17});
    if (options.folds.value_or(1) == 1)
        leave(options.validation, 0.2);  // with folds each validates on its own
    return options;
}

std::vector<std::size_t> tabm_hidden(bool embeds_numbers) {
    return std::vector<std::size_t>(embeds_numbers ? 2 : 3, 512);
}

/// pytabkit 1.7, tabm_interface.py: "inferred from the choices in the TabM paper".
std::size_t tabm_batch_size(std::size_t training_rows) {
    if (training_rows < 2'800) return 32;
    if (training_rows < 4'500) return 64;
    if (training_rows < 6'400) return 128;
    if (training_rows < 32'000) return 256;
    return training_rows < 108'000 ? 512 : 1024;
}

}  // namespace thalweg
