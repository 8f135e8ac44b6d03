#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/cell.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/held_out.hpp"
#include "thalweg/network.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/table.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_options.hpp"

namespace thalweg {

/// What a model says of the rows of a table, in their order.
struct Predictions {
    Task task = Task::regression;
    std::vector<TargetPlan> targets;
    Matrix<double>
        values;  ///< regression: rows x targets, in the target's unit; binary: rows x 2 probabilities;
                 ///< multiclass: rows x classes; multilabel: rows x targets, each P(second class)
    std::vector<ColumnReport> report;  ///< cells unlike those of training, by column
    Matrix<double> lower, upper;       ///< rows x targets: the ends of intervals, where they were asked for

    /// The predicted class of a row (binary, multiclass: target 0).
    const std::string& label(std::size_t row, std::size_t target = 0) const;
    /// The columns that `thalweg predict` writes.
    Table to_table() const;
};

struct PredictOptions {
    int threads = 0;  ///< 0: as many as there are cores
    /// Between which ends this share of values will lie: 0.9. Real values only, and a model that was trained
    /// with TrainOptions::interval.
    std::optional<double> interval = {};
};

struct EvaluateOptions {
    int threads = 0;
    std::optional<double> interval = {};  ///< adds the metrics coverage and width, see PredictOptions
    bool calibration_error = false;       ///< classes: adds the metric ece
};

/// The metrics of a task, in the order in which they are shown: ("rmse", 47210.4), ...
using Metrics = std::vector<std::pair<std::string, double>>;

struct Evaluation {
    Task task = Task::regression;
    std::size_t rows = 0;
    std::size_t skipped = 0;  ///< rows without a target
    Metrics metrics;
    std::vector<std::pair<std::string, Metrics>> targets;  ///< several targets: each one's
    std::vector<ColumnReport> report;

    std::string to_json() const;
};

class RowPredictor;

/// One of a model's networks. They read the same inputs and give the same outputs; what lies between may
/// differ.
struct ModelNetwork {
    Network<float> network;
    std::size_t weight = 1;  ///< how often it counts in the mean
    /// Of several: how it was trained: "seed", "fold", "best_epoch" and the like, as in Model::training().
    std::map<std::string, std::string> training = {};
};

/// A preprocessing, one network or several, and what they were trained for. Several predict the mean of what
/// each predicts: of the values in the target's unit, or of the probabilities. Nothing in it changes once it
/// is made: any number of threads may predict with it at once, without a lock.
class Model {
  public:
    /// Throws Error{model} (damaged, cut, foreign, newer format), Error{io}.
    static Model load(const std::filesystem::path& path);
    /// Written beside and renamed. Throws Error{io}; the file that was there stays as it was.
    void save(const std::filesystem::path& path) const;

    /// One prediction for each row. Throws Error{data} (see Preprocessor::transform).
    Predictions predict(const Table& table, int threads = 0) const;
    /// The same with intervals. Throws Error{usage} where the model has none, or none so wide.
    Predictions predict(const Table& table, const PredictOptions& options) const;
    /// One row, on the calling thread, to the bits that the row has in a table. row: a cell for each of
    /// input_columns(), in their order; prediction: prediction_size() values, as in a row of
    /// Predictions::values. Allocates only in a thread's first call. Throws Error{data}: sizes that do not
    /// fit, text in a column of numbers.
    void predict(std::span<const Cell> row, std::span<double> prediction) const;
    /// The same for a row of numbers alone; NaN is missing.
    void predict(std::span<const double> row, std::span<double> prediction) const;
    /// The columns that a prediction looks at.
    const std::vector<std::string>& input_columns() const;
    /// Two classes: 2; more: one each; otherwise as many as targets.
    std::size_t prediction_size() const;

    /// Throws Error{data}: a target column is missing, no row has a target.
    Evaluation evaluate(const Table& table, int threads = 0) const;
    /// Throws Error{usage} too: what is asked for does not fit the task or the model.
    Evaluation evaluate(const Table& table, const EvaluateOptions& options) const;
    /// On these rows alone, which have every target.
    Evaluation evaluate(const Table& table, std::span<const std::uint32_t> rows,
                        const EvaluateOptions& options = {}) const;

    const Preprocessor& preprocessor() const { return preprocessor_; }
    const TargetCoder& target_coder() const { return target_coder_; }
    /// The first of its networks.
    const Network<float>& network() const { return networks_.front().network; }
    /// At least one.
    const std::vector<ModelNetwork>& networks() const { return networks_; }
    const LossFunction& loss() const { return loss_; }
    const HeldOut& held_out() const { return held_out_; }
    /// How far from its prediction each target's value may be, for intervals of this level: with levels of
    /// quantiles how far below the lowest and above the highest. Throws Error{usage} (see PredictOptions).
    std::vector<double> margins(double level) const;
    /// How it was trained: flag -> value as text; "version", "seed", "rows", "best_epoch" and the like.
    const std::map<std::string, std::string>& training() const { return training_; }

    /// `thalweg inspect`, as text and as one JSON object.
    std::string describe() const;
    std::string to_json() const;

