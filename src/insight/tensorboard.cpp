#include "insight/tensorboard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "insight/listen.h"

namespace thalweg {
namespace {

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// "events.out.tfevents.1700000000.thalweg": TensorBoard takes any file that begins so, and of several the
/// later number as the later. A run of the same second is there already: "...thalweg.2".
std::filesystem::path new_file(const std::filesystem::path& folder, double time) {
    const std::string name = fmt::format("events.out.tfevents.{:010.0f}.thalweg", time);
    std::filesystem::path path = folder / name;
    for (int number = 2; std::filesystem::exists(path); ++number)
        path = folder / fmt::format("{}.{}", name, number);
    return path;
}

std::vector<std::pair<std::string, double>> with_layers(std::vector<std::pair<std::string, double>> numbers,
                                                        std::span<const double> norms) {
    for (std::size_t i = 0; i < norms.size(); ++i)
        numbers.emplace_back(fmt::format("gradient_norm/layer_{}", i + 1), norms[i]);
    return numbers;
}

}  // namespace

void TensorBoardLog::listen(TrainHooks& hooks) {
    hooks.callbacks.layers = true;
    listen_first(hooks.on_plan, [this](const TrainingPlan& plan) { networks_ = plan.networks; });
    listen_first(hooks.callbacks.on_step, [this](const StepReport& step) { write(step); });
    listen_first(hooks.callbacks.on_epoch, [this](const EpochReport& epoch) { write(epoch); });
}

TensorBoardLog::Run& TensorBoardLog::run_of(std::size_t network) {
    const auto found = runs_.find(network);
    if (found != runs_.end()) return found->second;
    const std::filesystem::path into =
        networks_ == 1 ? folder_ : folder_ / fmt::format("network_{}", network);
    std::error_code failed;
    std::filesystem::create_directories(into, failed);
    if (failed && failure_.empty())
        failure_ = fmt::format("cannot make the folder '{}': {}", into.string(), failed.message());
    const double time = now();
    return runs_.emplace(network, Run{EventFile(time), GrowingFile(new_file(into, time))}).first->second;
}

void TensorBoardLog::write(const StepReport& step) {
    Run& run = run_of(step.network);
    run.step = step.step;
    run.events.add(now(), static_cast<std::int64_t>(step.step),
                   with_layers({{"loss/batch", step.loss},
                                {"gradient_norm/all", step.gradient_norm},
                                {"learning_rate", step.learning_rate}},
                               step.layer_gradient_norms));
    run.file.append(run.events.take());
}

void TensorBoardLog::write(const EpochReport& epoch) {
    Run& run = run_of(epoch.network);
    std::vector<std::pair<std::string, double>> numbers = {{"loss/training", epoch.loss}};
    if (epoch.validation_loss) numbers.emplace_back("loss/validation", *epoch.validation_loss);
    run.events.add(now(), static_cast<std::int64_t>(run.step), numbers);
    run.file.append(run.events.take());
    run.file.flush();
}

void TensorBoardLog::end() {
    for (auto& [network, run] : runs_) {
        run.file.append(run.events.take());
        if (failure_.empty()) run.file.finish();
    }
    if (!failure_.empty()) throw Error(ErrorKind::io, failure_);
}

void check_tensorboard_folder(const std::filesystem::path& folder) {
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::io, fmt::format("cannot make the folder '{}' for event files: {}; name one "
                                               "that exists or can be made",
                                               folder.string(), why));
    };
    std::error_code failed;
    std::filesystem::path there = std::filesystem::absolute(folder, failed).lexically_normal();
    if (failed) refuse(failed.message());
    while (!std::filesystem::exists(there, failed) && there != there.root_path()) {
        if (failed) refuse(failed.message());
        there = there.parent_path();
    }
    if (!std::filesystem::is_directory(there, failed))
        refuse(fmt::format("'{}' is not a folder", there.string()));
    if (::access(there.c_str(), W_OK | X_OK) != 0)
        refuse(fmt::format("nothing may be written in '{}'", there.string()));
}

}  // namespace thalweg
