#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What to learn, and from which columns.
template <class Visitor>
void for_each_task_option(TrainOptions& options, Visitor&& visit) {
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
}

}  // namespace thalweg
