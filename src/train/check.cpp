#include "train/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/memory.h"
#include "network/loss_rows.h"
#include "thalweg/error.hpp"
#include "train/parameters.h"

namespace thalweg {
namespace {

void require(bool holds, std::string_view flag, std::string_view range, double got) {
    if (!holds) throw Error(ErrorKind::usage, fmt::format("{} must be {}: got {}", flag, range, got));
}

[[noreturn]] void misfit(const char* part, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("the {} data does not fit the network: {}", part, what));
}

void check_loss(const LossFunction& loss) {
    require(loss.label_smoothing >= 0.0 && loss.label_smoothing < 1.0, "--label-smoothing",
            "at least 0 and below 1", loss.label_smoothing);
    require(loss.delta > 0.0 && std::isfinite(loss.delta), "--huber-delta", "above 0", loss.delta);
    require(loss.quantile > 0.0 && loss.quantile < 1.0, "--quantile", "between 0 and 1", loss.quantile);
    require(loss.tweedie_power > 1.0 && loss.tweedie_power < 2.0, "--tweedie-power", "between 1 and 2",
            loss.tweedie_power);
}

void check_blocks(const Dataset& dataset, const char* part) {
    if (dataset.dense.cols() != 0 && dataset.dense.rows() != dataset.rows)
        misfit(part, fmt::format("{} rows have {} rows of numbers", dataset.rows, dataset.dense.rows()));
    if (dataset.blocks.empty() ? dataset.dense.cols() != dataset.inputs
                               : dataset.dense.cols() > dataset.inputs)
        misfit(part, fmt::format("{} numbers are stored for a row of {} inputs", dataset.dense.cols(),
                                 dataset.inputs));
    if (dataset.blocks.empty()) return;
    if (dataset.codes.rows() != dataset.rows || dataset.codes.cols() != dataset.blocks.size())
        misfit(part, fmt::format("codes are {} x {}, and {} rows with {} categorical columns need {} x {}",
                                 dataset.codes.rows(), dataset.codes.cols(), dataset.rows,
                                 dataset.blocks.size(), dataset.rows, dataset.blocks.size()));
    for (const CategoryBlock& block : dataset.blocks)
        if (block.width() > dataset.inputs || block.first_input > dataset.inputs - block.width())
            misfit(part, fmt::format("a categorical column has inputs {} to {}, and there are {}",
                                     block.first_input, block.first_input + block.width(), dataset.inputs));
}

void check_numbers(const Dataset& dataset, const char* part) {
    for (std::size_t row = 0; row < dataset.dense.rows() && dataset.dense.cols() != 0; ++row)
        if (!all_finite(dataset.dense.row(row)))
            misfit(part, fmt::format("row {} has an input that is not a finite number", row + 1));
}

void check_classes(const Dataset& dataset, std::size_t outputs, const char* part) {
    if (dataset.classes.size() != dataset.rows)
        misfit(part, fmt::format("{} rows have {} class targets", dataset.rows, dataset.classes.size()));
    const std::uint32_t highest = *std::ranges::max_element(dataset.classes);
    if (highest >= outputs)
        misfit(part, fmt::format("class {} needs an output of its own, and there are {}", highest, outputs));
}

/// Said here with the row's number: a loss sees batches only.
void check_value(Loss loss, float value, std::size_t row, const char* part) {
    if (fits_loss(loss, value)) return;
    misfit(part, fmt::format("row {}: a target must be {}: got {}", row + 1, target_range(loss), value));
}

void check_values(const Dataset& dataset, std::size_t outputs, Loss loss, const char* part) {
    if (dataset.values.rows() != dataset.rows || dataset.values.cols() != outputs)
        misfit(part, fmt::format("targets are {} x {}, and {} rows with {} outputs need {} x {}",
                                 dataset.values.rows(), dataset.values.cols(), dataset.rows, outputs,
                                 dataset.rows, outputs));
    for (std::size_t row = 0; row < dataset.rows; ++row)
        for (const float value : dataset.values.row(row)) check_value(loss, value, row, part);
}

void check_weights(const Dataset& dataset, const char* part) {
    if (dataset.weights.empty()) return;
    if (dataset.weights.size() != dataset.rows)
        misfit(part, fmt::format("{} rows have {} example weights", dataset.rows, dataset.weights.size()));
    if (std::ranges::any_of(dataset.weights, [](float w) { return !(w >= 0.0f) || std::isinf(w); }))
        misfit(part, "an example weight is negative or not a number");
}

void check_dataset(const Dataset& dataset, const NetworkShape& shape, const LossFunction& loss,
                   const char* part) {
    check_inputs(dataset, shape, part);
    if (loss.loss == Loss::cross_entropy) {
        check_classes(dataset, shape.outputs(), part);
    } else {
        check_values(dataset, shape.outputs(), loss.loss, part);
    }
    check_weights(dataset, part);
}

/// The rows that are asked for are there. A chunk at a time, so that no list of all is made.
void check_rows(const Examples& examples, const char* part) {
    std::array<std::uint32_t, 4096> rows;
    for (std::size_t first = 0; first < examples.size(); first += rows.size()) {
        const auto chunk = std::span(rows).first(std::min(rows.size(), examples.size() - first));
        examples.copy_rows(first, chunk);
        for (const std::uint32_t row : chunk)
            if (row >= examples.dataset().rows)
                misfit(part, fmt::format("row {} was asked for, there are {}", std::size_t{row} + 1,
                                         examples.dataset().rows));
    }
}

}  // namespace

