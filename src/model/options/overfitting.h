#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Validation, and what keeps a network from learning its rows by heart.
template <class Visitor>
void for_each_overfitting_option(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
    visit({.name = "validation",
           .value = "SHARE|FILE",
           .group = kOverfitting,
           .help = "Rows to judge each epoch by: a share of the data (0: none), or a file of its own. The "
                   "epoch that does best on them is kept.",
           .chosen = "0.15; 0 with --preset plain; 0.2 with realmlp and realmlp-s",
           .range = kBelowOne},
          ShareOrFile{options.validation, options.validation_file});
    visit({.name = "keep-by",
           .value = "NAME",
           .group = kOverfitting,
           .help = "Which epoch is best on the validation rows. loss: the first with the least loss. error: "
                   "the last with the fewest wrong classes or the least squared error.",
           .chosen = "loss; error with --preset realmlp and realmlp-s"},
          options.keep_by);
    visit(
        {.name = "clamp",
         .group = kOverfitting,
         .help = "With real values: predict none below the least or above the greatest of the training rows.",
         .chosen = "with --preset realmlp"},
        options.clamp);
    visit(
        {.name = "no-clamp",
         .group = kOverfitting,
         .help = "Predict whatever the network says where a preset keeps to the range of the training rows."},
        Negated{options.clamps});
    visit(
        {.name = "calibrate",
         .value = "NAME",
         .group = kOverfitting,
         .help = "With classes: bring the probabilities nearer to what happens, by the validation rows (with "
                 "--folds, by all rows, each predicted by networks that never saw it). temperature makes all "
                 "of them surer or less sure; isotonic bends them as the rows say and wants a thousand; "
                 "smoothing undoes --label-smoothing of more than two classes.",
         .chosen =
             "smoothing with --preset auto, where the log loss of those rows is lower by it; else none"},
        options.calibrate);
    visit({.name = "interval",
           .group = kOverfitting,
           .help =
               "With real values: keep the errors on the validation rows (with --folds, on all rows) in the "
               "model, which 'predict --interval 0.9' makes intervals of."},
          options.interval);
    visit({.name = "patience",
           .value = "N",
           .group = kOverfitting,
           .help = "Stop after so many epochs without a better one. 0: never.",
           .chosen = "half the epochs, at least 10; 0 without validation and with --preset plain, realmlp "
                     "and realmlp-s"},
          options.patience);
    visit({.name = "weight-decay",
           .value = "L",
           .group = kOverfitting,
           .help = "Draws the weights (not the biases) towards 0.",
           .chosen = "0.02 with adamw, 0.3 below 750 rows; 0 with every other optimizer; 0.02 with --preset "
                     "realmlp, 0 with realmlp-s",
           .range = kZeroOrMore},
          options.weight_decay);
    visit(
        {.name = "weight-decay-schedule",
         .value = "NAME",
         .group = kOverfitting,
         .help = "How weight decay changes from the first step to the last: constant, cosine, coslog4, or "
                 "flat_cos, which stays for half of them and then falls to 0.",
         .chosen = "flat_cos with adam and adamw from 750 rows on and with --preset realmlp; else constant"},
        options.weight_decay_schedule);
    visit({.name = "decay-of",
           .value = "NAME",
           .group = kOverfitting,
           .help = "What --weight-decay draws towards 0. weights: those of the layers. all: everything but "
                   "biases, each by the square of its factor (--rates), as RealMLP has it.",
           .chosen = "weights; all with --preset realmlp"},
          options.decay_of);
    visit({.name = "l1",
           .value = "L",
           .group = kOverfitting,
           .help = "Draws the weights towards 0 by the same amount whatever their size.",
           .range = kZeroOrMore},
          options.l1);
    visit({.name = "dropout",
           .value = "P",
           .group = kOverfitting,
           .help = "The share of hidden activations set to 0 in each step.",
           .chosen = "0.15 with adam and adamw, 0.05 with other rules; below 750 rows 0.2 for classes and 0 "
                     "for real values; 0 with --monotone, --preset plain, gd, rprop and lbfgs; 0.15 with "
                     "realmlp, 0 with realmlp-s",
           .range = kBelowOne},
          options.dropout);
    visit({.name = "dropout-schedule",
           .value = "NAME",
           .group = kOverfitting,
           .help = "How dropout changes, as --weight-decay-schedule.",
           .chosen = "as --weight-decay-schedule"},
          options.dropout_schedule);
    visit({.name = "label-smoothing",
           .value = "S",
           .group = kOverfitting,
           .help = "With classes: the share of the truth that is spread over all of them.",
           .chosen = "0.05 with softmax and cross_entropy; otherwise, and with --preset plain, 0; 0.1 with "
                     "realmlp and realmlp-s",
           .range = kBelowOne},
          options.label_smoothing);
    visit({.name = "clip-norm",
           .value = "N",
           .group = kOverfitting,
           .help = "Shorten gradients that are longer than this. 0: never.",
           .chosen = "0; 1 with --preset tabm and tabm-mini",
           .range = kZeroOrMore},
          options.clip_norm);
}

}  // namespace thalweg
