#include "model/train_checks.h"

#include "model/defaults.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/monotone.h"

namespace thalweg {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

void check_targets(const Table& table, const TrainOptions& options) {
    if (options.target.empty()) throw Error(ErrorKind::usage, "no column to predict: name it with --target");
    std::set<std::string> seen;
    for (const std::string& target : options.target) {
        table.column(target);
        if (!seen.insert(target).second)
            throw Error(ErrorKind::usage, fmt::format("the target '{}' is named twice", target));
        if (contains(options.ignore, target))
            throw Error(ErrorKind::usage, fmt::format("'{}' is the target and cannot be among the ignored "
                                                      "columns; take it out of --ignore",
                                                      target));
        if (target == options.weight)
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is the target and cannot also be the weight", target));
    }
}

void check_treatments(const TrainOptions& options) {
    for (const std::string& name : options.categorical)
        if (contains(options.numeric, name))
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is both in --categorical and in --numeric", name));
}

void check_monotone(const Table& table, const TrainOptions& options) {
    for (const MonotoneColumn& column : monotone_columns(options.monotone)) {
        table.column(column.name);
        const bool not_learnt_from = contains(options.target, column.name) ||
                                     contains(options.ignore, column.name) || column.name == options.weight;
        if (not_learnt_from)
            throw Error(ErrorKind::usage,
                        fmt::format("--monotone: '{}' is not among the columns to learn from", column.name));
    }
}

}  // namespace

void check_columns(const Table& table, const TrainOptions& options) {
    check_targets(table, options);
    for (const auto* names : {&options.ignore, &options.categorical, &options.numeric})
        for (const std::string& name : *names) table.column(name);
    if (!options.weight.empty()) table.column(options.weight);
    check_treatments(options);
    check_monotone(table, options);
}

void check_rates(const TrainOptions& options) {
    const auto refuse_both = [](const char* one, const char* other, const char* reason) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{} and {} contradict each other: {}; leave one of them out", one, other, reason));
    };
    if (options.one_rate && options.parametrisation == Parametrisation::ntk)
        refuse_both("--one-rate", "--parametrisation ntk", "ntk is a rate for each layer");
    if (options.one_rate && !options.rates.empty())
        refuse_both("--one-rate", "--rates", "with one rate no group has a factor");
    const OptimizerKind rule = choose_rule(options);
    const bool has_momentum = rule == OptimizerKind::sgd || rule == OptimizerKind::rmsprop;
    if (options.momentum.value_or(0.0) > 0.0 && !has_momentum)
        throw Error(
            ErrorKind::usage,
            fmt::format("--momentum is for sgd and rmsprop, and the rule is {}: leave it out, or give "
                        "--optimizer sgd",
                        name_of(rule)));
    if (options.nesterov && rule != OptimizerKind::sgd)
        throw Error(
            ErrorKind::usage,
            fmt::format("--nesterov is for sgd, and the rule is {}: leave it out, or give --optimizer "
                        "sgd",
                        name_of(rule)));
    if (!options.input_scale && options.scale_inputs.value_or(false))
        refuse_both("--scale-inputs", "--no-input-scale", "there is a scale or there is none");
    if (!options.bends && options.parametric.value_or(false))
        refuse_both("--parametric", "--no-parametric", "neurons learn how far they bend or they do not");
    if (!options.drops_rest && options.whole_batches.value_or(false))
        refuse_both("--whole-batches", "--no-whole-batches", "the last rows of an epoch are left out or not");
    if (!options.clamps && options.clamp.value_or(false))
        refuse_both("--clamp", "--no-clamp", "predictions are kept to a range or they are not");
}

void check_networks(const TrainOptions& options, bool has_validation_table) {
    if (options.ensemble == std::size_t{0})
        throw Error(ErrorKind::usage, "--ensemble must be 1 or more, not 0");
    if (options.folds == std::size_t{0})
        throw Error(ErrorKind::usage, "--folds must be 1 (none) or more, not 0");
    if (options.select && options.ensemble.value_or(1) == 1)
        throw Error(ErrorKind::usage,
                    "--select chooses among networks of different seeds, and there is one: give --ensemble");
    if (options.select && options.folds.value_or(1) == 1 && choose_validation_share(options) == 0.0 &&
        options.validation_file.empty() && !has_validation_table)
        throw Error(ErrorKind::usage,
                    "--select needs rows to choose by: give --validation above 0, or --folds");
    const bool has_validation =
        options.validation.has_value() || !options.validation_file.empty() || has_validation_table;
    if (options.folds.value_or(1) > 1 && has_validation)
        throw Error(
            ErrorKind::usage,
            "--folds and --validation contradict each other: with folds each network validates on the "
            "rows of its own fold; leave one of them out");
}

}  // namespace thalweg
