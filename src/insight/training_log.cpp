#include "insight/training_log.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

namespace thalweg {
namespace {

using nlohmann::ordered_json;

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A callback that records a report and then asks the one that was there.
template <class Report>
std::function<bool(const Report&)> recording(std::vector<Timed<Report>>& reports,
                                             std::function<bool(const Report&)> then) {
    return [&reports, then = std::move(then)](const Report& report) {
        reports.push_back({report, now()});
        return !then || then(report);
    };
}

ordered_json to_json(const StepReport& step) {
    return {{"event", "step"},
            {"network", step.network},
            {"epoch", step.epoch},
            {"step", step.step},
            {"loss", step.loss},
            {"gradient_norm", step.gradient_norm},
            {"learning_rate", step.learning_rate}};
}

ordered_json to_json(const EpochReport& epoch) {
    ordered_json json = {
        {"event", "epoch"}, {"network", epoch.network}, {"epoch", epoch.epoch}, {"loss", epoch.loss}};
    if (epoch.validation_loss) json["validation_loss"] = *epoch.validation_loss;
    json["gradient_norm"] = epoch.gradient_norm;
    json["learning_rate"] = epoch.learning_rate;
    json["examples_per_second"] = epoch.examples_per_second;
    json["seconds"] = epoch.seconds;
    json["best"] = epoch.best;
    return json;
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
    hooks.callbacks.on_step = recording(steps_, std::move(hooks.callbacks.on_step));
    hooks.callbacks.on_epoch = recording(epochs_, std::move(hooks.callbacks.on_epoch));
}

std::size_t TrainingLog::networks() const {
    std::size_t networks = 0;
    for (const auto& step : steps_) networks = std::max(networks, step.report.network);
    return networks;
}

std::string log_lines(const TrainingLog& log, const Training& training) {
    std::string lines;
    std::size_t epoch = 0;
    // An epoch is reported after its steps; those of several networks lie between each other.
    for (const auto& step : log.steps()) {
        for (; epoch < log.epochs().size() && log.epochs()[epoch].time < step.time; ++epoch)
            lines += to_json(log.epochs()[epoch].report).dump() + "\n";
        lines += to_json(step.report).dump() + "\n";
    }
    for (; epoch < log.epochs().size(); ++epoch) lines += to_json(log.epochs()[epoch].report).dump() + "\n";
    return lines + end_json(training).dump() + "\n";
}

}  // namespace thalweg
