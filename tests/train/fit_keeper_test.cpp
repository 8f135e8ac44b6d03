#include "train/fit_keeper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "problems.h"
#include "support/expect_error.h"

namespace thalweg {
namespace {

/// Keeps the state after every update, or after every epoch.
class KeepsAll final : public FitKeeper {
  public:
    explicit KeepsAll(bool steps = true) : steps_(steps) {}
    bool wants_step() override { return steps_; }
    bool wants_epoch(std::size_t) override { return true; }
    void keep(std::shared_ptr<const FitProgress> progress) override { kept.push_back(std::move(progress)); }

    std::vector<std::shared_ptr<const FitProgress>> kept;

  private:
    bool steps_;
};

/// A fit of few steps, with what a test wants to be otherwise.
struct Problem {
    Dataset data = curve(50), held_out = curve(30, 1);
    Network<float> start = network_of({3, 8, 1}, Activation::tanh, Output::linear);
    bool validates = true;
    FitOptions options;

    Problem() {
        options.optimizer.momentum = 0.5;
        options.optimizer.weight_decay = 0.01;
        options.schedule = {.kind = ScheduleKind::coslog4, .learning_rate = 0.02};
        options.batch_size = 16;
        options.epochs = 6;
        options.dropout = 0.1;
        options.seed = 3;
        options.threads = 1;
    }
    std::optional<Examples> validation() const {
        return validates ? std::optional<Examples>(held_out) : std::nullopt;
    }
    FitResult whole() const { return fit(start, data, validation(), options); }
    FitResult run(FitKeeper& keeper, const FitProgress* from, int threads = 1,
                  const TrainCallbacks& callbacks = {}) const {
        FitOptions shared = options;
        shared.threads = threads;
        return fit(start, data, validation(), shared, callbacks, keeper, from);
    }
};

void expect_same(const FitResult& resumed, const FitResult& whole, const std::string& what) {
    EXPECT_TRUE(std::ranges::equal(resumed.network.theta(), whole.network.theta())) << what;
    EXPECT_EQ(resumed.best_epoch, whole.best_epoch) << what;
    EXPECT_EQ(resumed.best_score, whole.best_score) << what;
    EXPECT_EQ(resumed.stop_reason, whole.stop_reason) << what;
    ASSERT_EQ(resumed.history.size(), whole.history.size()) << what;
    for (std::size_t i = 0; i < whole.history.size(); ++i) {
        EXPECT_EQ(resumed.history[i].loss, whole.history[i].loss) << what;
        EXPECT_EQ(resumed.history[i].validation_loss, whole.history[i].validation_loss) << what;
        EXPECT_EQ(resumed.history[i].gradient_norm, whole.history[i].gradient_norm) << what;
        EXPECT_EQ(resumed.history[i].best, whole.history[i].best) << what;
    }
}

/// From every state of a run, on one thread and on three.
void expect_resumes_from_everywhere(const Problem& problem, const std::string& what) {
    const FitResult whole = problem.whole();
    KeepsAll keeper;
    expect_same(problem.run(keeper, nullptr), whole, what + ", kept");
    ASSERT_GE(keeper.kept.size(), 2U) << what;
    for (std::size_t i = 0; i < keeper.kept.size(); ++i) {
        KeepsAll ignored;
        expect_same(problem.run(ignored, keeper.kept[i].get(), i % 2 == 0 ? 1 : 3), whole,
                    what + ", from state " + std::to_string(i));
    }
}

TEST(FitKeeper, AResumedEpochTellsTheMeanOfTheLayersNormsThatItsStepsTold) {
    const Problem problem;
    KeepsAll keeper;
    problem.run(keeper, nullptr);
    const auto within =
        std::ranges::find_if(keeper.kept, [](const auto& state) { return state->epoch_steps == 2; });
    ASSERT_NE(within, keeper.kept.end());
    std::size_t steps = 0;
    double sum = 0.0, told = 0.0;
    TrainCallbacks callbacks;
    callbacks.layers = true;
    callbacks.on_step = [&](const StepReport& step) {
        if (step.epoch == (*within)->epoch) ++steps, sum += step.layer_gradient_norms[0];
        return true;
    };
    callbacks.on_epoch = [&](const EpochReport& epoch) {
        if (epoch.epoch == (*within)->epoch) told = epoch.layer_gradient_norms[0];
        return true;
    };
    KeepsAll ignored;
    problem.run(ignored, within->get(), 1, callbacks);
    ASSERT_EQ(steps, 2U) << "of four";
    EXPECT_DOUBLE_EQ(told, sum / 2.0);
}

TEST(FitKeeper, EveryUpdateRuleGoesOnFromEveryStepToTheBit) {
    for (const auto& [kind, name] : ChoiceTable<OptimizerKind>::entries)
        for (const bool validates : {false, true})
            for (const double dropout : {0.0, 0.1}) {
                Problem problem;
                problem.options.optimizer.kind = kind;
                problem.options.dropout = dropout;
                problem.validates = validates;
                if (kind == OptimizerKind::lbfgs)
                    problem.options.schedule = {.kind = ScheduleKind::constant, .learning_rate = 1.0};
                expect_resumes_from_everywhere(problem, std::string(name));
            }
}

TEST(FitKeeper, EveryScheduleGoesOnFromEveryStepToTheBit) {
    for (const auto& [kind, name] : ChoiceTable<ScheduleKind>::entries)
        for (const bool validates : {false, true}) {
            Problem problem;
            problem.options.schedule.kind = kind;
            problem.options.schedule.decay_every = 2;
            problem.options.schedule.plateau_patience = 1;
            problem.options.weight_decay_schedule = problem.options.dropout_schedule = ScheduleKind::flat_cos;
            problem.validates = validates;
            expect_resumes_from_everywhere(problem, std::string(name));
        }
}

TEST(FitKeeper, PatienceIterationsMembersAndBfloat16GoOnToTheBit) {
    Problem patient;
    patient.options.patience = 2;
    patient.options.epochs = 40;
    patient.options.schedule.learning_rate = 0.3;
    ASSERT_EQ(patient.whole().stop_reason, StopReason::patience);
    expect_resumes_from_everywhere(patient, "patience");

    Problem counted;
    counted.options.iterations = 14;
    expect_resumes_from_everywhere(counted, "iterations that end within an epoch");

    Problem rounded;
    rounded.options.precision = Precision::bf16;
    rounded.options.whole_batches = true;
    rounded.options.keep_by = KeepBy::error;
    expect_resumes_from_everywhere(rounded, "bf16");

    Problem members;
    NetworkShape shape{{3, 8, 1}, Activation::relu, Output::linear};
    shape.members = {.count = 3, .adapters = Adapters::all};
    members.start = Network<float>(shape);
    initialise(members.start, 1);
    members.options.member_batches = MemberBatches::own;
    expect_resumes_from_everywhere(members, "members");

    Problem wild;
    wild.options.optimizer.kind = OptimizerKind::sgd;
    wild.options.schedule = {.kind = ScheduleKind::constant, .learning_rate = 1e9};
    wild.validates = false;
    wild.options.batch_size = 4;
    ASSERT_EQ(wild.whole().stop_reason, StopReason::diverged);
    expect_resumes_from_everywhere(wild, "diverged");
}

/// The last state is from before the unfinished epoch counts as one, and before a line search was cut.
TEST(FitKeeper, AStoppedFitLeavesAStateThatGoesOnToTheBit) {
    for (const auto& [kind, name] : ChoiceTable<OptimizerKind>::entries) {
        Problem problem;
        problem.options.optimizer.kind = kind;
        problem.options.dropout = 0.0;
        if (kind == OptimizerKind::lbfgs)
            problem.options.schedule = {.kind = ScheduleKind::constant, .learning_rate = 1.0};
        const FitResult whole = problem.whole();
        for (std::size_t last = 1; last < 6; ++last) {
            KeepsAll keeper(false);
            std::atomic<bool> stop{false};
            TrainCallbacks callbacks;
            callbacks.stop = &stop;
            callbacks.on_step = [&](const StepReport& report) {
                if (report.step == last) stop = true;
                return true;
            };
            EXPECT_EQ(problem.run(keeper, nullptr, 1, callbacks).stop_reason, StopReason::stopped);
            ASSERT_FALSE(keeper.kept.empty());
            EXPECT_EQ(keeper.kept.back()->step, last) << name;
            KeepsAll ignored;
            expect_same(problem.run(ignored, keeper.kept.back().get()), whole, std::string(name));
        }
    }
}

TEST(FitKeeper, AStateOfAnotherFitIsRefused) {
    const Problem problem;
    KeepsAll keeper;
    problem.run(keeper, nullptr);
    const auto expect_refused = [&](const auto& change) {
        FitProgress changed = *keeper.kept[5];
        change(changed);
        test::expect_error(ErrorKind::model, "is not the one that is trained here",
                           [&] { problem.run(keeper, &changed); });
    };
    expect_refused([](FitProgress& state) { state.theta.pop_back(); });
    expect_refused([](FitProgress& state) { state.best.theta.push_back(0.0F); });
    expect_refused([](FitProgress& state) { state.rule.pop_back(); });
    expect_refused([](FitProgress& state) { state.rule[1].clear(); });
    expect_refused([](FitProgress& state) { state.epoch += 2; });
    expect_refused([](FitProgress& state) { state.step = 1'000'000; });
    expect_refused([](FitProgress& state) { state.epoch_steps = 5; });
    expect_refused([](FitProgress& state) { state.best.epoch = 7; });
}

}  // namespace
}  // namespace thalweg
