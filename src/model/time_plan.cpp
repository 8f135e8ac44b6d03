#include "model/time_plan.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "core/team.h"
#include "train/steps.h"

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

/// Of a time limit, and in seconds, what finding out the pace of a kind may take at most.
constexpr double kPaceShare = 0.03, kPaceSeconds = 0.5;
/// Validating a row is a forward pass, learning from it that, the way back, and its share of an update.
constexpr double kValidationCost = 0.4;
/// Of the time left, what is planned with: no pace is known exactly, and a model must still be put together.
constexpr double kMargin = 0.93;
/// So many updates are worth more to a network than another network beside it. In the same time (networks x
/// epochs; 60 to 110 updates an epoch): diamonds 1 x 17 rmse 522, 2 x 9 529, 5 folds x 4 572, and with more
/// of it 2 x 26 512, 5 x 10 528; california 1 x 30 47,700, 2 x 15 45,800, 5 x 6 48,200; mnist10k 1 x 12 log
/// loss 0.157, 5 x 5 0.180.
constexpr double kEnoughSteps = 1200.0;

bool looks_at_its_end(ScheduleKind kind) {
    switch (kind) {
        case ScheduleKind::constant:
        case ScheduleKind::step:
        case ScheduleKind::plateau:
            return false;
        case ScheduleKind::cosine:
        case ScheduleKind::one_cycle:
        case ScheduleKind::coslog4:
        case ScheduleKind::flat_cos:
            return true;
    }
    return false;
}

bool looks_at_its_end(const FitOptions& fit) {
    return looks_at_its_end(fit.schedule.kind) || looks_at_its_end(fit.dropout_schedule) ||
           looks_at_its_end(fit.weight_decay_schedule);
}

double seconds_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

/// The first updates of a network, against the clock.
class FirstSteps {
  public:
    explicit FirstSteps(double seconds) : seconds_(seconds) {}

    /// False once it has seen enough: the first update, which touches all memory for the first time, is taken
    /// for the pace only where it took so long that nobody waits for another.
    bool step() {
        last_ = Clock::now();
        if (steps_++ == 0) first_ = last_;
        return seconds_between(begun_, first_) < kLongFirst * seconds_ &&
               (steps_ < 2 || seconds_between(first_, last_) < seconds_);
    }
    std::optional<double> seconds_per_step() const {
        if (steps_ == 0) return std::nullopt;
        if (steps_ == 1) return seconds_between(begun_, first_);
        return seconds_between(first_, last_) / static_cast<double>(steps_ - 1);
    }

  private:
    static constexpr double kLongFirst = 5.0;

    double seconds_;
    Clock::time_point begun_ = Clock::now(), first_ = begun_, last_ = begun_;
    std::size_t steps_ = 0;
};

/// What a network of some kind has to do.
struct Work {
    std::size_t batch_size, steps_per_epoch, steps, validation_rows;
};

Work work_of(const Prepared& prepared, const Choices& kind, const NetworkTask& task) {
    std::size_t rows = prepared.training.rows, validation_rows = prepared.validation.rows;
    if (task.fold) {
        validation_rows = split_fold(prepared.fold_of_rows, *task.fold).validation.size();
        rows -= validation_rows;
    }
    const std::size_t per_epoch = steps_per_epoch(kind.fit, rows);
    return {batch_rows(kind.fit, rows), per_epoch, total_steps(kind.fit, per_epoch), validation_rows};
}

/// Seconds of an update of this kind, while as many networks learn as will side by side.
std::optional<double> seconds_per_step(const Job& job, const Networks& networks, const NetworkTask& task,
                                       double seconds) {
    const Prepared& prepared = job.prepared;
    const Choices& kind = networks.kinds[task.kind];
    std::vector<std::uint32_t> rows;
    if (task.fold) rows = split_fold(prepared.fold_of_rows, *task.fold).training;
    const Examples training = task.fold ? Examples(prepared.training, rows) : Examples(prepared.training);
    const std::size_t at_once = std::min(networks.sharing.at_once, networks.tasks.size());
    std::vector<std::optional<double>> paces(at_once);
    run_side_by_side(at_once, at_once, [&](std::size_t place) {
        FirstSteps steps(seconds);
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const StepReport&) { return steps.step(); };
        FitOptions options = kind.fit;
        options.time_limit = std::max(seconds_left(job), 1e-9);
        static_cast<void>(fit(start_network(kind, training, task.seed, prepared.preprocessor.input_columns()),
                              training, {}, options, callbacks));
        paces[place] = steps.seconds_per_step();
    });
    double sum = 0.0;
    for (const std::optional<double>& pace : paces) {
        if (!pace) return std::nullopt;
        sum += *pace;
    }
    return sum / static_cast<double>(at_once);
}

