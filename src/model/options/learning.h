#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// The update rule, its rate and how long it goes on.
template <class Visitor>
void for_each_learning_option(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
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
             "Give all parameters the same learning rate. Otherwise, with adam and adamw from 750 rows on, "
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
    visit({.name = "schedule",
           .value = "NAME",
           .group = kLearning,
           .help = "How the learning rate changes from the first step to the last.",
           .chosen = "coslog4 with adam and adamw, cosine below 750 rows and with every other rule; constant "
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
           .chosen = "3 to 200, what some half a minute is enough for; 60 to 400 below 750 rows; 1000 with "
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
}

}  // namespace thalweg
