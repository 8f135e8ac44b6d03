#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Their product is a number of networks, each trained for itself.
inline constexpr Range kNetworkCount{.least = 1.0, .most = 10'000.0};

/// Several networks in one model.
template <class Visitor>
void for_each_option_of_several(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
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
         .chosen =
             "5 from 50 to 50000 rows, where nothing else is said about networks, learning or validation, "
             "with an ensemble of 4 below 750 and of 2 above where each can have 25 epochs and 1 to 50 "
             "columns are numbers; else 1",
         .range = kNetworkCount},
        options.folds);
    visit(
        {.name = "select",
         .group = kNetworks,
         .help = "With --ensemble: let networks count as often as it makes their mean best on the rows that "
                 "they had not learnt from, and leave out those that do not help (greedy forward selection; "
                 "with folds, those of one seed together). The scores told are of the same rows, so they "
                 "flatter a little.",
         .chosen = "with the ensemble of 2 that --folds has by default, but not with losses other than "
                   "squared_error and huber for real values"},
        options.select);
}

}  // namespace thalweg
