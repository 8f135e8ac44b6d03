#include "bench/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "core/team.h"
#include "engine/engine.h"
#include "thalweg/error.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/model.hpp"

namespace thalweg::bench {
namespace {

constexpr std::uint64_t kSeed = 20200229;
/// Batches in memory, taken in turn: no network learns one by heart, whose gradients would come to nothing.
constexpr std::size_t kBatches = 8;

/// Standard normal inputs and targets, classes at random.
class Batches {
  public:
    explicit Batches(const Workload& workload)
        : batch_(workload.batch),
          inputs_(kBatches * batch_, workload.shape.inputs()),
          values_(kBatches * batch_, workload.shape.outputs()),
          classes_(kBatches * batch_) {
        fill(inputs_, 0);
        fill(values_, 1);
        const Random random(kSeed, RandomStream::sample, 2);
        for (std::size_t row = 0; row < classes_.size(); ++row)
            classes_[row] = static_cast<std::uint32_t>(random.below(row, workload.shape.outputs()));
    }

    void next() { first_ = (first_ + batch_) % inputs_.rows(); }
    MatrixView<const float> inputs() const { return inputs_.view().row_range(first_, batch_); }
    Targets<float> targets() const {
        return {values_.view().row_range(first_, batch_), std::span(classes_).subspan(first_, batch_), {}};
    }

  private:
    static void fill(Matrix<float>& matrix, std::uint32_t major) {
        const Random random(kSeed, RandomStream::sample, major);
        const std::span<float> elements = matrix.elements();
        for (std::size_t j = 0; j < elements.size(); ++j) elements[j] = static_cast<float>(random.normal(j));
    }

    std::size_t batch_;
    Matrix<float> inputs_;
    Matrix<float> values_;
    std::vector<std::uint32_t> classes_;
    std::size_t first_ = 0;
};

void check_finite(const Workload& workload, bool finite) {
    if (!finite)
        throw Error(
            ErrorKind::numeric,
            fmt::format("workload {} came to what is no number; what was timed is no work", workload.name));
}

class TaskOfNetwork : public Task {
  public:
    TaskOfNetwork(const Workload& workload, int threads, Precision precision)
        : workload_(workload),
          network_(workload.shape),
          batches_(workload),
          engine_(workload.shape, {.loss = workload.loss}, workload.batch, threads, precision) {
        initialise(network_, kSeed);
    }

  protected:
    const Workload& workload_;
    Network<float> network_;
    Batches batches_;
    Engine engine_;
};

class TrainingStep final : public TaskOfNetwork {
  public:
    TrainingStep(const Workload& workload, int threads, Precision precision)
        : TaskOfNetwork(workload, threads, precision),
          optimizer_(make_optimizer<float>({.kind = workload.optimizer}, network_.theta().size())),
          gradient_(network_.theta().size()) {}

    void run() override {
        batches_.next();
        loss_ =
            engine_.loss_and_gradient(network_.theta(), batches_.inputs(), batches_.targets(), {}, gradient_);
        optimizer_->step_shared(
            network_.theta(), gradient_, workload_.learning_rate,
            [this](std::size_t /*size*/, const auto& part) { engine_.share_parameters(part); });
    }
    void check() const override { check_finite(workload_, std::isfinite(loss_)); }

  private:
    std::unique_ptr<Optimizer<float>> optimizer_;
    AlignedVector<float> gradient_;
    double loss_ = 0.0;
};

class Prediction final : public TaskOfNetwork {
  public:
    Prediction(const Workload& workload, int threads, Precision precision)
        : TaskOfNetwork(workload, threads, precision), y_hat_(workload.batch, workload.shape.outputs()) {
        engine_.load(network_.theta());
    }

    void run() override {
        batches_.next();
        engine_.logits(batches_.inputs(), y_hat_);
        apply_output<float>(workload_.shape.output, y_hat_, y_hat_);
    }
    void check() const override {
        check_finite(workload_,
                     std::ranges::all_of(y_hat_.elements(), [](float y) { return std::isfinite(y); }));
    }

  private:
    Matrix<float> y_hat_;
};

/// A model whose columns are the network's inputs, scaled as training does.
Model model_of(const Workload& workload) {
    std::vector<ColumnPlan> columns(workload.shape.inputs());
    for (std::size_t j = 0; j < columns.size(); ++j) {
        columns[j].name = fmt::format("x{}", j + 1);
        columns[j].number.smooth_clip = true;
    }
    std::vector<TargetPlan> targets(1);
    const bool classes = workload.shape.output == Output::softmax;
    for (std::size_t j = 0; classes && j < workload.shape.outputs(); ++j)
        targets[0].classes.push_back(std::to_string(j));
    Network<float> network(workload.shape);
    initialise(network, kSeed);
    return Model(Preprocessor(std::move(columns)),
                 TargetCoder(classes ? thalweg::Task::multiclass : thalweg::Task::regression,
                             std::move(targets), "for a benchmark"),
                 std::move(network), {.loss = workload.loss}, {});
}

/// Rows one at a time, by Model::predict.
class RowByRow final : public Task {
  public:
    RowByRow(const Workload& workload, int threads)
        : workload_(workload),
          model_(model_of(workload)),
          rows_(kRows, workload.shape.inputs()),
          predictions_(static_cast<std::size_t>(threads), model_.prediction_size()),
          team_(threads) {
        const Random random(kSeed, RandomStream::sample);
        for (std::size_t j = 0; j < rows_.elements().size(); ++j) rows_.elements()[j] = random.normal(j);
    }

    void run() override {
        team_.run(team_.size(), [this](std::size_t thread) {
            for (std::size_t n = 0; n < calls_of_a_thread(); ++n)
                model_.predict(rows_.row((next_ + n) % kRows), predictions_.row(thread));
        });
        next_ = (next_ + 1) % kRows;
    }
    std::size_t calls() const override { return team_.size() * calls_of_a_thread(); }
    void check() const override {
        check_finite(workload_,
                     std::ranges::all_of(predictions_.elements(), [](double y) { return std::isfinite(y); }));
    }

  private:
    static constexpr std::size_t kRows = 64;
    /// Starting the threads costs some microseconds, which many rows share.
    std::size_t calls_of_a_thread() const { return team_.size() == 1 ? 1 : 4096; }

    const Workload& workload_;
    Model model_;
    Matrix<double> rows_;
    Matrix<double> predictions_;
    Team team_;
    std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Task> make_task(const Workload& workload, int asked, Precision precision) {
    const int threads = useful_threads(asked);
    if (workload.row_by_row() && precision == Precision::float32)
        return std::make_unique<RowByRow>(workload, threads);
    if (workload.kind == Kind::training) return std::make_unique<TrainingStep>(workload, threads, precision);
    return std::make_unique<Prediction>(workload, threads, precision);
}

}  // namespace thalweg::bench
