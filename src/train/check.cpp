#include "train/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

void require(bool holds, std::string_view flag, std::string_view range, double got) {
    if (!holds) throw Error(ErrorKind::usage, fmt::format("{} must be {}: got {}", flag, range, got));
}

[[noreturn]] void misfit(const char* part, const std::string& what) {
    throw Error(ErrorKind::data, fmt::format("the {} data does not fit the network: {}", part, what));
}

void check_classes(const Dataset& dataset, std::size_t outputs, const char* part) {
    if (dataset.classes.size() != dataset.rows)
        misfit(part, fmt::format("{} rows have {} class targets", dataset.rows, dataset.classes.size()));
    if (dataset.rows == 0) return;
    const std::uint32_t highest = *std::ranges::max_element(dataset.classes);
    if (highest >= outputs)
        misfit(part, fmt::format("class {} needs an output of its own, and there are {}", highest, outputs));
}

void check_values(const Dataset& dataset, std::size_t outputs, const char* part) {
    if (dataset.values.rows() != dataset.rows || dataset.values.cols() != outputs)
        misfit(part, fmt::format("targets are {} x {}, and {} rows with {} outputs need {} x {}",
                                 dataset.values.rows(), dataset.values.cols(), dataset.rows, outputs,
                                 dataset.rows, outputs));
}

}  // namespace

void check_options(const FitOptions& options) {
    require(options.batch_size >= 1, "--batch-size", "at least 1", static_cast<double>(options.batch_size));
    require(options.epochs >= 1 || options.iterations >= 1, "--epochs", "at least 1",
            static_cast<double>(options.epochs));
    require(options.dropout >= 0.0 && options.dropout < 1.0, "--dropout", "at least 0 and below 1",
            options.dropout);
    require(options.clip_norm >= 0.0 && std::isfinite(options.clip_norm), "--clip-norm", "0 (none) or above",
            options.clip_norm);
    require(options.time_limit >= 0.0 && std::isfinite(options.time_limit), "--time-limit",
            "0 (none) or a number of seconds", options.time_limit);
    const LossFunction& loss = options.loss;
    require(loss.label_smoothing >= 0.0 && loss.label_smoothing < 1.0, "--label-smoothing",
            "at least 0 and below 1", loss.label_smoothing);
    require(loss.delta > 0.0 && std::isfinite(loss.delta), "--huber-delta", "above 0", loss.delta);
    require(loss.quantile > 0.0 && loss.quantile < 1.0, "--quantile", "between 0 and 1", loss.quantile);
}

void check_dataset(const Dataset& dataset, const NetworkShape& shape, const LossFunction& loss,
                   const char* part) {
    if (dataset.rows == 0) misfit(part, "it has no rows");
    if (dataset.inputs != shape.inputs())
        misfit(part,
               fmt::format("a row has {} inputs, the network takes {}", dataset.inputs, shape.inputs()));
    if (loss.loss == Loss::cross_entropy) {
        check_classes(dataset, shape.outputs(), part);
    } else {
        check_values(dataset, shape.outputs(), part);
    }
    if (dataset.weights.empty()) return;
    if (dataset.weights.size() != dataset.rows)
        misfit(part, fmt::format("{} rows have {} example weights", dataset.rows, dataset.weights.size()));
    if (std::ranges::any_of(dataset.weights, [](float w) { return !(w >= 0.0f) || std::isinf(w); }))
        misfit(part, "an example weight is negative or not a number");
    if (std::ranges::none_of(dataset.weights, [](float w) { return w > 0.0f; }))
        misfit(part, "every example weight is 0");
}

}  // namespace thalweg
