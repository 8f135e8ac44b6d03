#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/option.h"
#include "thalweg/table.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Headings of the options, in the order in which they are shown.
namespace option_group {
inline constexpr std::string_view kTask = "What to learn";
inline constexpr std::string_view kNetwork = "The network";
inline constexpr std::string_view kLearning = "Learning";
inline constexpr std::string_view kOverfitting = "Against overfitting";
inline constexpr std::string_view kNetworks = "Several networks";
inline constexpr std::string_view kRunning = "Running";
inline constexpr std::string_view kReading = "Reading the data";
inline constexpr std::string_view kOutput = "Output";
}  // namespace option_group

/// A layer of more neurons than this is a slip of the keyboard: its weights alone would take gigabytes for a
/// handful of inputs.
inline constexpr Range kLayerWidth{.least = 1.0, .most = 10'000'000.0};
/// Bins of a number: more than so many are narrower than noise.
inline constexpr Range kBins{.least = 1.0, .most = 1024.0};
inline constexpr Range kCategoryWidth{.least = 1.0, .most = 1024.0};
inline constexpr Range kMembers{.least = 1.0, .most = 4096.0};
inline constexpr Range kThreads{.least = 0.0, .most = 1024.0};
/// Their product is a number of networks, each trained for itself.
inline constexpr Range kNetworkCount{.least = 1.0, .most = 10'000.0};

/// Calls `visit(description, field)` for every option of training. The one place that names them: flags, TOML
/// keys, help, reference page, shell completion and the record in the model all come from here.
template <class Visitor>
void for_each_option(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
    visit({.name = "target",
           .value = "COL,...",
           .group = kTask,
           .help = "The column to learn to predict. Several columns make one network with several outputs.",
           .chosen = "'label' for images with --labels; else it must be given"},
          options.target);
    visit(
        {.name = "task",
         .value = "NAME",
         .group = kTask,
         .help = "What the target is: real values, two classes, several classes, or several yes/no columns. "
                 "auto tells it from the values and says why."},
        options.task);
    visit({.name = "ignore",
           .value = "COL,...",
           .group = kTask,
           .help = "Columns not to learn from. They need not be there when predicting."},
          options.ignore);
    visit({.name = "categorical",
           .value = "COL,...",
           .group = kTask,
           .help = "Columns whose values are names, even where they look like numbers: codes, zip codes."},
          options.categorical);
    visit({.name = "numeric",
           .value = "COL,...",
           .group = kTask,
           .help = "Columns of numbers to keep, even where they look like an identifier. Text in them is an "
                   "error."},
          options.numeric);
    visit({.name = "weight",
           .value = "COL",
           .group = kTask,
           .help = "A column that says how much each row counts: 0 or more. It is not learnt from.",
           .chosen = "every row counts 1"},
          options.weight);
    visit({.name = "class-weight",
           .value = "balanced|A=1,B=5",
           .group = kTask,
           .help = "How much the rows of each class count: balanced makes rare classes count as much as "
                   "frequent ones; or a weight for each class by its name (others count 1).",
           .chosen = "every class counts 1"},
          options.class_weight);

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
           .chosen = "256,256,256; 256,256 below 1000 rows with --preset auto; 32 with --preset plain",
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
             "periodic with adam and adamw, from 1000 rows on and up to 50 numbers, and with --preset "
             "realmlp; else none, but piecewise in every other network where --folds makes several below "
             "1000 rows; piecewise with tabm and tabm-mini"},
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

    visit({.name = "optimizer",
           .value = "NAME",
           .group = kLearning,
           .help = "The rule that updates the parameters. gd, rprop and lbfgs are made for all rows at once.",
           .chosen = "adamw; gd with --preset plain"},
          options.optimizer);
    visit({.name = "learning-rate",
           .value = "RATE",
           .group = kLearning,
           .help = "The length of a step; the highest one where a schedule changes it.",
           .chosen = "0.002 for adam and adamw, 0.003 where numbers are embedded; with --parametrisation ntk "
                     "0.04 for classes and 0.2 for real values (0.07 with --preset realmlp-s); 0.001 for "
                     "rmsprop; 0.01 for sgd, adagrad and rprop; 0.1 for gd; 1 for lbfgs",
           .range = kAboveZero},
          options.learning_rate);
    visit(
        {.name = "one-rate",
         .group = kLearning,
         .help =
             "Give all parameters the same learning rate. Otherwise, with adam and adamw from 1000 rows on, "
             "weights have it times sqrt(256 / inputs of their layer), biases times 1.5, embeddings times 5 "
             "and the scale of the inputs times 100."},
        options.one_rate);
    visit({.name = "parametrisation",
           .value = "NAME",
           .group = kLearning,
           .help =
               "What the learning rate is for, with adam and adamw. standard: the weights. ntk: the weights "
               "times the root of their layer's inputs (the neural tangent parametrisation), so that one "
               "rate fits layers of any width; --rates are then embedding=0.1,scale=6,bias=0.1,bend=0.1 "
               "unless told.",
           .chosen = "standard; ntk with --preset realmlp and realmlp-s"},
          options.parametrisation);
    visit({.name = "rates",
           .value = "GROUP=F,...",
           .group = kLearning,
           .help = "Factors of the learning rate: of embeddings of numbers (embedding), of the scale of the "
                   "inputs (scale), of biases (bias), of bends of activations (bend).",
           .chosen = "see --one-rate and --parametrisation"},
          options.rates);
    visit(
        {.name = "schedule",
         .value = "NAME",
         .group = kLearning,
         .help = "How the learning rate changes from the first step to the last.",
         .chosen = "coslog4 with adam and adamw, cosine below 1000 rows and with every other rule; constant "
                   "with --preset plain and with gd, rprop and lbfgs; coslog4 with realmlp and realmlp-s"},
        options.schedule);
    visit({.name = "warmup",
           .value = "SHARE",
           .group = kLearning,
           .help = "The share of all steps over which the learning rate grows from 0.",
           .chosen = "0.03 with cosine, else 0",
           .range = kBelowOne},
          options.warmup);
    visit({.name = "batch-size",
           .value = "N",
           .group = kLearning,
           .help = "Rows for each update. More than there are: all of them.",
           .chosen = "32 to 1024, for some hundred updates an epoch; all rows with --preset plain, gd, rprop "
                     "and lbfgs; 256 with realmlp and realmlp-s",
           .range = kOneOrMore},
          options.batch_size);
    visit(
        {.name = "member-batches",
         .value = "NAME",
         .group = kLearning,
         .help = "With --members: own gives each member its own rows in every step, shared the same to all, "
                 "which is a little faster.",
         .chosen = "own"},
        options.member_batches);
    visit({.name = "whole-batches",
           .group = kLearning,
           .help = "Leave out of each epoch the last rows where they fill no batch: others each time.",
           .chosen = "with --preset realmlp and realmlp-s"},
          options.whole_batches);
    visit({.name = "no-whole-batches",
           .group = kLearning,
           .help = "Learn from every row in each epoch where a preset leaves the last ones out."},
          Negated{options.drops_rest});
    visit({.name = "epochs",
           .value = "N",
           .group = kLearning,
           .help = "Passes over the training rows, at most.",
           .chosen = "3 to 200, what some half a minute is enough for; 60 to 400 below 1000 rows; 1000 with "
                     "gd, rprop and lbfgs; 256 with --preset realmlp and realmlp-s",
           .range = kOneOrMore},
          options.epochs);
    visit({.name = "iterations",
           .value = "N",
           .group = kLearning,
           .help = "Updates of the parameters, at most. 0: as many as the epochs make.",
           .chosen = "1000 with --preset plain, else 0"},
          options.iterations);
    visit({.name = "time-limit",
           .value = "TIME",
           .group = kLearning,
           .help = "Be done after this time, reading included: 90s, 5min, 1h, or a number of seconds. A "
                   "training that would take longer is planned shorter by the pace of its first updates, "
                   "networks first and then epochs, so that its schedules end in time; the plan is told, "
                   "with the flags that give the same model without a limit. With --checkpoint, and where "
                   "no schedule ends, training is stopped instead and the best epoch kept. 0: no limit.",
           .range = kZeroOrMore},
          Duration{options.time_limit});
    visit({.name = "momentum",
           .value = "M",
           .group = kLearning,
           .help = "With sgd and rmsprop: the share of the last step that is taken again.",
           .chosen = "0.9 for sgd, 0 for rmsprop",
           .range = kBelowOne},
          options.momentum);
    visit({.name = "nesterov",
           .group = kLearning,
           .help = "With sgd: look at the gradient where the momentum leads."},
          options.nesterov);
    visit({.name = "beta1",
           .value = "B",
           .group = kLearning,
           .help = "With adam and adamw: how slowly the mean of the gradients forgets.",
           .range = kBelowOne},
          options.beta1);
    visit({.name = "beta2",
           .value = "B",
           .group = kLearning,
           .help = "With adam and adamw: how slowly the mean of their squares forgets.",
           .chosen = "0.999; 0.95 with --preset realmlp and realmlp-s",
           .range = kBelowOne},
          options.beta2);
    visit(
        {.name = "epsilon",
         .value = "E",
         .group = kLearning,
         .help = "With adam, adamw, rmsprop and adagrad: added to the root, so that nothing is divided by 0.",
         .chosen = "1e-08; 1e-10 with adagrad",
         .range = kAboveZero},
        options.epsilon);

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
           .chosen = "0.02 with adamw, 0.3 below 1000 rows; 0 with every other optimizer; 0.02 with --preset "
                     "realmlp, 0 with realmlp-s",
           .range = kZeroOrMore},
          options.weight_decay);
    visit(
        {.name = "weight-decay-schedule",
         .value = "NAME",
         .group = kOverfitting,
         .help = "How weight decay changes from the first step to the last: constant, cosine, coslog4, or "
                 "flat_cos, which stays for half of them and then falls to 0.",
         .chosen = "flat_cos with adam and adamw from 1000 rows on and with --preset realmlp; else constant"},
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
           .chosen = "0.15 with adam and adamw, 0.05 with other rules; below 1000 rows 0.2 for classes and 0 "
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

    visit(
        {.name = "ensemble",
         .value = "N",
         .group = kNetworks,
         .help = "Train N networks that differ by their seeds, side by side; the model predicts their mean.",
         .chosen = "see --folds",
         .range = kNetworkCount},
        options.ensemble);
    visit(
        {.name = "folds",
         .value = "K",
         .group = kNetworks,
         .help = "Cut the rows into K parts, with the same mix of classes in each, and train K networks (K "
                 "times N with --ensemble): each learns from all parts but one, and that one tells its best "
                 "epoch. So all rows are learnt from, and each is also predicted by networks that never saw "
                 "it, which the scores 'out of fold' are of. They are a little too good: the epochs were "
                 "chosen on the same rows, and all rows scale columns and targets and place bins. 1: no "
                 "folds.",
         .chosen = "5 from 50 to 50000 rows, with an ensemble of 4 below 1000, where nothing else is said "
                   "about networks, learning or validation; else 1",
         .range = kNetworkCount},
        options.folds);
    visit(
        {.name = "select",
         .group = kNetworks,
         .help = "With --ensemble: let networks count as often as it makes their mean best on the rows that "
                 "they had not learnt from, and leave out those that do not help (greedy forward selection; "
                 "with folds, those of one seed together). The scores told are of the same rows, so they "
                 "flatter a little."},
        options.select);

    visit(
        {.name = "seed",
         .value = "N",
         .group = kRunning,
         .help = "The start of all random numbers. The same seed and data give the same model, bit for bit, "
                 "on any machine and any number of threads."},
        options.seed);
    visit({.name = "precision",
           .value = "NAME",
           .group = kRunning,
           .help = "What matrix products of training compute with. bf16 rounds their factors to bfloat16 and "
                   "sums in float32: up to twice as fast on chips with AVX-512 BF16, the same bits but no "
                   "faster on others."},
          options.precision);
    visit({.name = "threads",
           .value = "N",
           .group = kRunning,
           .help = "Threads to compute with. 0: as many as the process has cores.",
           .range = kThreads},
          options.threads);
}

