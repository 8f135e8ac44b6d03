#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/option.h"
#include "model/options/learning.h"
#include "model/options/network.h"
#include "model/options/overfitting.h"
#include "model/options/reading.h"
#include "model/options/running.h"
#include "model/options/several.h"
#include "model/options/task.h"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// Calls `visit(description, field)` for every option of training. The one place that names them, a file a
/// heading: flags, TOML keys, help, reference page, shell completion and the record in the model all come
/// from here.
template <class Visitor>
void for_each_option(TrainOptions& options, Visitor&& visit) {
    for_each_task_option(options, visit);
    for_each_network_option(options, visit);
    for_each_learning_option(options, visit);
    for_each_overfitting_option(options, visit);
    for_each_option_of_several(options, visit);
    for_each_running_option(options, visit);
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
