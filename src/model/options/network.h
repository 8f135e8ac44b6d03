#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// A layer of more neurons than this is a slip of the keyboard: its weights alone would take gigabytes for a
/// handful of inputs.
inline constexpr Range kLayerWidth{.least = 1.0, .most = 10'000'000.0};
/// Bins of a number: more than so many are narrower than noise.
inline constexpr Range kBins{.least = 1.0, .most = 1024.0};
inline constexpr Range kCategoryWidth{.least = 1.0, .most = 1024.0};
inline constexpr Range kMembers{.least = 1.0, .most = 4096.0};

/// Layers, what stands before them, output and loss.
template <class Visitor>
void for_each_network_option(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
    visit(
        {.name = "preset",
         .value = "NAME",
         .group = kNetwork,
         .help =
             "The defaults to start from. auto fits network and learning to the data. plain is the "
             "textbook: logistic activations, full batch, fixed learning rate, 1000 iterations. "
             "realmlp and realmlp-s are RealMLP-TD and RealMLP-TD-S of Holzmueller et al. (2024), to "
             "the letter, tabm and tabm-mini those of Gorishniy et al. (2025): 32 networks in one, which "
             "share weights, on piecewise-linear embeddings; docs/presets.md lists what their defaults are."},
        options.preset);
    visit({.name = "hidden",
           .value = "N,...",
           .group = kNetwork,
           .help = "Neurons of each hidden layer, from the input up; none for a network without hidden "
                   "layers, which is linear or softmax regression.",
           .chosen = "256,256,256; 256,256 below 750 rows with --preset auto; 32 with --preset plain",
           .range = kLayerWidth},
          options.hidden);
    visit({.name = "activation",
           .value = "NAME",
           .group = kNetwork,
           .help = "The function between pre-activation and activation of the hidden layers.",
           .chosen = "silu; relu with --monotone; logistic with --preset plain; with realmlp and realmlp-s "
                     "selu for classes, mish for real values"},
          options.activation);
    visit(
        {.name = "embedding",
         .value = "NAME",
         .group = kNetwork,
         .help = "What the first layer reads of a number. none: the number. periodic: three learned sums of "
                 "waves beside it, so that a few neurons can follow many bends. piecewise: in its place, 16 "
                 "learned curves of straight pieces, which bend where the training rows divide into bins of "
                 "equally many.",
         .chosen =
             "periodic with adam and adamw, from 750 rows on and up to 50 numbers, and with --preset "
             "realmlp; else none; but piecewise in every other network where --folds is left open and makes "
             "several, up to 50 numbers; piecewise with tabm and tabm-mini"},
        options.embedding);
    visit(
        {.name = "frequency-scale",
         .value = "S",
         .group = kNetwork,
         .help = "With --embedding periodic: how fast the waves are at the start, in waves for each standard "
                 "deviation of a number.",
         .chosen = "3; 1 below 5000 rows; 0.1 with --preset realmlp",
         .range = kAboveZero},
        options.frequency_scale);
    visit({.name = "bins",
           .value = "N",
           .group = kNetwork,
           .help = "With --embedding piecewise: how many bins a number has, at most; values that many rows "
                   "share make fewer.",
           .range = kBins},
          options.bins);
    visit({.name = "one-hot-up-to",
           .value = "N",
           .group = kNetwork,
           .help = "Categories of up to so many values, missing or unknown counted as one, have an input for "
                   "each. Those of more are embedded: each value has a vector that is learned.",
           .chosen = "every category has an input for each; 9 with --preset realmlp"},
          options.one_hot_up_to);
    visit({.name = "category-width",
           .value = "N",
           .group = kNetwork,
           .help = "The length of the vectors of categories that are embedded (--one-hot-up-to).",
           .range = kCategoryWidth},
          options.category_width);
    visit(
        {.name = "scaling",
         .value = "NAME",
         .group = kNetwork,
         .help = "How numbers are brought to one scale. standard: by mean and standard deviation. robust: by "
                 "median and quartiles, and the inputs of categories too. Both bend far values in to 3 at "
                 "most. quantile: by the share of training rows below them, so that they become normal "
                 "whatever they were.",
         .chosen = "standard; robust with --preset realmlp and realmlp-s, quantile with tabm and tabm-mini"},
        options.scaling);
    visit({.name = "category-coding",
           .value = "NAME",
           .group = kNetwork,
           .help = "The inputs of categories that are not embedded. one_hot: one for each value, and one for "
                   "missing. signed_pairs: two values share one input, 1 or -1, and where the value is "
                   "missing all are 0.",
           .chosen = "one_hot; signed_pairs with --preset realmlp and realmlp-s"},
          options.category_coding);
    visit({.name = "no-recurring-values",
           .group = kNetwork,
           .help =
               "Numbers are numbers alone. Otherwise, where most rows of a column share their value exactly "
               "with others although there is room for many more values (prices, fares), each such value "
               "has an input of its own too; not with --scaling robust and the presets of papers."},
          Negated{options.recurring_values});
    visit({.name = "scale-inputs",
           .group = kNetwork,
           .help = "Learn a scale of everything that the first layer reads, with or without waves.",
           .chosen = "with --preset realmlp and realmlp-s"},
          options.scale_inputs);
    visit({.name = "no-input-scale",
           .group = kNetwork,
           .help = "Leave out the learned scale of the first layer's inputs, which waves come with."},
          Negated{options.input_scale});
    visit({.name = "initialisation",
           .value = "NAME",
           .group = kNetwork,
           .help = "How weights and biases start. standard: weights that fit the activation, no biases. "
                   "normal: normal weights and biases, an output layer of zeros. data: so that over the "
                   "training rows every neuron's weighted sum has deviation 1 and is 0 amid them.",
           .chosen = "standard; data with --preset realmlp, normal with realmlp-s"},
          options.initialisation);
    visit({.name = "monotone",
           .value = "COL:+,COL:-,...",
           .group = kNetwork,
           .help = "Columns of numbers that the prediction (of two classes, the probability of the second) "
                   "must go with: it never falls as a COL:+ rises, and never rises as a COL:- does. This "
                   "holds exactly, for every row that there can be."},
          options.monotone);
    visit({.name = "parametric",
           .group = kNetwork,
           .help =
               "Let every hidden neuron learn how far its activation bends, from a straight line at 0 to the "
               "activation itself at 1, where all begin, and beyond.",
           .chosen = "with --preset realmlp"},
          options.parametric);
    visit({.name = "no-parametric",
           .group = kNetwork,
           .help = "Leave the activation as it is where a preset lets neurons learn how far it bends."},
          Negated{options.bends});
    visit(
        {.name = "members",
         .value = "N",
         .group = kNetwork,
         .help = "Train so many networks in one, which share the weights of their hidden layers and predict "
                 "with their mean: better than one network, for N times its time. 32 is usual, 1 is a single "
                 "network.",
         .chosen = "1; 32 with --preset tabm and tabm-mini",
         .range = kMembers},
        options.members);
    visit(
        {.name = "adapters",
         .value = "NAME",
         .group = kNetwork,
         .help = "With --members: what sets them apart, beside an output layer for each. all: factors of the "
                 "inputs and outputs of every hidden layer, and biases (TabM). first: factors of the first "
                 "layer's inputs alone (TabM-mini).",
         .chosen = "all; first with --preset tabm-mini"},
        options.adapters);
    visit({.name = "output",
           .value = "NAME",
           .group = kNetwork,
           .help = "The function of the output layer. (The file to write is given by -o.)",
           .chosen = "by the task"},
          options.output);
    visit({.name = "loss",
           .value = "NAME",
           .group = kNetwork,
           .help = "What training makes small.",
           .chosen = "by the task"},
          options.loss);
    visit(
        {.name = "huber-delta",
         .value = "D",
         .group = kNetwork,
         .help = "With --loss huber: the error at which the parabola becomes a line, in standard deviations "
                 "of the target.",
         .range = kAboveZero},
        options.huber_delta);
    visit({.name = "quantile",
           .value = "Q,...",
           .group = kNetwork,
           .help = "With --loss quantile: the level to predict; 0.9 is passed by one value in ten. Several "
                   "levels, the lowest first, make an output for each, and no level is ever predicted below "
                   "a lower one.",
           .range = kInsideUnit},
          options.quantile);
    visit({.name = "tweedie-power",
           .value = "P",
           .group = kNetwork,
           .help = "With --loss tweedie: the variance grows as the prediction to this power. Near 1 the "
                   "values are like counts, near 2 like amounts.",
           .range = {.least = 1.0, .most = 2.0, .least_belongs = false, .most_belongs = false}},
          options.tweedie_power);
}

}  // namespace thalweg
