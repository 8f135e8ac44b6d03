#include "insight/training_history.h"

#include <algorithm>
#include <span>

#include "insight/listen.h"

namespace thalweg {
namespace {

/// More points than the pixels of a picture show nothing.
constexpr std::size_t kSteps = 800;
constexpr std::size_t kSnapshots = 24;
/// The start and one more, before thinning.
constexpr std::size_t kLeastSnapshots = 3;
/// Snapshots that each network should have before further ones have some.
constexpr std::size_t kFairSnapshots = 8;
/// Networks of which snapshots are kept: a few, and as many as are drawn where they are small.
constexpr std::size_t kFewNetworks = 3;
constexpr std::size_t kMostNetworks = 20;
constexpr std::size_t kSnapshotBytes = std::size_t{192} << 20;

}  // namespace

Network<float> Snapshot::network() const {
    Network<float> result(shape);
    std::ranges::copy(theta, result.theta().begin());
    return result;
}

void TrainingHistory::listen(TrainHooks& hooks) {
    hooks.callbacks.layers = true;
    listen_first(hooks.on_plan, [this](const TrainingPlan& plan) { networks_ = plan.networks; });
    listen_first(hooks.callbacks.on_step, [this](const StepReport& step) {
        Thinned<KeptStep>& steps = steps_.try_emplace(step.network, kSteps).first->second;
        if (!steps.wants_next()) return;
        const std::span<const double> norms = step.layer_gradient_norms;
        steps.add(
            {step.step, step.loss, step.gradient_norm, step.learning_rate, {norms.begin(), norms.end()}});
    });
    listen_first(hooks.callbacks.on_parameters, [this](const ParametersReport& report) { keep(report); });
}

void TrainingHistory::keep(const ParametersReport& report) {
    const std::size_t all = kSnapshotBytes / (sizeof(float) * report.theta.size());
    const std::size_t networks =
        std::min(networks_, std::clamp(all / kFairSnapshots, kFewNetworks, kMostNetworks));
    if (report.network > networks) return;
    const std::size_t affordable = all / networks;
    if (affordable < kLeastSnapshots) return;
    Thinned<Snapshot>& snapshots =
        snapshots_.try_emplace(report.network, std::min(affordable, kSnapshots)).first->second;
    if (snapshots.wants_next())
        snapshots.add({report.epoch, report.shape, {report.theta.begin(), report.theta.end()}});
}

const std::vector<KeptStep>& TrainingHistory::steps(std::size_t network) const {
    static const std::vector<KeptStep> none;
    const auto found = steps_.find(network);
    return found == steps_.end() ? none : found->second.items();
}

const std::vector<Snapshot>& TrainingHistory::snapshots(std::size_t network) const {
    static const std::vector<Snapshot> none;
    const auto found = snapshots_.find(network);
    return found == snapshots_.end() ? none : found->second.items();
}

}  // namespace thalweg
