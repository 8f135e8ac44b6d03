#include "model/train_networks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/random.h"
#include "train/fit_keeper.h"

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

/// The networks of one training, which share its time, its callbacks and its end.
class NetworkRuns {
  public:
    NetworkRuns(const Prepared& prepared, const std::vector<Choices>& kinds,
                const std::vector<NetworkTask>& tasks, const Sharing& sharing, const TrainHooks& hooks,
                std::optional<Checkpointing> checkpointing)
        : prepared_(prepared),
          kinds_(kinds),
          tasks_(tasks),
          sharing_(sharing),
          hooks_(hooks),
          results_(tasks.size()) {
        if (!checkpointing) return;
        checkpointer_.emplace(*std::move(checkpointing), tasks.size(),
                              [this](const std::string& text) { warn(text); });
        start_ -= std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(checkpointer_->seconds_before()));
    }

    std::vector<std::optional<FitResult>> run() {
        run_side_by_side(tasks_.size(), sharing_.at_once, [this](std::size_t network) { train(network); });
        if (checkpointer_) checkpointer_->finish();
        return std::move(results_);
    }

  private:
    void train(std::size_t network);
    std::optional<double> begin(bool under_way);
    FitResult take(const NetworkCheckpoint& trained, std::size_t network);
    FitResult fit_one(std::size_t network, const FitOptions& options, const FitProgress* from);
    FitResult fit_on(std::size_t network, const Examples& training, const std::optional<Examples>& validation,
                     const FitOptions& options, const FitProgress* from);
    void tell_trained(std::size_t network);
    void warn(const std::string& text);
    TrainCallbacks callbacks_of(std::size_t network);
    template <class Report>
    bool tell(const std::function<bool(const Report&)>& callback, Report report, std::size_t network);

    const Prepared& prepared_;
    const std::vector<Choices>& kinds_;
    const std::vector<NetworkTask>& tasks_;
    const Sharing& sharing_;
    const TrainHooks& hooks_;
    std::vector<std::optional<FitResult>> results_;
    Clock::time_point start_ = Clock::now();
    std::mutex mutex_;
    std::size_t begun_ = 0;
    std::atomic<bool> halted_{false};  ///< a callback wanted the end, or a network failed
    std::optional<Checkpointer> checkpointer_;
};

void NetworkRuns::train(std::size_t network) {
    const NetworkCheckpoint before = checkpointer_ ? checkpointer_->of_network(network) : NetworkCheckpoint();
    if (before.result) {
        results_[network] = take(before, network);
        return tell_trained(network);
    }
    const std::optional<double> time_limit = begin(before.progress != nullptr);
    if (!time_limit) return;
    FitOptions options = kinds_[tasks_[network].kind].fit;
    options.seed = tasks_[network].seed;
    options.time_limit = *time_limit;
    if (*time_limit > 0.0 && before.progress) options.time_limit += before.progress->seconds;
    try {
        results_[network] = fit_one(network, options, before.progress.get());
    } catch (...) {
        halted_ = true;
        throw;
    }
    if (checkpointer_) checkpointer_->end(network, *results_[network]);
    tell_trained(network);
}

void NetworkRuns::tell_trained(std::size_t network) {
    const std::lock_guard lock(mutex_);
    if (hooks_.on_network) hooks_.on_network(network + 1);
}

void NetworkRuns::warn(const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (hooks_.on_warning) hooks_.on_warning(text);
}

/// A network that was trained before this training went on.
FitResult NetworkRuns::take(const NetworkCheckpoint& trained, std::size_t network) {
    FitResult result = *trained.result;
    result.network = Network<float>(kinds_[tasks_[network].kind].shape);
    if (trained.theta->size() != result.network.theta().size())
        throw Error(ErrorKind::model, "a network of the checkpoint is not the one that is trained here");
    std::ranges::copy(*trained.theta, result.network.theta().begin());
    const std::lock_guard lock(mutex_);
    ++begun_;
    return result;
}

/// The time that the next network may take (0: any), or nothing where it is too late to begin. The first
/// always begins, so that there is a model, and so does one that is under way, as it has learnt something.
std::optional<double> NetworkRuns::begin(bool under_way) {
    const std::lock_guard lock(mutex_);
    const double limit = kinds_.front().fit.time_limit;
    const double left = limit - std::chrono::duration<double>(Clock::now() - start_).count();
    const std::atomic<bool>* stop = hooks_.callbacks.stop;
    const bool over = halted_ || (stop != nullptr && *stop) || (limit > 0.0 && left <= 0.0);
    if (begun_ > 0 && over && !under_way) return std::nullopt;
    const std::size_t waiting = tasks_.size() - begun_++;
    if (limit == 0.0) return 0.0;
    const std::size_t following = (waiting + sharing_.at_once - 1) / sharing_.at_once;
    // Never 0, which would be no limit: the first begins however late it is.
    return std::max(left, 1e-9) / static_cast<double>(following);
}