    Model() = default;
    Model(Preprocessor preprocessor, TargetCoder target_coder, Network<float> network, LossFunction loss,
          std::map<std::string, std::string> training);
    /// Throws Error{usage} where there is no network, one counts 0 times, or inputs or outputs differ.
    Model(Preprocessor preprocessor, TargetCoder target_coder, std::vector<ModelNetwork> networks,
          LossFunction loss, std::map<std::string, std::string> training, HeldOut held_out = {});

  private:
    const RowPredictor& predictor() const;

    Preprocessor preprocessor_;
    TargetCoder target_coder_;
    std::vector<ModelNetwork> networks_ = std::vector<ModelNetwork>(1);
    LossFunction loss_;
    std::map<std::string, std::string> training_;
    HeldOut held_out_;
    std::shared_ptr<const RowPredictor> predictor_;
};

/// How a network of a training was fitted.
struct NetworkTraining {
    std::size_t network = 1;  ///< from 1, in the order of the plan
    std::uint64_t seed = 0;
    std::optional<std::size_t> fold;       ///< from 0: the part that it validated on
    bool kept = true;                      ///< in the model; otherwise it diverged or was stopped too early
    std::size_t weight = 1;                ///< how often it counts; 0: --select left it out
    FitResult fit;                         ///< its network has gone into the model
    std::optional<Evaluation> validation;  ///< on the rows that it validated on
};

/// What is predicted of a row that was held out, and what is true of it.
struct HeldOutRows {
    Matrix<double> predicted;                         ///< as Predictions::values
    std::vector<std::vector<double>> values;          ///< of each target: real values
    std::vector<std::vector<std::uint32_t>> classes;  ///< of each target: its class; empty for real values
};

/// What training gave, beside the model.
struct Training {
    Model model;
    std::vector<NetworkTraining> networks;        ///< those that were begun
    StopReason stop_reason = StopReason::epochs;  ///< stopped or time_limit where one was, else the first's
    std::vector<std::string>
        notes;  ///< each said once: rows skipped, columns left out, batch larger than the data
    std::string task_reason;
    std::size_t training_rows = 0;
    std::size_t validation_rows = 0;
    std::size_t folds = 1;
    double seconds = 0.0;  ///< of training, all networks
    /// The model on the validation part; with folds each row by the networks that had not learnt from it.
    std::optional<Evaluation> validation;
    /// The same before the probabilities were calibrated, where they were.
    std::optional<Evaluation> uncalibrated;
    /// The rows of `validation`, where TrainHooks::keep_held_out asks for them.
    std::optional<HeldOutRows> held_out;
    /// Those of the table that were split off to validate on, ascending; none with folds, or rows of their
    /// own.
    std::vector<std::uint32_t> split_off;
    /// With folds: the rows of the table that were dealt to them, ascending, and the fold of each, from 0
    /// (NetworkTraining::fold).
    std::vector<std::uint32_t> dealt, fold_of_dealt;
};

/// What is known once the data has been looked at and before the first step; for progress and summaries.
struct TrainingPlan {
    Task task = Task::regression;
    std::string task_reason;
    NetworkShape shape;
    FitOptions fit;
    std::size_t training_rows = 0;
    std::size_t validation_rows = 0;
    std::size_t folds = 1;
    std::size_t networks = 1;  ///< to be trained
    std::size_t at_once = 1;   ///< of them side by side
    std::string resumed;       ///< with --resume: where training goes on from, in words
    std::string shortened;     ///< to a time limit, and by which flags it can be repeated, in words
    std::vector<std::string> notes;
};

/// Called one at a time, perhaps from other threads than the caller's where several networks are trained. A
/// callback that returns false ends the training of all.
struct TrainHooks {
    TrainCallbacks callbacks;
    /// A network (from 1) is trained.
    std::function<void(std::size_t network)> on_network;
    std::function<void(const TrainingPlan&)> on_plan;
    /// Something to be known at once, while training goes on: a checkpoint that could not be written.
    std::function<void(const std::string&)> on_warning;
    CheckpointOptions checkpoint;
    /// Since when a time limit counts; not set: since the call.
    std::optional<std::chrono::steady_clock::time_point> begun;
    bool keep_held_out = false;  ///< Training has what was predicted of rows held out
};

/// From a table to a model: recognises the task, splits off validation rows, fits the preprocessing on the
/// training rows, chooses what the options leave open, trains; several networks side by side, where options
/// ask for them, with the same bits for any number of threads. `validation`: rows to validate on instead of a
/// split (without it, options.validation_file is read). A network that diverged is left out; where
/// all did, the stop reason is diverged and the model has the best parameters before it. Throws Error{usage}
/// (an option that does not fit the task or another option), Error{data} (a column that is missing, a target
/// or weight that cannot be), Error{io}. With hooks.checkpoint also what CheckpointOptions says.
Training train(const Table& table, const TrainOptions& options, const TrainHooks& hooks = {},
               const Table* validation = nullptr);
/// The same, and the table's memory is free again as soon as its rows are encoded.
Training train(Table&& table, const TrainOptions& options, const TrainHooks& hooks = {},
               const Table* validation = nullptr);

}  // namespace thalweg
