#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/activation.hpp"
#include "thalweg/held_out.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/network.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/precision.hpp"
#include "thalweg/preprocessor.hpp"
#include "thalweg/schedule.hpp"
#include "thalweg/train.hpp"

namespace thalweg {

/// A named set of defaults. `plain` is theory.md, section 4, to the letter; the others are recipes of papers
/// (docs/presets.md).
enum class Preset { automatic, plain, realmlp, realmlp_s, tabm, tabm_mini };

template <>
struct ChoiceTable<Preset> {
    static constexpr std::string_view noun = "preset";
    static constexpr std::pair<Preset, std::string_view> entries[] = {
        {Preset::automatic, "auto"},      {Preset::plain, "plain"}, {Preset::realmlp, "realmlp"},
        {Preset::realmlp_s, "realmlp-s"}, {Preset::tabm, "tabm"},   {Preset::tabm_mini, "tabm-mini"},
    };
};

/// How numbers enter the network.
enum class Embedding { none, periodic, piecewise };

template <>
struct ChoiceTable<Embedding> {
    static constexpr std::string_view noun = "embedding";
    static constexpr std::pair<Embedding, std::string_view> entries[] = {
        {Embedding::none, "none"},
        {Embedding::periodic, "periodic"},
        {Embedding::piecewise, "piecewise"},
    };
};

/// How the parameters are drawn: see initialise, initialise_normal, initialise_from_data.
enum class Initialisation { standard, normal, data };

template <>
struct ChoiceTable<Initialisation> {
    static constexpr std::string_view noun = "initialisation";
    static constexpr std::pair<Initialisation, std::string_view> entries[] = {
        {Initialisation::standard, "standard"},
        {Initialisation::normal, "normal"},
        {Initialisation::data, "data"},
    };
};

/// What learns at the learning rate. standard: the weights W of a = W h + b. ntk: those of the neural tangent
/// parametrisation a = W h / sqrt(fan_in) + b (Jacot et al. 2018), with the factors of RealMLP for the rest.
enum class Parametrisation { standard, ntk };

template <>
struct ChoiceTable<Parametrisation> {
    static constexpr std::string_view noun = "parametrisation";
    static constexpr std::pair<Parametrisation, std::string_view> entries[] = {
        {Parametrisation::standard, "standard"},
        {Parametrisation::ntk, "ntk"},
    };
};

/// What `train` can be told. An empty optional is chosen by the preset from the task and the size of the
/// data; the flag of each field is its name with dashes.
struct TrainOptions {
    std::vector<std::string> target;
    Task task = Task::automatic;
    Preset preset = Preset::automatic;

    std::optional<std::vector<std::size_t>> hidden;
    std::optional<Activation> activation;
    std::optional<Embedding> embedding;
    std::optional<double> frequency_scale;     ///< of the periodic embedding's frequencies at the start
    std::size_t bins = 48;                     ///< of the piecewise embedding, for each number, at most
    std::optional<std::size_t> one_hot_up_to;  ///< values of a category; none: however many
    std::size_t category_width = 8;            ///< of the vector of a category with more
    bool input_scale = true;                   ///< allowed; taken where numbers are embedded in waves
    std::vector<std::string> monotone = {};    ///< "income:+", "age:-"
    std::optional<bool> parametric;            ///< hidden neurons learn how far their activation bends
    bool bends = true;                         ///< allowed; taken where a preset wants them
    std::optional<std::size_t> members;        ///< 1: a single network
    std::optional<Adapters> adapters;
    std::optional<MemberBatches> member_batches;
    std::optional<bool> scale_inputs;  ///< in any case, of categories' vectors too
    std::optional<Scaling> scaling;
    std::optional<CategoryCoding> category_coding;
    bool recurring_values = true;  ///< those of numbers have inputs of their own, where a preset wants them
    std::optional<Initialisation> initialisation;
    std::optional<Output> output;
    std::optional<Loss> loss;
    double huber_delta = 1.0;
    std::vector<double> quantile = {0.5};  ///< several: an output for each level
    double tweedie_power = 1.5;

    std::optional<OptimizerKind> optimizer;
    std::optional<double> learning_rate;
    bool one_rate = false;  ///< all parameters have the learning rate itself, whatever they are for
    std::optional<Parametrisation> parametrisation;
    std::vector<std::string> rates = {};  ///< "bias=0.1", "scale=6"
    std::optional<double> momentum;
    bool nesterov = false;
    double beta1 = 0.9;
    std::optional<double> beta2;
    std::optional<double> epsilon;
    std::optional<double> weight_decay;
    std::optional<ScheduleKind> weight_decay_schedule;
    std::optional<DecayOf> decay_of;
    double l1 = 0.0;
    std::optional<double> dropout;
    std::optional<ScheduleKind> dropout_schedule;
    std::optional<double> label_smoothing;
    std::optional<double> clip_norm;  ///< 0: no clipping

    std::optional<ScheduleKind> schedule;
    std::optional<double> warmup;

    std::optional<std::size_t> batch_size;
    std::optional<bool> whole_batches;  ///< rows that fill no batch are left out of an epoch
    bool drops_rest = true;             ///< allowed; done where a preset wants whole batches
    std::optional<std::size_t> epochs;
    std::optional<std::size_t> iterations;
    std::optional<std::size_t> patience;  ///< epochs without improvement; 0: never stop early
    double time_limit = 0.0;              ///< seconds; 0: none

    std::string class_weight;  ///< "", "balanced", or "A=1,B=5"
    std::string weight;        ///< column of example weights
    std::vector<std::string> ignore;
    std::vector<std::string> categorical;
    std::vector<std::string> numeric;
    std::optional<double> validation;  ///< share of the rows; 0: none
    std::string validation_file;       ///< instead of a share
    std::optional<KeepBy> keep_by;     ///< what tells the best epoch
    std::optional<bool> clamp;         ///< real values are predicted within those of the training rows
    bool clamps = true;                ///< allowed; done where a preset wants it
    /// Where it is not given: smoothing for several classes with the preset auto, where the held-out rows'
    /// log loss is lower by it; else none.
    std::optional<CalibrationKind> calibrate;
    bool interval = false;  ///< keep what intervals need: the errors on rows held out

    std::optional<std::size_t> ensemble;  ///< networks that differ by their seeds; the model is their mean
    /// Parts of the rows; of each a network that learns from the others. 1: none.
    std::optional<std::size_t> folds;
    bool select = false;  ///< only those seeds, as often as they help, that make the mean best

    std::uint64_t seed = 0;
    Precision precision = Precision::float32;  ///< of the matrix products
    int threads = 0;                           ///< 0: the cores the process may use
};

}  // namespace thalweg