FitResult NetworkRuns::fit_one(std::size_t network, const FitOptions& options, const FitProgress* from) {
    const NetworkTask& task = tasks_[network];
    if (!task.fold)
        return fit_on(
            network, prepared_.training,
            prepared_.validation.rows > 0 ? std::optional<Examples>(prepared_.validation) : std::nullopt,
            options, from);
    const Split rows = split_fold(prepared_.fold_of_rows, *task.fold);
    return fit_on(network, Examples(prepared_.training, rows.training),
                  Examples(prepared_.training, rows.validation), options, from);
}

FitResult NetworkRuns::fit_on(std::size_t network, const Examples& training,
                              const std::optional<Examples>& validation, const FitOptions& options,
                              const FitProgress* from) {
    const NetworkTask& task = tasks_[network];
    const Choices& kind = kinds_[task.kind];
    const TrainCallbacks callbacks = callbacks_of(network);
    Network<float> start =
        from != nullptr ? Network<float>(kind.shape)
                        : start_network(kind, training, task.seed, prepared_.preprocessor.input_columns());
    if (!checkpointer_) return fit(std::move(start), training, validation, options, callbacks);
    const std::unique_ptr<FitKeeper> keeper = checkpointer_->begin(network);
    return fit(std::move(start), training, validation, options, callbacks, *keeper, from);
}

TrainCallbacks NetworkRuns::callbacks_of(std::size_t network) {
    const TrainCallbacks& of_all = hooks_.callbacks;
    TrainCallbacks callbacks;
    callbacks.stop = of_all.stop;
    callbacks.layers = of_all.layers;
    if (of_all.on_parameters)
        callbacks.on_parameters = [this, network](ParametersReport report) {
            report.network = network + 1;
            const std::lock_guard lock(mutex_);
            hooks_.callbacks.on_parameters(report);
        };
    callbacks.on_epoch = [this, network](const EpochReport& report) {
        return tell(hooks_.callbacks.on_epoch, report, network);
    };
    // One network alone has no other to look out for, and its steps may take microseconds.
    if (of_all.on_step || tasks_.size() > 1)
        callbacks.on_step = [this, network](const StepReport& report) {
            return tell(hooks_.callbacks.on_step, report, network);
        };
    return callbacks;
}

template <class Report>
bool NetworkRuns::tell(const std::function<bool(const Report&)>& callback, Report report,
                       std::size_t network) {
    if (callback && !halted_) {
        report.network = network + 1;
        const std::lock_guard lock(mutex_);
        if (!callback(report)) halted_ = true;
    }
    return !halted_;
}

}  // namespace

Network<float> start_network(const Choices& kind, const Examples& training, std::uint64_t seed,
                             std::span<const std::size_t> features) {
    Network<float> start(kind.shape);
    switch (kind.initialisation) {
        case Initialisation::standard:
            initialise(start, seed, kind.frequency_scale, features);
            break;
        case Initialisation::normal:
            initialise_normal(start, seed, kind.frequency_scale);
            break;
        case Initialisation::data:
            initialise_from_data(start, training, seed, kind.frequency_scale, kind.fit.threads);
            break;
    }
    return start;
}

std::uint64_t network_seed(std::uint64_t seed, std::size_t place) {
    return place == 0 ? seed : Random(seed, RandomStream::network_seed).block(place)[0];
}

std::vector<NetworkTask> network_tasks(const TrainOptions& options, std::size_t kinds) {
    const std::size_t folds = options.folds.value_or(1), ensemble = options.ensemble.value_or(1);
    std::vector<NetworkTask> tasks;
    for (std::size_t place = 0; place < ensemble; ++place) {
        const std::uint64_t seed = network_seed(options.seed, place);
        if (folds == 1) tasks.push_back({seed, {}, place % kinds, {}});
        for (std::size_t fold = 0; folds > 1 && fold < folds; ++fold)
            tasks.push_back({seed, fold, (ensemble > 1 ? place : fold) % kinds, {}});
    }
    return tasks;
}

std::vector<std::optional<FitResult>> train_networks(const Prepared& prepared,
                                                     const std::vector<Choices>& kinds,
                                                     const std::vector<NetworkTask>& tasks,
                                                     const Sharing& sharing, const TrainHooks& hooks,
                                                     std::optional<Checkpointing> checkpointing) {
    return NetworkRuns(prepared, kinds, tasks, sharing, hooks, std::move(checkpointing)).run();
}

}  // namespace thalweg