/// Seconds that a network of some kind takes, but for the validation of its start and of the model.
struct Seconds {
    double schedule = 0.0;
    double ends = 0.0;
};

Seconds seconds_of(const Work& work, double per_step) {
    const double validation = kValidationCost * per_step * static_cast<double>(work.validation_rows) /
                              static_cast<double>(work.batch_size);
    const double epochs = static_cast<double>(work.steps) / static_cast<double>(work.steps_per_epoch);
    return {per_step * static_cast<double>(work.steps) + validation * epochs, 2.0 * validation};
}

/// Mean over kinds; the first of each kind's tasks stands for all of them.
std::optional<Seconds> mean_seconds(const Job& job, const Networks& networks) {
    const double budget = std::min(kPaceShare * job.options.time_limit, kPaceSeconds);
    Seconds sum;
    std::size_t kinds = 0;
    for (std::size_t kind = 0; kind < networks.kinds.size(); ++kind) {
        const auto task = std::ranges::find(networks.tasks, kind, &NetworkTask::kind);
        if (task == networks.tasks.end()) continue;
        const std::optional<double> pace = seconds_per_step(job, networks, *task, budget);
        if (!pace) return std::nullopt;
        const Seconds seconds = seconds_of(work_of(job.prepared, networks.kinds[kind], *task), *pace);
        sum.schedule += seconds.schedule;
        sum.ends += seconds.ends;
        ++kinds;
    }
    const auto count = static_cast<double>(kinds);
    return Seconds{sum.schedule / count, sum.ends / count};
}

}  // namespace

double seconds_left(const Job& job) {
    return job.options.time_limit - seconds_between(job.begun, Clock::now());
}

std::optional<TimeShare> share_in_time(const Job& job, const Networks& networks) {
    const auto planned = [](const Choices& kind) { return looks_at_its_end(kind.fit); };
    if (job.options.time_limit == 0.0 || job.checkpointing || seconds_left(job) <= 0.0 ||
        !std::ranges::all_of(networks.kinds, planned))
        return std::nullopt;
    const std::optional<Seconds> each = mean_seconds(job, networks);
    if (!each) return std::nullopt;
    const std::size_t at_once = networks.sharing.at_once;
    const std::size_t in_a_row = (networks.tasks.size() + at_once - 1) / at_once;
    const double available = kMargin * seconds_left(job) / static_cast<double>(in_a_row) - each->ends;
    const Work work = work_of(job.prepared, networks.kinds.front(), networks.tasks.front());
    return TimeShare{std::max(available, 0.0) / each->schedule, work.steps, work.steps_per_epoch};
}

NetworkCounts counts_in_time(const Job& job, const NetworkCounts& chosen, const TimeShare& time) {
    const auto steps = static_cast<double>(time.steps);
    const double enough = std::min(kEnoughSteps, steps);
    const std::size_t networks = chosen.ensemble * chosen.folds;
    const double affordable = time.share * steps / enough * static_cast<double>(networks);
    if (affordable >= static_cast<double>(networks)) return chosen;
    const auto count = static_cast<std::size_t>(std::max(1.0, affordable));
    if (const std::size_t ensemble = count / chosen.folds; ensemble > 0)
        return {ensemble, chosen.folds, chosen.mixed, chosen.selects && ensemble > 1};
    const auto threads = static_cast<std::size_t>(useful_threads(job.options.threads));
    return {count > threads ? count - count % threads : count, 1, false};
}

void shorten(TrainOptions& options, const TimeShare& time) {
    constexpr std::size_t kLeastEpochs = 10;  // fewer are cut by the update, so that no time is lost
    const auto steps =
        static_cast<std::size_t>(std::max(1.0, std::floor(time.share * static_cast<double>(time.steps))));
    const std::size_t epochs = steps / time.steps_per_epoch;
    if (epochs >= kLeastEpochs && !options.iterations)
        options.epochs = epochs;
    else
        options.iterations = steps;
}

}  // namespace thalweg
