#include "insight/training_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <span>

#include "insight/listen.h"

namespace thalweg {
namespace {

using nlohmann::ordered_json;

/// Numbers of reports are finite: a loss or a gradient that is not ends the training before it is told.
std::string layers_text(std::span<const double> norms) {
    return fmt::format(",\"layer_gradient_norms\":[{}]", fmt::join(norms, ","));
}

ordered_json end_json(const Training& training) {
    ordered_json json = {{"event", "end"},
                         {"stop_reason", name_of(training.stop_reason)},
                         {"networks", training.networks.size()},
                         {"seconds", training.seconds}};
    if (training.validation)
        for (const auto& [name, value] : training.validation->metrics) json["metrics"][name] = value;
    return json;
}

}  // namespace

void TrainingLog::listen(TrainHooks& hooks) {
    hooks.callbacks.layers = true;
    listen_first(hooks.callbacks.on_step, [this](const StepReport& step) { write(step); });
    listen_first(hooks.callbacks.on_epoch, [this](const EpochReport& epoch) { write(epoch); });
}

/// By hand: a step of a small network takes ten microseconds, and a library's JSON half as long.
void TrainingLog::write(const StepReport& step) {
    file_.append(
        fmt::format("{{\"event\":\"step\",\"network\":{},\"epoch\":{},\"step\":{},\"loss\":{},"
                    "\"gradient_norm\":{},\"learning_rate\":{}{}}}\n",
                    step.network, step.epoch, step.step, step.loss, step.gradient_norm, step.learning_rate,
                    layers_text(step.layer_gradient_norms)));
}

void TrainingLog::write(const EpochReport& epoch) {
    const std::string validation =
        epoch.validation_loss ? fmt::format(",\"validation_loss\":{}", *epoch.validation_loss) : "";
    file_.append(fmt::format(
        "{{\"event\":\"epoch\",\"network\":{},\"epoch\":{},\"loss\":{}{},\"gradient_norm\":{},"
        "\"learning_rate\":{},\"examples_per_second\":{},\"seconds\":{},\"best\":{}{}}}\n",
        epoch.network, epoch.epoch, epoch.loss, validation, epoch.gradient_norm, epoch.learning_rate,
        epoch.examples_per_second, epoch.seconds, epoch.best, layers_text(epoch.layer_gradient_norms)));
    file_.flush();
}

void TrainingLog::end(const Training& training) {
    file_.append(end_json(training).dump() + "\n");
    file_.finish();
}

}  // namespace thalweg
