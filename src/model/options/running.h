#pragma once

#include "model/options/groups.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

inline constexpr Range kThreads{.least = 0.0, .most = 1024.0};

/// How the work is done, whatever is learnt.
template <class Visitor>
void for_each_running_option(TrainOptions& options, Visitor&& visit) {
    using namespace option_group;
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

}  // namespace thalweg