void check_memory(std::size_t parameters, std::size_t networks, std::size_t at_once) {
    // While it is trained: theta, its gradient, the best and the lowest so far, which parameters decay, and
    // one vector of the rule; fewer copies no training gets by with. Once it is trained: theta, and theta as
    // predictions read it.
    constexpr double kInTraining = 6.0, kTrained = 2.0;
    const double copies = std::max(kInTraining * static_cast<double>(at_once),
                                   networks > 1 ? kTrained * static_cast<double>(networks) : 0.0);
    const double needed = copies * sizeof(float) * static_cast<double>(parameters);
    const double available = available_memory();
    if (needed <= available) return;
    const std::string what = networks == 1
                                 ? fmt::format("{} parameters", parameters)
                                 : fmt::format("{} networks of {} parameters", networks, parameters);
    throw Error(
        ErrorKind::io,
        fmt::format("training {} needs at least {} of memory, and {} can be had; {} (--hidden) need{} "
                    "less",
                    what, memory_text(needed), memory_text(available),
                    networks == 1 ? "a smaller network" : "fewer or smaller networks",
                    networks == 1 ? "s" : ""));
}

void check_options(const FitOptions& options) {
    require(options.batch_size >= 1, "--batch-size", "at least 1", static_cast<double>(options.batch_size));
    require(options.epochs >= 1 || options.iterations >= 1, "--epochs", "at least 1",
            static_cast<double>(options.epochs));
    require(options.dropout >= 0.0 && options.dropout < 1.0, "--dropout", "at least 0 and below 1",
            options.dropout);
    require(options.clip_norm >= 0.0 && std::isfinite(options.clip_norm), "--clip-norm", "0 (none) or above",
            options.clip_norm);
    if (options.clip_norm > 0.0 && options.optimizer.kind == OptimizerKind::lbfgs)
        throw Error(ErrorKind::usage,
                    "--clip-norm cannot act with lbfgs, whose line search chooses the length of a step: "
                    "leave it out, or take another optimizer");
    if (!options.monotone.empty() && options.optimizer.kind == OptimizerKind::lbfgs)
        throw Error(ErrorKind::usage,
                    "--monotone cannot be kept by lbfgs, whose line search knows no bounds: take another "
                    "optimizer");
    require(options.time_limit >= 0.0 && std::isfinite(options.time_limit), "--time-limit",
            "0 (none) or a number of seconds", options.time_limit);
    for (const ScheduleKind kind : {options.dropout_schedule, options.weight_decay_schedule})
        schedule_factor(kind, 0, 1);
    check_loss(options.loss);
}

void check_network(const Network<float>& start) {
    start.shape().check();
    if (start.theta().size() != start.shape().parameters() || !all_finite(start.theta()))
        throw Error(ErrorKind::usage,
                    "the network to start from has parameters that are not finite numbers; "
                    "call initialise for it first");
}

void check_inputs(const Dataset& dataset, const NetworkShape& shape, const char* part) {
    if (dataset.rows == 0) misfit(part, "it has no rows");
    if (dataset.rows > std::numeric_limits<std::uint32_t>::max())
        misfit(part, fmt::format("{} rows are more than can be numbered", dataset.rows));
    if (dataset.inputs != shape.inputs())
        misfit(part,
               fmt::format("a row has {} inputs, the network takes {}", dataset.inputs, shape.inputs()));
    check_blocks(dataset, part);
    check_numbers(dataset, part);
}

void check_examples(const Examples& examples, const NetworkShape& shape, const LossFunction& loss,
                    const char* part) {
    check_dataset(examples.dataset(), shape, loss, part);
    check_rows(examples, part);
    if (examples.size() == 0) misfit(part, "none of its rows is to be taken");
    if (!(examples.total_weight() > 0.0)) misfit(part, "every example weight is 0");
}

}  // namespace thalweg
