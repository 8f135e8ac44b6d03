#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/memory.h"
#include "thalweg/fit_state.hpp"
#include "thalweg/train.hpp"
#include "train/check.h"
#include "train/fit_keeper.h"
#include "train/fit_run.h"
#include "train/steps.h"

namespace thalweg {
namespace {

/// Parameters, their gradient, two copies of the best, two of an update rule; and a chunk.
double bytes_of(const NetworkShape& shape, const Examples& training) {
    constexpr double kVectors = 6.0;
    return sizeof(float) * (kVectors * static_cast<double>(shape.parameters()) +
                            static_cast<double>(chunk_rows(training, shape) * training.dataset().inputs));
}

FitResult checked_fit(Network<float> start, const Examples& training,
                      const std::optional<Examples>& validation, const FitOptions& options,
                      const TrainCallbacks& callbacks, const Succession& succession) {
    check_options(options);
    check_network(start);
    check_memory(start.shape().parameters());
    const NetworkShape shape = start.shape();
    check_pair(shape.output, options.loss);
    check_examples(training, shape, options.loss, "training");
    if (validation) check_examples(*validation, shape, options.loss, "validation");
    return with_memory(
        fmt::format("training {} parameters", shape.parameters()), bytes_of(shape, training),
        [&] { return FitRun(std::move(start), training, validation, options, callbacks, succession).run(); });
}

}  // namespace

FitResult fit(Network<float> start, const Dataset& training, const Dataset* validation,
              const FitOptions& options, const TrainCallbacks& callbacks) {
    return fit(std::move(start), Examples(training),
               validation == nullptr ? std::nullopt : std::optional<Examples>(*validation), options,
               callbacks);
}

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks) {
    return checked_fit(std::move(start), training, validation, options, callbacks, {});
}

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitState& state) {
    return checked_fit(std::move(start), training, validation, options, callbacks, {.state = &state});
}

FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks, FitKeeper& keeper,
              const FitProgress* from) {
    return checked_fit(std::move(start), training, validation, options, callbacks,
                       {.keeper = &keeper, .from = from});
}

}  // namespace thalweg