/// The same for the reading of files.
template <class Visitor>
void for_each_option(ReadOptions& options, Visitor&& visit) {
    using namespace option_group;
    visit({.name = "delimiter",
           .value = "C",
           .group = kReading,
           .help = "The character between two cells of a text file; tab for a tab.",
           .chosen = "found out from the first lines"},
          options.delimiter);
    visit({.name = "quote",
           .value = "C",
           .group = kReading,
           .help =
               "The character around cells that hold delimiters or line ends; none where nothing is quoted."},
          QuoteMark{options.quote});
    visit({.name = "decimal",
           .value = "C",
           .group = kReading,
           .help = "The decimal point of numbers in a text file; a comma in much of Europe."},
          options.decimal_point);
    visit({.name = "missing",
           .value = "WORD,...",
           .group = kReading,
           .help = "Words that mark a missing cell, instead of these. An empty cell is always missing."},
          MissingWords{options.missing});
    visit({.name = "no-header",
           .group = kReading,
           .help = "The first line is data. Columns are called column_1, column_2 and so on."},
          Negated{options.header});
    visit({.name = "labels",
           .value = "FILE",
           .group = kReading,
           .help = "For IDX images: the file of their labels, which becomes the column 'label'."},
          options.labels);
}

/// The options of `options`, bound to its fields, which must outlive them.
template <class Options>
std::vector<Option> bind_options(Options& options) {
    std::vector<Option> bound;
    for_each_option(options, [&](const OptionDescription& about, auto&& field) {
        bound.push_back(bind_option(about, field));
    });
    return bound;
}

/// Name -> value as text of every option of training that is not at its default: the record in a model.
std::map<std::string, std::string> changed_options(TrainOptions options);

}  // namespace thalweg
