#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/dataset.hpp"
#include "thalweg/monotone.hpp"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/precision.hpp"
#include "thalweg/schedule.hpp"

namespace thalweg {

/// One update, as a callback sees it.
struct StepReport {
    std::size_t epoch = 0;       ///< from 1
    std::size_t step = 0;        ///< from 1, over all epochs
    double loss = 0.0;           ///< of the batch, before the update
    double gradient_norm = 0.0;  ///< before it is clipped
    double learning_rate = 0.0;
    double examples_per_second = 0.0;  ///< in this epoch so far
    std::size_t network = 1;           ///< from 1, where several are trained for one model
    /// Of each layer's parameters, [i-1] is layer i, before clipping; there while the callback runs. Empty
    /// unless it was asked for (TrainCallbacks::layers).
    std::span<const double> layer_gradient_norms = {};
};

/// One pass over the training rows.
struct EpochReport {
    std::size_t epoch = 0;   ///< from 1
    std::size_t epochs = 0;  ///< planned
    double loss = 0.0;       ///< mean over the epoch's batches
    std::optional<double> validation_loss;
    double gradient_norm = 0.0;  ///< mean over the epoch's batches
    double learning_rate = 0.0;  ///< of the last step
    double examples_per_second = 0.0;
    double seconds = 0.0;       ///< since training began
    double seconds_left = 0.0;  ///< until all epochs (or the time limit) are through, at this pace
    bool best = false;          ///< its loss (validation, else training) is lower than any before
    std::size_t network = 1;    ///< from 1, where several are trained for one model
    /// Mean over the epoch's batches of StepReport::layer_gradient_norms; empty unless it was asked for.
    std::vector<double> layer_gradient_norms = {};
};

/// The parameters as they are at the start and after an epoch.
struct ParametersReport {
    std::size_t epoch = 0;         ///< 0: before the first step
    std::span<const float> theta;  ///< as it is while the callback runs
    const NetworkShape& shape;
    std::size_t network = 1;  ///< from 1, where several are trained for one model
};

/// Return false to stop: the best parameters so far are kept.
struct TrainCallbacks {
    std::function<bool(const StepReport&)> on_step;
    std::function<bool(const EpochReport&)> on_epoch;
    /// To look at the network while it learns: at the start, and after each whole epoch before `on_epoch`.
    std::function<void(const ParametersReport&)> on_parameters;
    bool layers = false;  ///< tell the gradient norm of each layer as well; costs a pass over the gradient
    /// Set by another thread or a signal handler; read after each batch, and between the parts of a large
    /// one.
    const std::atomic<bool>* stop = nullptr;
};

enum class StopReason { epochs, patience, time_limit, stopped, converged, diverged };

template <>
struct ChoiceTable<StopReason> {
    static constexpr std::string_view noun = "stop reason";
    static constexpr std::pair<StopReason, std::string_view> entries[] = {
        {StopReason::epochs, "epochs"},         {StopReason::patience, "patience"},
        {StopReason::time_limit, "time_limit"}, {StopReason::stopped, "stopped"},
        {StopReason::converged, "converged"},   {StopReason::diverged, "diverged"},
    };
};

/// Learning rates of some parameters as multiples of the rate.
struct RateFactors {
    double embedding = 1.0;  ///< of numbers
    double input_scale = 1.0;
    double biases = 1.0;
    double bends = 1.0;   ///< of parametric activations
    double output = 1.0;  ///< of the output layer, times those of its weights and biases
    /// 0: all weights have the rate itself. Otherwise those of a layer with this fan-in do and a layer with
    /// fan-in n has sqrt(fan_in / n) of it: with adam, what the neural tangent parametrisation does.
    std::size_t fan_in = 0;
};

/// The rows of a step's batch: the same for all members of an ensemble, or drawn for each of them apart.
enum class MemberBatches { shared, own };

template <>
struct ChoiceTable<MemberBatches> {
    static constexpr std::string_view noun = "kind of batches";
    static constexpr std::pair<MemberBatches, std::string_view> entries[] = {
        {MemberBatches::shared, "shared"},
        {MemberBatches::own, "own"},
    };
};

/// What weight decay draws towards 0. weights: those of the layers, with adamw at their own rate. all: also
/// what stands before layer 1, as RealMLP does it with adamw: by the rate times the square of a parameter's
/// factor, and weights by the rate itself, whatever theirs is.
enum class DecayOf { weights, all };

template <>
struct ChoiceTable<DecayOf> {
    static constexpr std::string_view noun = "kind of parameters that decay";
    static constexpr std::pair<DecayOf, std::string_view> entries[] = {
        {DecayOf::weights, "weights"},
        {DecayOf::all, "all"},
    };
};

/// What tells the best epoch on the validation rows. loss: the least loss, the first of equals. error: the
/// fewest wrong classes or the least squared error, within the range of the training targets where
/// `FitOptions::bounds` says so, the last of equals.
enum class KeepBy { loss, error };

template <>
struct ChoiceTable<KeepBy> {
    static constexpr std::string_view noun = "measure of epochs";
    static constexpr std::pair<KeepBy, std::string_view> entries[] = {
        {KeepBy::loss, "loss"},
        {KeepBy::error, "error"},
    };
};

/// Ends of what an output may say.
struct Bounds {
    float least = 0.0F;
    float greatest = 0.0F;
};

/// How a network is fitted to a dataset: every choice made (no optionals here).
struct FitOptions {
    LossFunction loss;
    OptimizerOptions optimizer;
    RateFactors rates;
    DecayOf decay_of = DecayOf::weights;
    ScheduleOptions schedule;
    std::size_t batch_size = 256;  ///< more than there are rows: all of them; lbfgs and rprop always take all
    std::size_t epochs = 100;
    std::size_t iterations = 0;  ///< updates at most; 0: as the epochs say
    std::size_t patience = 0;    ///< epochs without a lower validation loss before an end; 0: never
    double dropout = 0.0;        ///< share of hidden activations set to 0 (the rest scaled up); 0 <= p < 1
    ScheduleKind dropout_schedule = ScheduleKind::constant;       ///< see schedule_factor
    ScheduleKind weight_decay_schedule = ScheduleKind::constant;  ///< see schedule_factor
    bool whole_batches = false;  ///< the rows that fill no batch are left out of an epoch
    KeepBy keep_by = KeepBy::loss;
    std::vector<Bounds> bounds = {};  ///< with KeepBy::error: of each output; empty: none
    /// Of each input; empty: all free. The network then keeps to it exactly, from its start on: weights are
    /// brought back to the signs that this takes after every update. Not with lbfgs.
    std::vector<Direction> monotone = {};
    double clip_norm = 0.0;   ///< longer gradients are shortened to it; 0: none; not with lbfgs
    double time_limit = 0.0;  ///< seconds, those of the last validation included; 0: none
    std::uint64_t seed = 0;   ///< of shuffling and dropout
    bool shuffle = true;      ///< false: batches in the order of the rows
    MemberBatches member_batches = MemberBatches::shared;
    Precision precision = Precision::float32;  ///< of the matrix products
    int threads = 0;
};

struct FitResult {
    Network<float> network;            ///< the best epoch's parameters
    std::vector<EpochReport> history;  ///< of whole epochs; the one in which a run was stopped is not in it
    std::size_t best_epoch = 0;        ///< from 1, perhaps an unfinished one; 0: the start was never improved
    double best_score = 0.0;  ///< validation loss, or training loss where there is no validation part;
                              ///< infinity where no epoch came to an end
    StopReason stop_reason = StopReason::epochs;
    std::string divergence;  ///< diverged: in which epoch, at which learning rate, what to try
    double seconds = 0.0;
};

/// Parameters that fit the data from the first step on. Layer by layer, up to the output: weights are drawn
/// standard normal, each neuron's are divided by the population standard deviation of its pre-activation over
/// the rows, and its bias is minus a random average (weights from the exponential distribution) of what that
/// is now in five random rows, so that a neuron bends where there is data. A logistic output, the difference
/// of two logits, is one such neuron less another. What stands before layer 1 starts as `initialise` has it.
/// Rows beyond some ten thousand are sampled. Not for ensembles (Members), whose start is part of their
/// recipe. Throws Error{usage} for one, Error{data} where the dataset does not fit. Source: "he+5" of
/// Holzmueller et al. 2024 (RealMLP), whose weights are those here times the root of the fan-in.
void initialise_from_data(Network<float>& network, const Examples& data, std::uint64_t seed,
                          double frequency_scale = 1.0, int threads = 0);

/// Gradient descent from `start` (theory.md, section 4), in mini-batches that are shuffled anew each epoch.
/// The loss of a batch is its weighted mean; batches whose weights sum to 0 make no update. Only one batch is
/// dense at a time, and a large one is taken in parts, added in double. An ensemble's training loss is the
/// mean of its members' own losses, its validation loss that of their mean prediction. With validation rows,
/// the parameters of least validation loss are kept, whatever ended the run; a run that is stopped within an
/// epoch keeps what there is of it where that is better. Without, the last parameters. Divergence is reported
/// in the result, with the best parameters before it, so that the caller can keep them: without validation
/// rows those before the epoch of least training loss. The result is the same bits for any number of threads,
/// and depends on the clock only through `time_limit`. Throws Error{usage} for options out of range,
/// Error{data} where a dataset does not fit the network, Error{io} if memory cannot be had.
FitResult fit(Network<float> start, const Dataset& training, const Dataset* validation,
              const FitOptions& options, const TrainCallbacks& callbacks = {});
/// The same on some rows of datasets: the bits of a copy of those rows.
FitResult fit(Network<float> start, const Examples& training, const std::optional<Examples>& validation,
              const FitOptions& options, const TrainCallbacks& callbacks = {});

}  // namespace thalweg
